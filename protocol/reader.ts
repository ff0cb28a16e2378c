/**
 * Reads the protocol's primitive types from bytes that nobody has checked yet.
 *
 * The reader is sticky: the first thing that does not fit marks it failed, and from then on everything reads as
 * zero, empty or null. So decoders are straight lines, and one look at `failed` when they are done tells whether
 * what they made may be used. What must hold at any moment:
 *
 *     start <= position <= end <= bytes.length,  and once failed: position === end
 *
 * Nothing is allocated by a number from the wire before that number was compared with the bytes that are left
 * (lengths, counts) and with the element limit (counts). Encodings are those of KIP-482 and of
 * https://kafka.apache.org/protocol#protocol_types.
 * @module
 */
import { asciiText } from "./ascii.ts";
import { UUID_SIZE, uuidFromBytes, ZERO_UUID } from "./uuid.ts";
import type { Uuid } from "./uuid.ts";

/**
 * Most array elements one message may hold, over all its arrays, unless the reader is told otherwise. A two-byte
 * element becomes an object of some hundred bytes, so a full-size request of nothing but empty elements would take
 * gigabytes; this bounds it near a hundred megabytes. Metadata of 100,000 partitions has 700,000 elements.
 */
export const DEFAULT_ELEMENT_LIMIT = 1 << 20;

/** Longer text goes to TextDecoder: its call costs about what so many characters cost in `asciiText`. */
const SHORT_TEXT = 128;

