/**
 * A moment as people write it: 1700000000 (s) or 1700000000000 (ms), 2026-11-25, 2026-11-25T12:30Z, now, -1h, -2d12h.
 *
 * What must be true: without a time zone it is UTC, so a command means the same wherever it is typed.
 * @module
 */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?$/i;
/** With as many digits seconds reach to the year 2286, and milliseconds only to April 1970. */
const MAX_SECONDS_DIGITS = 10;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds since 1970; undefined: it is none. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  if (/^\d{1,15}$/.test(text)) return text.length <= MAX_SECONDS_DIGITS ? Number(text) * 1000 : Number(text);
  if (text.startsWith("-")) {
    const agoMs = parseDuration(text.slice(1));
    return agoMs === undefined ? undefined : Math.max(0, nowMs - agoMs);
  }
  if (DATE.test(text)) return asTime(text);
  const found = DATE_TIME.exec(text);
  return found === null ? undefined : asTime(`${found[1]!.replace(" ", "T")}${found[2] ?? "Z"}`);
}

/** "1h30m" in milliseconds. */
function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}(ms|[smhdw]))+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) sumMs += Number(count) * UNIT_MS[unit!]!;
  return sumMs;
}

function asTime(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
