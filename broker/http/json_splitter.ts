/**
 * Chunks of a body in, whole JSON objects out, which stand one after the other with nothing or white space between them.
 *
 * What must be true: an object is the same however its bytes were cut into chunks, and none is longer than the limit. Only
 * where it ends is found here, by its braces, brackets and quotes; whether it is JSON is for whoever reads it.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { KeptBytes, type KeptLimits } from "./kept_bytes.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export class JsonSplitter implements Disposable {
  readonly #kept: KeptBytes;
  #chunk: Uint8Array = new Uint8Array();
  #position = 0;
  /** Where in the body the chunk begins. */
  #offset = 0;
  /** Of arrays and objects that are open; 0: between two objects. */
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** `limits`: of an object. */
  constructor(limits: KeptLimits) {
    this.#kept = new KeptBytes(limits, tooLong);
  }

  /** Takes the next chunk, once `next` has given all objects of the last one. */
  push(chunk: Uint8Array): void {
    this.#offset += this.#chunk.length;
    this.#chunk = chunk;
    this.#position = 0;
  }

  /**
   * The next object. Undefined: another chunk is needed. Throws an ApiError: 422 for what can't be the beginning of one, 413
   * for one that is too long, 429 if there is no room for what is kept. Nothing can be read after that.
   */
  next(): Uint8Array | undefined {
    const chunk = this.#chunk;
    if (this.#depth === 0) this.#skipSpace();
    const start = this.#position;
    const end = this.#findEnd(start);
    if (end === undefined) {
      this.#position = chunk.length;
      if (start < chunk.length) this.#kept.add(chunk.subarray(start));
      return undefined;
    }
    this.#position = end;
    const object = chunk.subarray(start, end);
    if (this.#kept.length > 0) {
      this.#kept.add(object);
      return this.#kept.take();
    }
    this.#kept.checkLength(object.length);
    return object;
  }

  /** Throws an ApiError 422 if the body has ended within an object. */
  end(): void {
    if (this.#depth === 0) return;
    throw new ApiError(
      422,
      ApiErrorCode.NOT_JSON,
      `The body ends within an object: after ${
        this.#offset + this.#chunk.length
      } bytes, ${this.#depth} brackets ` +
        "are open.",
    );
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
  }

  #skipSpace(): void {
    const chunk = this.#chunk;
    let position = this.#position;
    for (;; position++) {
      const byte = chunk[position];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    }
    this.#position = position;
    if (position === chunk.length || chunk[position] === OPEN_OBJECT) return;
    throw new ApiError(
      422,
      ApiErrorCode.NOT_JSON,
      `At byte ${this.#offset + position} of the body a record must begin ({ … }), but ` +
        `${JSON.stringify(String.fromCharCode(chunk[position]!))} stands there.`,
    );
  }

  /** Behind the bracket that closes the object; undefined if it is not in this chunk. */
  #findEnd(start: number): number | undefined {
    const chunk = this.#chunk;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let end: number | undefined;
    for (let position = start; position < chunk.length; position++) {
      const byte = chunk[position]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) {
        end = position + 1;
        break;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return end;
  }
}

function tooLong(maxBytes: number): ApiError {
  return new ApiError(
    413,
    ApiErrorCode.TOO_LARGE,
    `A record is longer than the ${maxBytes} bytes that one may have.`,
  );
}
