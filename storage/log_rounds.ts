/**
 * Goes through all logs every so often, a few at a time: ten thousand of them at once would hold up everybody who is served.
 * @module
 */

/** Logs that are visited before others get their turn: a fraction of a millisecond. */
const VISITS_AT_ONCE = 64;
const PAUSE_MS = 5;

export interface LogRoundsOptions<Log> {
  readonly intervalMs: number;
  /** Monotonic time of the first round. */
  readonly firstMs: number;
  /** All there are, asked for when a round begins. */
  readonly logs: () => Iterable<Log>;
  readonly visit: (log: Log, nowMs: number) => void;
}

export class LogRounds<Log> {
  readonly #options: LogRoundsOptions<Log>;
  #nextMs: number;
  #left: Log[] = [];

  constructor(options: LogRoundsOptions<Log>) {
    this.#options = options;
    this.#nextMs = options.firstMs;
  }

  /** Makes the next visits if it is time to; returns the monotonic time to be called again. */
  tick(nowMs: number): number {
    if (nowMs < this.#nextMs) return this.#nextMs;
    const { logs, visit, intervalMs } = this.#options;
    if (this.#left.length === 0) this.#left = [...logs()].reverse();
    for (let count = 0; count < VISITS_AT_ONCE && this.#left.length > 0; count++) {
      visit(this.#left.pop()!, nowMs);
    }
    return this.#nextMs = nowMs + (this.#left.length === 0 ? intervalMs : PAUSE_MS);
  }

  /** Begins the next round at once. */
  hurry(): void {
    this.#nextMs = 0;
  }
}
