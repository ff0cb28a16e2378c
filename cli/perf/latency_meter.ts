/**
 * Latencies of a run, as they come: how many were how long, and the longest by time.
 * @module
 */
import { Histogram } from "./histogram.ts";
import { latencyResult } from "./latency_result.ts";
import { Peaks } from "./peaks.ts";
import type { LatencyResult } from "./result.ts";

export class LatencyMeter {
  readonly #microseconds = new Histogram();
  readonly #peaks: Peaks;

  constructor(beginMs: number) {
    this.#peaks = new Peaks(beginMs);
  }

  get count(): number {
    return this.#microseconds.count;
  }

  /** Milliseconds. */
  get p99(): number {
    return this.#microseconds.percentile(99) / 1000;
  }

  /** `times` records that were due at `dueMs` have come now. */
  record(nowMs: number, dueMs: number, times = 1): void {
    this.#microseconds.record((nowMs - dueMs) * 1000, times);
    this.#peaks.add(nowMs, nowMs - dueMs);
  }

  /** `name`: from when to when. */
  result(name: string): LatencyResult {
    return latencyResult(name, this.#microseconds, this.#peaks.points());
  }
}
