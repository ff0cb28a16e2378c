/**
 * Writes the protocol's primitive types into memory that grows as needed. What must hold at any moment:
 *
 *     0 <= position <= capacity,  and the parts' positions never decrease and are <= position
 *
 * Values that their type can't hold are our own mistake and throw before a byte of them is written, but int64,
 * which is clamped: a number above 2^53 stands for a bound ("Long.MAX"), not for an exact figure.
 *
 * A reply may have file contents in the middle. `external` records that bytes from elsewhere belong at this
 * point: they count as written for lengths and frames, and whoever sends takes them from where they lie.
 * @module
 */
import { uvarintSize } from "./wire_size.ts";
import { utf8Size } from "./wire_size.ts";
import { UUID_SIZE, uuidToBytes } from "./uuid.ts";
import type { Uuid } from "./uuid.ts";

/** Bytes that lie elsewhere, such as a slice of a file: the writer needs only their number. */
export interface ExternalBytes {
  readonly length: number;
}

/** `part` belongs before the byte at `position` of what the writer holds. */
export interface ExternalPart {
  readonly position: number;
  readonly part: ExternalBytes;
}

const TWO_TO_31 = 2_147_483_648;
const TWO_TO_32 = 4_294_967_296;
const TWO_TO_63 = 9_223_372_036_854_775_808;
const encoder = new TextEncoder();

