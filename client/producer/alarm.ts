/**
 * One timer for many reasons to look again: it rings at the earliest of them.
 * @module
 */
import { LONGEST_TIMER_MS } from "../longest_timer.ts";

export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `at`, or earlier if it was set so before. */
  set(at: number, now: number): void {
    if (at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => {
      this.#at = Infinity;
      this.#ring();
    }, Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(at - now))));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
