/**
 * From a value to a place on an axis, 0 (begin) to 1 (end), and where an axis has its marks. Pure.
 * @module
 */
export interface Scale {
  /** 0 … 1 for values of the axis. */
  place(value: number): number;
  readonly ticks: readonly number[];
}

/** From 0 to a round number that is not below `max`. */
export function linearScale(max: number, tickCount = 4): Scale {
  const top = max > 0 ? max : 1;
  const step = roundStep(top / tickCount);
  const end = Math.ceil(top / step - 1e-9) * step;
  const count = Math.round(end / step);
  return {
    place: (value) => value / end,
    ticks: Array.from({ length: count + 1 }, (_, at) => rounded(at * step)),
  };
}

/** From 0 to exactly `max`: an axis of time ends with what it shows. */
export function timeScale(maxSeconds: number, tickCount = 6): Scale {
  const end = maxSeconds > 0 ? maxSeconds : 1;
  const step = roundStep(end / tickCount);
  const count = Math.floor(end / step + 1e-9);
  return {
    place: (value) => value / end,
    ticks: Array.from({ length: count + 1 }, (_, at) => rounded(at * step)),
  };
}

/** By powers of ten, from a round number at or below `min` to one at or above `max`, both greater than 0. */
export function logScale(min: number, max: number): Scale {
  const from = roundDown(min);
  const to = roundUp(Math.max(max, from * 1.01));
  const length = Math.log10(to / from);
  const mantissas = length > 3 ? [1] : length > 1.5 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const mantissa of mantissas) {
      const tick = rounded(mantissa * 10 ** power);
      if (tick >= from * 0.999 && tick <= to * 1.001) ticks.push(tick);
    }
  }
  return { place: (value) => Math.log10(Math.max(value, from) / from) / length, ticks };
}

/** Percentiles by how many nines they have: as far from 90 to 99 as from 99 to 99.9. Ends with `maxPercent` (< 100). */
export function percentileScale(maxPercent: number): Scale {
  const nines = (percent: number) => -Math.log10(1 - percent / 100);
  const end = nines(maxPercent);
  return {
    place: (percent) => nines(percent) / end,
    ticks: [0, 50, 90, 99, 99.9, 99.99, 99.999].filter((tick) => tick <= maxPercent),
  };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const mantissa = [1, 2, 5, 10].find((mantissa) => mantissa * power >= least * (1 - 1e-9))!;
  return mantissa * power;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((mantissa) => mantissa * power <= value * (1 + 1e-9))! * power;
}

function roundUp(value: number): number {
  return roundStep(value);
}

/** 0.30000000000000004 is 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
