/**
 * The beginning of something whose end is in another chunk of a body.
 *
 * What must be true: it never has more than `maxBytes`, which is compared before anything is kept; its memory counts in the
 * budget of all bodies; and what comes byte by byte costs time in proportion to its bytes.
 * @module
 */
import { type BodyBudget, tooMany } from "./request_body.ts";

const NOTHING = new Uint8Array();
const FIRST_BYTES = 4096;

export interface KeptLimits {
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

export class KeptBytes implements Disposable {
  readonly #limits: KeptLimits;
  readonly #tooLong: (maxBytes: number) => Error;
  #bytes: Uint8Array = NOTHING;
  #length = 0;

  /** `tooLong` makes what is thrown when it would have more than `limits.maxBytes`. */
  constructor(limits: KeptLimits, tooLong: (maxBytes: number) => Error) {
    this.#limits = limits;
    this.#tooLong = tooLong;
  }

  get length(): number {
    return this.#length;
  }

  /** Throws what `tooLong` makes, or an ApiError 429 if there is no room for it at the moment. */
  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    this.checkLength(length);
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  checkLength(length: number): void {
    if (length > this.#limits.maxBytes) throw this.#tooLong(this.#limits.maxBytes);
  }

  /** All of it, the taker's from now on. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this[Symbol.dispose]();
    return bytes;
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    this.#limits.budget.giveBack(this.#bytes.length);
    this.#bytes = NOTHING;
    this.#length = 0;
  }

  #grow(length: number): void {
    const { budget, maxBytes } = this.#limits;
    const capacity = Math.max(
      length,
      Math.min(FIRST_BYTES, maxBytes),
      Math.min(this.#bytes.length * 2, maxBytes),
    );
    if (!budget.take(capacity - this.#bytes.length)) throw tooMany(budget.maxBytes);
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
