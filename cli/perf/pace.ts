/**
 * When each record is to be sent.
 *
 * What must be true: latency is counted from here and not from when the record was sent. Otherwise a broker that stops for
 * a second has one slow record instead of all those that were to be sent in that second: "coordinated omission".
 * @module
 */

export class Pace {
  readonly #beginMs: number;
  readonly #msPerRecord: number;

  /** 0: as fast as possible, so all are due at once. */
  constructor(beginMs: number, recordsPerSecond: number) {
    this.#beginMs = beginMs;
    this.#msPerRecord = recordsPerSecond === 0 ? 0 : 1000 / recordsPerSecond;
  }

  get isLimited(): boolean {
    return this.#msPerRecord > 0;
  }

  /** When record `index`, counted from 0, is to be sent. */
  dueMs(index: number): number {
    return this.#beginMs + index * this.#msPerRecord;
  }

  /** How many records are to be sent by now. */
  dueBy(nowMs: number): number {
    if (!this.isLimited) return Infinity;
    return Math.max(0, Math.floor((nowMs - this.#beginMs) / this.#msPerRecord) + 1);
  }
}
