/**
 * Numbers, sizes and times as people read them.
 * @module
 */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What stands for a number that nobody told. */
export const NOTHING = "–";

/** 1234567 → "1,234,567" @param {number | null | undefined} value */
export function count(value) {
  return isKnown(value) ? whole.format(value) : NOTHING;
}

/** 1234567 → "1.23 M" @param {number | null | undefined} value */
export function short(value) {
  return isKnown(value) ? scaled(value, 1000, ["", " k", " M", " G", " T"]) : NOTHING;
}

/** In powers of 1024. @param {number | null | undefined} value */
export function bytes(value) {
  return isKnown(value) ? scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB", " PiB"]) : NOTHING;
}

/** @param {number | null | undefined} value */
export function bytesPerSecond(value) {
  return isKnown(value) ? `${bytes(value)}/s` : NOTHING;
}

/** @param {number | null | undefined} value */
export function perSecond(value) {
  return isKnown(value) ? `${short(value)}/s` : NOTHING;
}

/** 0.00123 → "1.23 ms" @param {number | null | undefined} seconds */
export function seconds(seconds) {
  if (!isKnown(seconds)) return NOTHING;
  if (seconds === 0) return "0";
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
  return `${digits(seconds)} s`;
}

/** @param {number | null | undefined} share of 1 */
export function percent(share) {
  return isKnown(share) ? `${digits(share * 100)} %` : NOTHING;
}

/** 604800000 → "7 d"; -1, and what is longer than a thousand years, → "for ever". @param {number | null | undefined} ms */
export function duration(ms) {
  if (!isKnown(ms)) return NOTHING;
  if (ms < 0 || ms > 365_000 * DAY_MS) return "for ever";
  if (ms >= 2 * DAY_MS) return `${digits(ms / DAY_MS)} d`;
  if (ms >= 2 * HOUR_MS) return `${digits(ms / HOUR_MS)} h`;
  if (ms >= 2 * MINUTE_MS) return `${digits(ms / MINUTE_MS)} min`;
  return ms >= 1000 ? `${digits(ms / 1000)} s` : `${digits(ms)} ms`;
}

/** "12:04:05.123" today, else with the day before it. @param {number} timestamp */
export function time(timestamp) {
  const date = new Date(timestamp);
  if (timestamp < 0 || Number.isNaN(date.getTime())) return NOTHING;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${
    String(date.getMilliseconds()).padStart(3, "0")
  }`;
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** "2026-11-25T12:04:05.123Z" @param {number} timestamp */
export function isoTime(timestamp) {
  const date = new Date(timestamp);
  return timestamp < 0 || Number.isNaN(date.getTime()) ? NOTHING : date.toISOString();
}

/** "4 s ago" @param {number} timestamp */
export function ago(timestamp) {
  const ms = Date.now() - timestamp;
  if (timestamp < 0) return "";
  if (ms < 1000) return ms < -1000 ? `in ${duration(-ms)}` : "now";
  return `${duration(Math.floor(ms / 1000) * 1000)} ago`;
}

/** "1 partition", "3 partitions" @param {number} number @param {string} noun */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * @param {number} value
 * @param {number} base
 * @param {readonly string[]} units
 */
function scaled(value, base, units) {
  let step = 0;
  while (Math.abs(value) >= base * 0.9995 && step < units.length - 1) {
    value /= base;
    step++;
  }
  return `${step === 0 && Number.isInteger(value) ? value : digits(value)}${units[step]}`;
}

/** Three digits that count. @param {number} value */
function digits(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const rounded = value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
  return rounded.includes(".") ? rounded.replace(/\.?0+$/, "") : rounded;
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, "0");
}

/** @param {number | null | undefined} value @returns {value is number} */
function isKnown(value) {
  return typeof value === "number" && Number.isFinite(value);
}
