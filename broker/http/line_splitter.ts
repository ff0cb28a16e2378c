/**
 * Chunks of a body in, whole lines out.
 *
 * What must be true: a line is the same however its bytes were cut into chunks; of a line that goes on in another chunk
 * no more is kept than `maxBytes`, which is compared before anything is kept, and what is kept counts in the budget of
 * all bodies; and a line costs time in proportion to its bytes, also if they come one by one.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { type BodyBudget, tooMany } from "./request_body.ts";

const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array();
const FIRST_BYTES = 4096;

export interface LineLimits {
  /** Most bytes of a line, its line feed not counted. */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

export class LineSplitter implements Disposable {
  readonly #limits: LineLimits;
  #chunk: Uint8Array = NOTHING;
  #position = 0;
  /** The beginning of a line that goes on in the next chunk. */
  #kept: Uint8Array = NOTHING;
  #keptLength = 0;
  #lines = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /** Lines given out. The last of them has this number, counted from 1. */
  get lines(): number {
    return this.#lines;
  }

  /** Takes the next chunk, once `next` has given all lines of the last one. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#position = 0;
  }

  /**
   * The next line, without its line feed: a view that is good until the next call. Undefined: another chunk is needed.
   * Throws an ApiError: 413 for a line that is too long, 429 if there is no room for what is kept.
   */
  next(): Uint8Array | undefined {
    const start = this.#position;
    const end = this.#chunk.indexOf(LINE_FEED, start);
    if (end < 0) {
      this.#keep(this.#chunk.subarray(start));
      this.#position = this.#chunk.length;
      return undefined;
    }
    this.#position = end + 1;
    if (this.#keptLength > 0) {
      this.#keep(this.#chunk.subarray(start, end));
      return this.#takeKept();
    }
    if (end - start > this.#limits.maxBytes) throw this.#tooLong();
    this.#lines++;
    return this.#chunk.subarray(start, end);
  }

  /** After the last chunk: what stands behind the last line feed, undefined if nothing does. */
  last(): Uint8Array | undefined {
    return this.#keptLength === 0 ? undefined : this.#takeKept();
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    this.#limits.budget.giveBack(this.#kept.length);
    this.#kept = NOTHING;
    this.#keptLength = 0;
  }

  #takeKept(): Uint8Array {
    const line = this.#kept.subarray(0, this.#keptLength);
    // The memory of a long line is not kept for the short ones that follow.
    if (this.#kept.length > FIRST_BYTES) this[Symbol.dispose]();
    this.#keptLength = 0;
    this.#lines++;
    return line;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#keptLength + bytes.length;
    if (length > this.#limits.maxBytes) throw this.#tooLong();
    if (length > this.#kept.length) this.#grow(length);
    this.#kept.set(bytes, this.#keptLength);
    this.#keptLength = length;
  }

  #grow(length: number): void {
    const { budget, maxBytes } = this.#limits;
    const capacity = Math.max(length, FIRST_BYTES, Math.min(this.#kept.length * 2, maxBytes));
    if (!budget.take(capacity - this.#kept.length)) throw tooMany(budget.maxBytes);
    const grown = new Uint8Array(capacity);
    grown.set(this.#kept.subarray(0, this.#keptLength));
    this.#kept = grown;
  }

  #tooLong(): ApiError {
    return new ApiError(
      413,
      ApiErrorCode.TOO_LARGE,
      `The line is longer than the ${this.#limits.maxBytes} bytes that one may have.`,
    );
  }
}
