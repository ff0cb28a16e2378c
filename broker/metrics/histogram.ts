/**
 * A histogram in shared memory: how often something took how long, in the buckets that Prometheus adds up.
 * @module
 */

/** Upper bounds of the buckets, seconds; a last one has all that took longer. */
export const BOUNDS_SECONDS = [
  0.000_05,
  0.000_1,
  0.000_25,
  0.000_5,
  0.001,
  0.002_5,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
] as const;

/** One for each bucket, one for what is above them, one for the sum. */
export const HISTOGRAM_CELLS = BOUNDS_SECONDS.length + 2;
const SUM = HISTOGRAM_CELLS - 1;

export interface HistogramReading {
  /** By bucket, not added up; the last is what was above all bounds. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Counts one that took `seconds` in the histogram that begins at `start`. */
export function observe(cells: Float64Array, start: number, seconds: number): void {
  let bucket = 0;
  while (bucket < BOUNDS_SECONDS.length && seconds > BOUNDS_SECONDS[bucket]!) bucket++;
  cells[start + bucket]! += 1;
  cells[start + SUM]! += seconds;
}

export function readHistogram(cells: Float64Array, start: number): HistogramReading {
  return { counts: [...cells.subarray(start, start + SUM)], sumSeconds: cells[start + SUM]! };
}
