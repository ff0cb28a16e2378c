/**
 * Chunks of a body in, whole lines out.
 *
 * What must be true: a line is the same however its bytes were cut into chunks, and none is longer than the limit.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { KeptBytes, type KeptLimits } from "./kept_bytes.ts";

const LINE_FEED = 0x0a;

export class LineSplitter implements Disposable {
  readonly #kept: KeptBytes;
  #chunk: Uint8Array = new Uint8Array();
  #position = 0;
  #lines = 0;

  /** `limits`: of a line, its line feed not counted. */
  constructor(limits: KeptLimits) {
    this.#kept = new KeptBytes(limits, tooLong);
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
   * The next line, without its line feed. Undefined: another chunk is needed. Throws an ApiError: 413 for a line that is
   * too long, 429 if there is no room for what is kept.
   */
  next(): Uint8Array | undefined {
    const start = this.#position;
    const end = this.#chunk.indexOf(LINE_FEED, start);
    if (end < 0) {
      this.#position = this.#chunk.length;
      this.#kept.add(this.#chunk.subarray(start));
      return undefined;
    }
    this.#position = end + 1;
    const line = this.#chunk.subarray(start, end);
    if (this.#kept.length > 0) {
      this.#kept.add(line);
      this.#lines++;
      return this.#kept.take();
    }
    this.#kept.checkLength(line.length);
    this.#lines++;
    return line;
  }

  /** After the last chunk: what stands behind the last line feed, undefined if nothing does. */
  last(): Uint8Array | undefined {
    return this.#kept.length === 0 ? undefined : this.#kept.take();
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
  }
}

function tooLong(maxBytes: number): ApiError {
  return new ApiError(
    413,
    ApiErrorCode.TOO_LARGE,
    `The line is longer than the ${maxBytes} bytes that one may have.`,
  );
}
