/**
 * A histogram of microseconds, as a result has it.
 * @module
 */
import type { Histogram } from "./histogram.ts";
import type { Peak } from "./peaks.ts";
import type { LatencyResult } from "./result.ts";

/** Those that tables show. */
export const shownPercents = [50, 90, 99, 99.9] as const;
/** Those that a curve is drawn through: closer to each other the closer they are to 100. */
export const curvePercents: readonly number[] = [
  0,
  ...[10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90],
  ...[92.5, 95, 96, 97, 98, 98.5, 99, 99.25, 99.5, 99.75],
  ...[99.9, 99.95, 99.99, 99.995, 99.999],
];

export function latencyResult(
  name: string,
  microseconds: Histogram,
  peaks: readonly Peak[] = [],
): LatencyResult {
  const { count } = microseconds;
  return {
    name,
    count,
    meanMs: microseconds.mean / 1000,
    minMs: microseconds.min / 1000,
    maxMs: microseconds.max / 1000,
    percentilesMs: Object.fromEntries(
      curvePercents
        // Of a thousand values there is no percentile 99.99 that is not their largest.
        .filter((percent) => count * (100 - percent) / 100 >= 1 || percent === 0 || isShown(percent))
        .map((percent) => [percent, microseconds.percentile(percent) / 1000]),
    ),
    peaks: peaks.map(({ seconds, value }) => ({ seconds, ms: value })),
    cells: Array.from(
      microseconds.cells(),
      ({ from, to, count }) => ({ fromMs: from / 1000, toMs: to / 1000, count }),
    ),
  };
}

function isShown(percent: number): boolean {
  return shownPercents.some((shown) => shown === percent);
}
