/**
 * The largest of the values that came in each span of time: when a broker stood still, and for how long. As with a
 * timeline, spans get longer when there are too many.
 * @module
 */
const MAX_SPANS = 240;
const FIRST_SPAN_MS = 50;

export interface Peak {
  /** Since the begin, the middle of its span. */
  readonly seconds: number;
  readonly value: number;
}

export class Peaks {
  readonly #beginMs: number;
  /** NaN: nothing came. */
  readonly #largest = new Float64Array(MAX_SPANS).fill(NaN);
  #spanMs = FIRST_SPAN_MS;

  constructor(beginMs: number) {
    this.#beginMs = beginMs;
  }

  add(nowMs: number, value: number): void {
    const since = Math.max(0, nowMs - this.#beginMs);
    while (since >= this.#spanMs * MAX_SPANS) this.#widen();
    const span = Math.floor(since / this.#spanMs);
    if (!(this.#largest[span]! >= value)) this.#largest[span] = value;
  }

  /** Of those spans in which something came. */
  points(): Peak[] {
    return Array.from(
      this.#largest,
      (value, span) => ({ seconds: (span + 0.5) * this.#spanMs / 1000, value }),
    )
      .filter(({ value }) => !Number.isNaN(value));
  }

  #widen(): void {
    for (let span = 0; span < MAX_SPANS / 2; span++) {
      const [left, right] = [this.#largest[2 * span]!, this.#largest[2 * span + 1]!];
      this.#largest[span] = left >= right || Number.isNaN(right) ? left : right;
    }
    this.#largest.fill(NaN, MAX_SPANS / 2);
    this.#spanMs *= 2;
  }
}
