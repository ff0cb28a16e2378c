/**
 * The course of a number, in one line of text.
 * @module
 */

const BARS = [..."▁▂▃▄▅▆▇█"];

/** The last `columns` of `values`, at the right; the highest of them is a full bar, and what is not above 0 the lowest. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = columns <= 0 ? [] : values.slice(-columns);
  const highest = Math.max(...shown);
  const bars = shown.map((value) =>
    value <= 0 ? BARS[0]! : BARS[Math.min(BARS.length - 1, Math.ceil(value / highest * BARS.length) - 1)]!
  );
  return bars.join("").padStart(Math.max(0, columns));
}
