/**
 * One record at a time in the form of a batch of format 2, written straight to where it will be sent from.
 *
 * What must be true: the bytes are those that `encodeBatch` writes for the same record; and between `take`, which says how
 * many there will be, and `write` nothing is allocated for a record whose texts are short.
 * @module
 */
import { uvarintSize, varintSize, varlongSize } from "../../protocol/wire_size.ts";

export interface HeaderToWrite {
  readonly key: string;
  readonly value: Uint8Array | string | null;
}

const encoder = new TextEncoder();
/** Up to here a loop is faster than a call into the runtime. */
const SHORT_BYTES = 40;
const KEPT_SCRATCH_BYTES = 64 * 1024;

interface EncodedHeader {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** A record whose bytes are nobody else's. */
export interface KeptRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly EncodedHeader[];
}

const NO_HEADERS: readonly EncodedHeader[] = [];

/** A text in UTF-8, in memory that is used again for the next. */
class TextScratch {
  #bytes = new Uint8Array(256);
  length = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  take(text: string): void {
    const most = text.length * 3;
    if (most > this.#bytes.length || (this.#bytes.length > KEPT_SCRATCH_BYTES && most < KEPT_SCRATCH_BYTES)) {
      this.#bytes = new Uint8Array(Math.max(256, most));
    }
    const bytes = this.#bytes;
    if (text.length <= SHORT_BYTES) {
      let at = 0;
      for (; at < text.length; at++) {
        const unit = text.charCodeAt(at);
        if (unit >= 0x80) break;
        bytes[at] = unit;
      }
      this.length = at;
      if (at === text.length) return;
    }
    this.length = encoder.encodeInto(text, bytes).written;
  }
}

export class RecordWriter {
  readonly #keyText = new TextScratch();
  readonly #valueText = new TextScratch();
  #key: Uint8Array | null = null;
  #keyLength = -1;
  #value: Uint8Array | null = null;
  #valueLength = -1;
  #headers: readonly EncodedHeader[] = NO_HEADERS;
  /** Bytes of all but the length, the timestamp and the offset. */
  #fixedSize = 0;

  /** The key's bytes, in memory good until the next `take`; its length is `keyLength`. */
  get key(): Uint8Array | null {
    return this.#key;
  }

  /** -1: there is none. */
  get keyLength(): number {
    return this.#keyLength;
  }

  /** Bytes of key, value and headers, about. */
  get payloadSize(): number {
    return this.#fixedSize;
  }

  /** What is to be written. Views of bytes are kept until the next call. */
  take(
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    headers: readonly HeaderToWrite[] | undefined,
  ): void {
    if (typeof key === "string") {
      this.#keyText.take(key);
      this.#key = this.#keyText.bytes;
      this.#keyLength = this.#keyText.length;
    } else {
      this.#key = key;
      this.#keyLength = key === null ? -1 : key.length;
    }
    if (typeof value === "string") {
      this.#valueText.take(value);
      this.#value = this.#valueText.bytes;
      this.#valueLength = this.#valueText.length;
    } else {
      this.#value = value;
      this.#valueLength = value === null ? -1 : value.length;
    }
    this.#headers = headers === undefined || headers.length === 0 ? NO_HEADERS : encodedAll(headers);
    this.#measure();
  }

  /** What was taken, for later: by then whoever gave it may have put something else into its bytes. */
  keep(): KeptRecord {
    return {
      key: this.#key && this.#key.slice(0, this.#keyLength),
      value: this.#value && this.#value.slice(0, this.#valueLength),
      headers: this.#headers.map(({ key, value }) => ({ key, value: value && value.slice() })),
    };
  }

  /** Takes what was kept. */
  takeKept({ key, value, headers }: KeptRecord): void {
    this.#key = key;
    this.#keyLength = key === null ? -1 : key.length;
    this.#value = value;
    this.#valueLength = value === null ? -1 : value.length;
    this.#headers = headers;
    this.#measure();
  }

  #measure(): void {
    let size = 1 + partSize(this.#keyLength) + partSize(this.#valueLength) + varintSize(this.#headers.length);
    for (const { key, value } of this.#headers) {
      size += partSize(key.length) + partSize(value === null ? -1 : value.length);
    }
    this.#fixedSize = size;
  }

  /** Bytes behind the record's length; `length` of `write`. */
  lengthOf(timestampDelta: number, offsetDelta: number): number {
    return this.#fixedSize + (timestampDelta === 0 ? 1 : varlongSize(timestampDelta)) +
      varintSize(offsetDelta);
  }

  /** Writes what was taken to `bytes` from `at` on, where there is room for it; returns where it ends. */
  write(
    bytes: Uint8Array,
    at: number,
    length: number,
    timestampDelta: number,
    offsetDelta: number,
  ): number {
    at = writeVarint(bytes, at, length);
    bytes[at++] = 0; // attributes
    at = writeVarlong(bytes, at, timestampDelta);
    at = writeVarint(bytes, at, offsetDelta);
    at = writePart(bytes, at, this.#key, this.#keyLength);
    at = writePart(bytes, at, this.#value, this.#valueLength);
    at = writeVarint(bytes, at, this.#headers.length);
    for (const { key, value } of this.#headers) {
      at = writePart(bytes, at, key, key.length);
      at = writePart(bytes, at, value, value === null ? -1 : value.length);
    }
    return at;
  }

  /** Lets views go. */
  release(): void {
    this.#key = null;
    this.#value = null;
    this.#headers = NO_HEADERS;
  }
}

function encodedAll(headers: readonly HeaderToWrite[]): EncodedHeader[] {
  if (Array.isArray(headers)) return headers.map(encoded);
  throw new TypeError("headers are an array, of { key, value } each");
}

function encoded({ key, value }: HeaderToWrite): EncodedHeader {
  if (typeof key !== "string") throw new TypeError("a header's key is a text");
  if (typeof value === "string") return { key: encoder.encode(key), value: encoder.encode(value) };
  if (value === null || value instanceof Uint8Array) return { key: encoder.encode(key), value };
  throw new TypeError(
    `the header ${key} has ${typeof value}, but its value must be a text, bytes (Uint8Array) or null`,
  );
}

/** Bytes of a length and what has it. */
function partSize(length: number): number {
  return length < 0 ? 1 : uvarintSize(2 * length) + length;
}

function writePart(bytes: Uint8Array, at: number, part: Uint8Array | null, length: number): number {
  if (part === null) {
    bytes[at] = 1; // -1
    return at + 1;
  }
  at = writeVarint(bytes, at, length);
  if (length <= SHORT_BYTES) {
    for (let index = 0; index < length; index++) bytes[at + index] = part[index]!;
  } else if (length === part.length) {
    bytes.set(part, at);
  } else {
    bytes.set(part.subarray(0, length), at);
  }
  return at + length;
}

/** Of a number that is not negative. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value * 2;
  while (rest >= 0x80) {
    bytes[at++] = rest & 0x7f | 0x80;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + 1;
}

/** Of any whole number up to 2^52 either way. */
function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 0x80) {
    bytes[at++] = rest % 0x80 | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at] = rest;
  return at + 1;
}
