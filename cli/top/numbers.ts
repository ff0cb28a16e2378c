/**
 * Numbers in the few columns that a table has for them. "-": nobody knows.
 * @module
 */
import { showBytes, showCount } from "../units.ts";

const UNKNOWN = "-";
/** From here on commas take more room than there is. */
const MANY = 1e9;

export function countText(count: number | undefined): string {
  if (count === undefined) return UNKNOWN;
  return Math.abs(count) < MANY ? showCount(Math.round(count)) : `${(count / MANY).toFixed(1)} G`;
}

/** As a count, but what is small and not 0 is seen. */
export function rateText(rate: number | undefined): string {
  return rate === undefined || rate === 0 || rate >= 9.95 ? countText(rate) : rate.toFixed(1);
}

export function bytesText(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : showBytes(Math.round(bytes)).replace(/ bytes?$/, " B");
}

/** "+1,234", "-56", "0" */
export function trendText(trend: number | undefined): string {
  if (trend === undefined) return UNKNOWN;
  const rounded = Math.round(trend);
  return rounded > 0 ? `+${countText(rounded)}` : rounded === 0 ? "0" : `-${countText(-rounded)}`;
}

export function durationText(seconds: number | undefined): string {
  if (seconds === undefined) return UNKNOWN;
  return seconds < 1
    ? `${(seconds * 1000).toPrecision(2)} ms`.replace(/^(\d)e\+2/, "$100")
    : `${seconds.toFixed(1)} s`;
}