const TWO_TO_32 = 4_294_967_296;
const EMPTY = new Uint8Array(0);
/** Kafka's strings are UTF-8; replacing what is not would let two different names become one. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Reader {
  #bytes: Uint8Array;
  #view: DataView;
  #start = 0;
  #position = 0;
  #end = 0;
  #failure: string | undefined;
  #elementsLeft = DEFAULT_ELEMENT_LIMIT;

  /** Reads [position, end) of `bytes`. Views it hands out share the memory of `bytes`. */
  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.reset(bytes, position, end);
  }

  /** Begins again, over the same or other bytes, as a new reader would. */
  reset(bytes: Uint8Array, position = 0, end = bytes.length, elementLimit = DEFAULT_ELEMENT_LIMIT): void {
    if (!(position >= 0 && position <= end && end <= bytes.length)) {
      throw new RangeError(`can't read [${position}, ${end}) of ${bytes.length} bytes`);
    }
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#start = position;
    this.#position = position;
    this.#end = end;
    this.#failure = undefined;
    this.#elementsLeft = elementLimit;
  }

  /** Index in the bytes of what is read next. */
  get position(): number {
    return this.#position;
  }

  /** Bytes not read yet; 0 once failed. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Whether something did not fit. Check it once, after the last read. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** What did not fit first, and where: for the log. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Marks the reader failed. The first reason is kept. */
  fail(reason: string): void {
    this.#failure ??= `${reason}, at byte ${this.#position - this.#start}`;
    this.#position = this.#end;
  }

  /** Moves over `length` bytes. */
  skip(length: number): void {
    this.#take(length, "bytes to skip");
  }

  int8(): number {
    const at = this.#position;
    if (this.#end - at < 1) return this.#short("int8");
    this.#position = at + 1;
    return this.#view.getInt8(at);
  }

  int16(): number {
    const at = this.#position;
    if (this.#end - at < 2) return this.#short("int16");
    this.#position = at + 2;
    return this.#view.getInt16(at);
  }

  int32(): number {
    const at = this.#position;
    if (this.#end - at < 4) return this.#short("int32");
    this.#position = at + 4;
    return this.#view.getInt32(at);
  }

  /** The nearest number: exact up to 2^53 either way. */
  int64(): number {
    const at = this.#position;
    if (this.#end - at < 8) return this.#short("int64");
    this.#position = at + 8;
    return this.#view.getInt32(at) * TWO_TO_32 + this.#view.getUint32(at + 4);
  }

  uint16(): number {
    const at = this.#position;
    if (this.#end - at < 2) return this.#short("uint16");
    this.#position = at + 2;
    return this.#view.getUint16(at);
  }

  uint32(): number {
    const at = this.#position;
    if (this.#end - at < 4) return this.#short("uint32");
    this.#position = at + 4;
    return this.#view.getUint32(at);
  }

  float64(): number {
    const at = this.#position;
    if (this.#end - at < 8) return this.#short("float64");
    this.#position = at + 8;
    return this.#view.getFloat64(at);
  }

  /** Any byte but 0 is true, as in Kafka. */
  boolean(): boolean {
    return this.int8() !== 0;
  }

  /** An unsigned varint of 32 bits: at most five bytes, of which the fifth carries four bits. */
  uvarint(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= end) return this.#short("varint");
      const byte = bytes[at++]!;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) return this.#fault("a varint holds more than 32 bits");
        this.#position = at;
        return (value | byte << shift) >>> 0;
      }
      value |= (byte & 0x7f) << shift;
    }
    return this.#fault("a varint is longer than 5 bytes");
  }

  /** A zigzag varint of 32 bits. */
  varint(): number {
    const zigzag = this.uvarint();
    return zigzag >>> 1 ^ -(zigzag & 1);
  }

  /** A zigzag varint of 64 bits, at most ten bytes, as the nearest number. */
  varlong(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#position;
    let low = 0; // bits 0 to 27
    let middle = 0; // bits 28 to 55
    let high = 0; // bits 56 to 63
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) return this.#short("varlong");
      const byte = bytes[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift < 56) middle |= bits << shift - 28;
      else high |= bits << shift - 56;
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) return this.#fault("a varlong holds more than 64 bits");
        this.#position = at;
        const lower = (low | middle << 28) >>> 0;
        const upper = (middle >>> 4 | high << 24) >>> 0;
        const sign = -(lower & 1);
        return ((upper >>> 1) ^ sign) * TWO_TO_32 + (((lower >>> 1 | upper << 31) ^ sign) >>> 0);
      }
    }
    return this.#fault("a varlong is longer than 10 bytes");
  }

  uuid(): Uuid {
    const at = this.#position;
    if (this.#end - at < UUID_SIZE) {
      this.#short("uuid");
      return ZERO_UUID;
    }
    this.#position = at + UUID_SIZE;
    return uuidFromBytes(this.#bytes, at);
  }

  /** A string that may not be null: int16 length, or with `flexible` the compact form. */
  string(flexible: boolean): string {
    const text = this.nullableString(flexible);
    if (text !== null) return text;
    this.fail("a string is null where that is not allowed");
    return "";
  }

  nullableString(flexible: boolean): string | null {
    const length = flexible ? this.uvarint() - 1 : this.int16();
    if (length < 0) return this.#nullLength(length);
    const at = this.#position;
    if (!this.#take(length, "string")) return "";
    return this.#text(at, at + length);
  }

  /** A length and so many bytes (types "bytes" and "records"), as a view of the input; null for length -1. */
  nullableBytes(flexible: boolean): Uint8Array | null {
    const length = flexible ? this.uvarint() - 1 : this.int32();
    if (length < 0) return this.#nullLength(length);
    return this.view(length);
  }

  /** Bytes that may not be null. */
  bytes(flexible: boolean): Uint8Array {
    const bytes = this.nullableBytes(flexible);
    if (bytes !== null) return bytes;
    this.fail("bytes are null where that is not allowed");
    return EMPTY;
  }

  /** The next `length` bytes, as a view of the input. */
  view(length: number): Uint8Array {
    const at = this.#position;
    if (!this.#take(length, "bytes")) return EMPTY;
    return this.#bytes.subarray(at, at + length);
  }

  /**
   * The count that stands before an array, or -1 for null. It is at most what the bytes left can hold if each
   * element takes `minElementSize` (at least 1), so a loop over it is bounded by the input.
   */
  arrayLength(flexible: boolean, minElementSize: number): number {
    const count = flexible ? this.uvarint() - 1 : this.int32();
    if (count < 0) {
      this.#nullLength(count);
      return this.failed ? 0 : -1;
    }
    const left = this.#end - this.#position;
    if (count * Math.max(minElementSize, 1) > left) {
      this.fail(
        `an array of ${count} elements of ${minElementSize} or more bytes, but ${left} bytes are left`,
      );
      return 0;
    }
    if (count > this.#elementsLeft) {
      this.fail(`an array of ${count} elements, but the message may hold only ${this.#elementsLeft} more`);
      return 0;
    }
    this.#elementsLeft -= count;
    return count;
  }

  /** Makes the next `length` bytes all there is, until `widen` with what this returned. */
  narrow(length: number): number {
    const outerEnd = this.#end;
    const left = outerEnd - this.#position;
    if (length > left) this.fail(`a tagged field of ${length} bytes, but ${left} bytes are left`);
    else this.#end = this.#position + length;
    return outerEnd;
  }

  /** Ends a `narrow`: what it allowed must have been read to the last byte. */
  widen(outerEnd: number): void {
    const left = this.#end - this.#position;
    if (left > 0) this.fail(`a tagged field has ${left} bytes more than its type`);
    this.#end = outerEnd;
    if (this.failed) this.#position = outerEnd;
  }

  /** Moves over a section of tagged fields, whatever they are. */
  skipTaggedFields(): void {
    for (let left = this.taggedFieldCount(); left > 0 && !this.failed; left--) {
      this.uvarint();
      this.skip(this.uvarint());
    }
  }

  /** The count before a section of tagged fields: each takes at least two bytes. */
  taggedFieldCount(): number {
    const count = this.uvarint();
    const left = this.#end - this.#position;
    if (count * 2 > left) {
      this.fail(`${count} tagged fields of 2 or more bytes, but ${left} bytes are left`);
      return 0;
    }
    return count;
  }

  /** -1 is null; what is below it is nothing that a writer writes. */
  #nullLength(length: number): null {
    if (length < -1) this.fail(`a negative length, ${length}`);
    return null;
  }

  #take(length: number, what: string): boolean {
    const left = this.#end - this.#position;
    // Written so that NaN and negative lengths fail too.
    if (length >= 0 && length <= left) {
      this.#position += length;
      return true;
    }
    this.fail(`${what} of length ${length}, but ${left} bytes are left`);
    return false;
  }

  #text(from: number, to: number): string {
    const bytes = this.#bytes;
    const text = to - from <= SHORT_TEXT ? asciiText(bytes, from, to) : undefined;
    if (text !== undefined) return text;
    try {
      return decoder.decode(bytes.subarray(from, to));
    } catch {
      this.#position = from;
      this.fail("a string is not UTF-8");
      return "";
    }
  }

  #short(what: string): number {
    return this.#fault(`the bytes end inside a field of type ${what}`);
  }

  #fault(reason: string): number {
    this.fail(reason);
    return 0;
  }
}
