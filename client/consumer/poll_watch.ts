/**
 * Notices a reader that asks for nothing any more (max.poll.interval.ms): it may be stuck in what it does with records, and
 * others should have its partitions.
 * @module
 */

export interface PollWatchOptions {
  readonly intervalMs: number;
  readonly onStuck: () => void;
}

/** How exactly the interval is kept, as a part of it. */
const LOOKS = 10;

export class PollWatch {
  readonly #options: PollWatchOptions;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #askCount = 0;
  #seenCount = 0;
  #seenAtMs = performance.now();
  #waits = 0;
  #isStuck = false;

  constructor(options: PollWatchOptions) {
    this.#options = options;
    if (options.intervalMs === Infinity) return;
    this.#timer = setInterval(() => this.#look(), Math.max(1, Math.ceil(options.intervalMs / LOOKS)));
  }

  /** The reader asks. Returns whether it had been given up. */
  asked(): boolean {
    this.#askCount++;
    const wasStuck = this.#isStuck;
    this.#isStuck = false;
    return wasStuck;
  }

  /** It waits for an answer until `waited`. */
  waits(): void {
    this.#waits++;
  }

  waited(): void {
    this.#waits--;
    this.#askCount++;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    if (this.#waits > 0 || this.#askCount !== this.#seenCount) {
      this.#seenCount = this.#askCount;
      this.#seenAtMs = nowMs;
    } else if (!this.#isStuck && nowMs - this.#seenAtMs >= this.#options.intervalMs) {
      this.#isStuck = true;
      this.#options.onStuck();
    }
  }
}