export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;
  #externals: ExternalPart[] = [];
  #externalLength = 0;

  /** @param capacity bytes that fit before the first growth. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written, external ones not counted. */
  get position(): number {
    return this.#position;
  }

  /** Bytes that fit before the next growth. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** The external parts, in order. */
  get externals(): readonly ExternalPart[] {
    return this.#externals;
  }

  /** Bytes of all external parts. `position + externalLength` is the length on the wire. */
  get externalLength(): number {
    return this.#externalLength;
  }

  /** A view of what was written: good until the next write, growth or reset. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#position);
  }

  /** Forgets what was written and keeps the memory; views handed out before will be overwritten. */
  reset(): void {
    this.#position = 0;
    if (this.#externals.length > 0) this.#externals = [];
    this.#externalLength = 0;
  }

  /** Makes room for `length` more bytes: one growth now instead of several later. */
  reserve(length: number): void {
    const wanted = this.#position + length;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  int8(value: number): void {
    if (value << 24 >> 24 !== value) throw outOfRange("int8", value);
    const at = this.#advance(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    if (value << 16 >> 16 !== value) throw outOfRange("int16", value);
    const at = this.#advance(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange("int32", value);
    const at = this.#advance(4);
    this.#view.setInt32(at, value);
  }

  /** Clamped to what int64 holds: Infinity and 2^63 are written as its greatest value. */
  int64(value: number): void {
    if (!(Math.trunc(value) === value)) throw outOfRange("int64", value);
    const at = this.#advance(8);
    if (value >= TWO_TO_63) {
      this.#view.setInt32(at, TWO_TO_31 - 1);
      this.#view.setInt32(at + 4, -1);
    } else if (value <= -TWO_TO_63) {
      this.#view.setInt32(at, -TWO_TO_31);
      this.#view.setInt32(at + 4, 0);
    } else {
      const upper = Math.floor(value / TWO_TO_32);
      this.#view.setInt32(at, upper);
      this.#view.setUint32(at + 4, value - upper * TWO_TO_32);
    }
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange("uint16", value);
    const at = this.#advance(2);
    this.#view.setUint16(at, value);
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("uint32", value);
    const at = this.#advance(4);
    this.#view.setUint32(at, value);
  }

  float64(value: number): void {
    const at = this.#advance(8);
    this.#view.setFloat64(at, value);
  }

  boolean(value: boolean): void {
    const at = this.#advance(1);
    this.#view.setInt8(at, value ? 1 : 0);
  }

  uvarint(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("uvarint", value);
    this.reserve(5);
    this.#rawUvarint(value);
  }

  varint(value: number): void {
    if ((value | 0) !== value) throw outOfRange("varint", value);
    this.reserve(5);
    this.#rawUvarint((value << 1 ^ value >> 31) >>> 0);
  }

  /** Clamped like {@link int64}. */
  varlong(value: number): void {
    if (!(Math.trunc(value) === value)) throw outOfRange("varlong", value);
    this.reserve(10);
    if (value >= -0x40000000 && value < 0x40000000) {
      this.#rawUvarint((value << 1 ^ value >> 31) >>> 0);
      return;
    }
    let upper: number;
    let lower: number;
    if (value >= TWO_TO_63) {
      upper = TWO_TO_31 - 1;
      lower = -1;
    } else if (value <= -TWO_TO_63) {
      upper = -TWO_TO_31;
      lower = 0;
    } else {
      upper = Math.floor(value / TWO_TO_32);
      lower = value - upper * TWO_TO_32 | 0;
    }
    const sign = upper >> 31;
    let zigzagUpper = (upper << 1 | lower >>> 31) ^ sign;
    let zigzagLower = lower << 1 ^ sign;
    const bytes = this.#bytes;
    while (zigzagUpper !== 0 || zigzagLower >>> 0 > 0x7f) {
      bytes[this.#position++] = zigzagLower & 0x7f | 0x80;
      zigzagLower = zigzagLower >>> 7 | zigzagUpper << 25;
      zigzagUpper >>>= 7;
    }
    bytes[this.#position++] = zigzagLower;
  }

  uuid(value: Uuid): void {
    this.reserve(UUID_SIZE);
    uuidToBytes(value, this.#bytes, this.#position);
    this.#position += UUID_SIZE;
  }

  string(text: string, flexible: boolean): void {
    const units = text.length;
    this.reserve(units + 5);
    const start = this.#position;
    if (flexible) {
      this.#rawUvarint(units + 1);
    } else {
      if (units > 0x7fff) {
        throw new RangeError(`a string of ${units} characters does not fit an int16 length`);
      }
      this.#view.setInt16(start, units);
      this.#position += 2;
    }
    const bytes = this.#bytes;
    let at = this.#position;
    for (let index = 0; index < units; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.#position = start;
        this.#unicode(text, flexible);
        return;
      }
      bytes[at++] = unit;
    }
    this.#position = at;
  }

  nullableString(text: string | null, flexible: boolean): void {
    if (text !== null) this.string(text, flexible);
    else if (flexible) this.uvarint(0);
    else this.int16(-1);
  }

  /** A length and the bytes; external ones are noted and not copied. */
  nullableBytes(bytes: Uint8Array | ExternalBytes | null, flexible: boolean): void {
    if (bytes === null) {
      if (flexible) this.uvarint(0);
      else this.int32(-1);
      return;
    }
    if (flexible) this.uvarint(bytes.length + 1);
    else this.int32(bytes.length);
    if (bytes instanceof Uint8Array) this.raw(bytes);
    else this.external(bytes);
  }

  /** The bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Notes that `part` belongs here. */
  external(part: ExternalBytes): void {
    if (part.length === 0) return;
    this.#externals.push({ position: this.#position, part });
    this.#externalLength += part.length;
  }

  /** A count before an array; null for -1. */
  arrayLength(count: number, flexible: boolean): void {
    if (flexible) this.uvarint(count + 1);
    else this.int32(count);
  }

  /** Overwrites four bytes written before, such as a length that was not known then. */
  patchInt32(position: number, value: number): void {
    if (!(position >= 0 && position + 4 <= this.#position)) {
      throw new RangeError(`can't patch 4 bytes at ${position}: ${this.#position} bytes are written`);
    }
    if ((value | 0) !== value) throw outOfRange("int32", value);
    this.#view.setInt32(position, value);
  }

  /** Leaves `length` bytes of zero to be filled later; returns their position. */
  gap(length: number): number {
    const at = this.#advance(length);
    this.#bytes.fill(0, at, at + length);
    return at;
  }

  #unicode(text: string, flexible: boolean): void {
    const size = utf8Size(text);
    this.reserve(size + uvarintSize(size + 1) + 1);
    if (flexible) {
      this.#rawUvarint(size + 1);
    } else {
      if (size > 0x7fff) throw new RangeError(`a string of ${size} bytes does not fit an int16 length`);
      this.int16(size);
    }
    encoder.encodeInto(text, this.#bytes.subarray(this.#position, this.#position + size));
    this.#position += size;
  }

  /** The caller has made room for five bytes. */
  #rawUvarint(value: number): void {
    const bytes = this.#bytes;
    let at = this.#position;
    while (value > 0x7f) {
      bytes[at++] = value & 0x7f | 0x80;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.#position = at;
  }

  /** Moves on by `length` and returns where it was. It may replace the memory: read `#view` and `#bytes` after it. */
  #advance(length: number): number {
    const at = this.#position;
    if (at + length > this.#bytes.length) this.reserve(length);
    this.#position = at + length;
    return at;
  }
}

function outOfRange(type: string, value: number): RangeError {
  return new RangeError(`${value} can't be written as ${type}`);
}
