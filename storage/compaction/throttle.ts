/**
 * Keeps a background thread's reading and writing at a rate, by pauses that come before the bytes.
 * @module
 */
import type { Clock } from "../environment.ts";

export class Throttle {
  readonly #bytesPerSecond: number;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #pause: (ms: number) => void;
  /** When what has been let through so far is through at the rate that is allowed. */
  #freeMs: number;

  /** `bytesPerSecond`: 0 lets everything through. `pause` returns after so many milliseconds. */
  constructor(bytesPerSecond: number, clock: Pick<Clock, "monotonic">, pause: (ms: number) => void) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#pause = pause;
    this.#freeMs = clock.monotonic();
  }

  /** Returns when `bytes` more may be moved. */
  pass(bytes: number): void {
    if (this.#bytesPerSecond === 0) return;
    const waitMs = this.#freeMs - this.#clock.monotonic();
    if (waitMs >= 1) this.#pause(waitMs);
    // What was not used up in idle time is not saved for later.
    this.#freeMs = Math.max(this.#freeMs, this.#clock.monotonic()) + bytes / this.#bytesPerSecond * 1000;
  }
}
