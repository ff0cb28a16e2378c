/**
 * Whether the reactor's loop goes round. That the main thread answers says nothing of it.
 *
 * What must be true: a loop that goes round is never taken for one that stands, however long a turn takes that has a
 * reason to: it is given `STALL_MS` from the first question that found it standing. And whoever asks is answered within
 * `LOOK_MS`. A loop that has nothing to do sleeps, and is woken to find out.
 * @module
 */

/** Orchestrators wait a second for a probe, by default. */
const LOOK_MS = 500;
const LOOK_EVERY_MS = 5;
/** Creating a topic of thousands of partitions takes one turn of several seconds. */
const STALL_MS = 10_000;

export interface LoopLivenessOptions {
  /** Turns that the loop has made. */
  readonly turns: () => number;
  /** Ends its sleep. */
  readonly wake: () => void;
  readonly lookMs?: number;
  readonly stallMs?: number;
}

export class LoopLiveness {
  readonly #options: LoopLivenessOptions;
  /** Turns that it had made when it was first found standing, and when that was. */
  #standing: { readonly turns: number; readonly sinceMs: number } | undefined;

  constructor(options: LoopLivenessOptions) {
    this.#options = options;
  }

  async isAlive(): Promise<boolean> {
    const { turns, wake, lookMs = LOOK_MS, stallMs = STALL_MS } = this.#options;
    const begunMs = performance.now();
    const before = this.#standing?.turns ?? turns();
    wake();
    while (turns() === before && performance.now() - begunMs < lookMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    if (turns() !== before) {
      this.#standing = undefined;
      return true;
    }
    this.#standing ??= { turns: before, sinceMs: begunMs };
    return performance.now() - this.#standing.sinceMs < stallMs;
  }
}
