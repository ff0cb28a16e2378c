/**
 * Bytes in as they are read, whole lines out.
 *
 * What must be true: a line is the same however its bytes came; none is longer than the limit, which is compared before more
 * is read of it; and no more is held than the longest line and what was read at once with it. A line is a view, good until
 * `room` is called.
 * @module
 */
const MAX_READ_BYTES = 1024 * 1024;
/** Less room is not worth a read. */
const MIN_READ_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface LineLimits {
  /** Of a line without what ends it. */
  readonly maxBytes: number;
  /** The byte that ends a line. Default: a line feed, or a carriage return and a line feed. */
  readonly delimiter?: number;
}

/** A line that is longer than it may be. */
export class LongLineError extends Error {
  override name = "LongLineError";
}

export class LineSplitter {
  readonly #maxBytes: number;
  readonly #delimiter: number;
  #bytes = new Uint8Array(MAX_READ_BYTES);
  /** Where the next line begins, how far no end of it was found, and how far there are bytes: start ≤ searched ≤ end. */
  #start = 0;
  #searched = 0;
  #end = 0;
  #lines = 0;

  constructor({ maxBytes, delimiter = LINE_FEED }: LineLimits) {
    this.#maxBytes = maxBytes;
    this.#delimiter = delimiter;
  }

  /** Lines given out. The last of them has this number, counted from 1. */
  get lines(): number {
    return this.#lines;
  }

  /** Bytes that no line was given of yet. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** Where to read into, once `next` has given all lines. */
  room(): Uint8Array {
    if (this.#start > 0 && this.#bytes.length - this.#end < MIN_READ_BYTES) this.#moveToFront();
    if (this.#bytes.length - this.#end < MIN_READ_BYTES) this.#grow();
    return this.#bytes.subarray(this.#end, this.#end + MAX_READ_BYTES);
  }

  /** So many bytes were read into `room`. */
  filled(count: number): void {
    this.#end += count;
  }

  /** Undefined: more must be read. Throws a LongLineError. */
  next(): Uint8Array | undefined {
    const start = this.#start;
    const found = this.#bytes.indexOf(this.#delimiter, this.#searched);
    if (found < 0 || found >= this.#end) {
      this.#searched = this.#end;
      // The last byte may be a carriage return that is not part of it.
      this.#checkLength(this.#end - start, this.#maxBytes + 1);
      if (start === this.#end) this.#start = this.#searched = this.#end = 0;
      return undefined;
    }
    this.#start = this.#searched = found + 1;
    return this.#line(start, found);
  }

  /** When nothing is left to be read: what stands behind the last delimiter, undefined if nothing does. */
  last(): Uint8Array | undefined {
    const start = this.#start;
    if (start === this.#end) return undefined;
    this.#start = this.#searched = this.#end;
    return this.#line(start, this.#end);
  }

  #line(start: number, end: number): Uint8Array {
    const hasReturn = this.#delimiter === LINE_FEED && end > start &&
      this.#bytes[end - 1] === CARRIAGE_RETURN;
    const line = this.#bytes.subarray(start, hasReturn ? end - 1 : end);
    this.#checkLength(line.length, this.#maxBytes);
    this.#lines++;
    return line;
  }

  #checkLength(length: number, maxBytes: number): void {
    if (length > maxBytes) {
      throw new LongLineError(`it has more than the ${this.#maxBytes} bytes that a record may have`);
    }
  }

  #moveToFront(): void {
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#searched -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
  }
}
