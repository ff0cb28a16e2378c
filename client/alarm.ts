/**
 * One timer for many reasons to look again, or for a deadline that is put off more often than it comes: a timer for each
 * wait of a thousand streams would be much of what a record costs.
 *
 * What must be true: it rings no later than the earliest time that was set since it last rang or was cleared, and perhaps
 * before what was set last.
 * @module
 */
import { LONGEST_TIMER_MS } from "./longest_timer.ts";

export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `at`, or earlier if it was set so before. `now`: by the clock that `at` is by. */
  set(at: number, now = performance.now()): void {
    if (at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => {
      this.#at = Infinity;
      this.#ring();
    }, Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(at - now))));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#at = Infinity;
  }
}
