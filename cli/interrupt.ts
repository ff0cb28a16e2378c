/**
 * Ctrl-C and SIGTERM, for commands that finish what they have begun: whoever waits for something goes on at once.
 * @module
 */
import { StopSignals } from "./stop_signals.ts";

/** 128 and the signal's number, as shells have it. */
export const INTERRUPTED = 130;

export const STOPPED: unique symbol = Symbol("stopped");

/** Whoever waits longer is told what for. */
const PATIENCE_MS = 1000;

export class Interrupt implements Disposable {
  /** A second Ctrl-C does not wait for anything. */
  readonly #signals = new StopSignals(() => Deno.exit(INTERRUPTED));
  readonly #abort = new AbortController();
  #wake: ((stopped: typeof STOPPED) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onLate`: called if the end takes its time. */
  constructor(onLate: () => void) {
    void this.#signals.requested.then(() => {
      this.#timer = setTimeout(onLate, PATIENCE_MS);
      this.#abort.abort();
      this.#wake?.(STOPPED);
    });
  }

  get isRequested(): boolean {
    return this.#signals.areRequested;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What `work` gives, or STOPPED as soon as that is asked for. One at a time. */
  async orStop<T>(work: Promise<T>): Promise<T | typeof STOPPED> {
    if (this.isRequested) return STOPPED;
    // A race with one promise that lasts would keep something of every one that it has won.
    try {
      return await new Promise((resolve, reject) => {
        this.#wake = resolve;
        work.then(resolve, reject);
      });
    } finally {
      this.#wake = undefined;
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signals[Symbol.dispose]();
  }
}
