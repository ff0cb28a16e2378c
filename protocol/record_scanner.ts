/**
 * Goes from record to record through unpacked records and makes nothing of them: for whoever must see that each is whole
 * and needs its time, or where its key and value are. The bytes are hostile: every length is compared with the bytes left, headers
 * included, so records that were scanned to the end can be decoded.
 * @module
 */
import { Reader } from "./reader.ts";
import { damagedRecord, enterRecord, leaveRecords, MIN_HEADER_BYTES } from "./record_decoder.ts";

export class RecordScanner {
  #records: Uint8Array;
  readonly #reader: Reader;
  #recordCount: number;
  #index = -1;
  #timestampDelta = 0;
  #offsetDelta = 0;
  #keyStart = 0;
  #keyLength = -1;
  #valueStart = 0;
  #valueLength = -1;
  #headersStart = 0;
  #headerCount = 0;

  /** `records`: what `unpackRecords` gives. */
  constructor(records: Uint8Array, recordCount: number) {
    this.#records = records;
    this.#reader = new Reader(records);
    this.#recordCount = recordCount;
  }

  /** Begins again, as a new scanner would, with the records in [start, end) of `bytes`. */
  reset(bytes: Uint8Array, start: number, end: number, recordCount: number): void {
    this.#records = bytes;
    this.#reader.reset(bytes, start, end);
    this.#recordCount = recordCount;
    this.#index = -1;
  }

  /** The record's place in its batch. */
  get index(): number {
    return this.#index;
  }

  get timestampDelta(): number {
    return this.#timestampDelta;
  }

  get offsetDelta(): number {
    return this.#offsetDelta;
  }

  /** An empty key is one. */
  get hasKey(): boolean {
    return this.#keyLength >= 0;
  }

  /** Where the key begins in the bytes. */
  get keyStart(): number {
    return this.#keyStart;
  }

  /** -1: it has none. */
  get keyLength(): number {
    return this.#keyLength;
  }

  /** Where the value begins in the bytes. */
  get valueStart(): number {
    return this.#valueStart;
  }

  /** -1: it has none. */
  get valueLength(): number {
    return this.#valueLength;
  }

  /** Where the first header begins in the bytes. */
  get headersStart(): number {
    return this.#headersStart;
  }

  get headerCount(): number {
    return this.#headerCount;
  }

  /** A view, made at each call; null if it has none. */
  get key(): Uint8Array | null {
    const start = this.#keyStart;
    return this.#keyLength < 0 ? null : this.#records.subarray(start, start + this.#keyLength);
  }

  /** A view, made at each call; null if it has none. */
  get value(): Uint8Array | null {
    const start = this.#valueStart;
    return this.#valueLength < 0 ? null : this.#records.subarray(start, start + this.#valueLength);
  }

  /**
   * Goes to the next record; false behind the last.
   *
   * @throws {RecordsError} where a record does not fit, or where bytes are left behind the last.
   */
  next(): boolean {
    const reader = this.#reader;
    const index = ++this.#index;
    if (index === this.#recordCount) {
      leaveRecords(reader, index);
      return false;
    }
    const end = enterRecord(reader, index);
    reader.int8(); // attributes
    this.#timestampDelta = reader.varlong();
    this.#offsetDelta = reader.varint();
    this.#keyLength = reader.varint();
    this.#keyStart = reader.position;
    if (this.#keyLength !== -1) reader.skip(this.#keyLength);
    this.#valueLength = reader.varint();
    this.#valueStart = reader.position;
    if (this.#valueLength !== -1) reader.skip(this.#valueLength);
    const headerCount = reader.varint();
    if (headerCount < 0 || headerCount * MIN_HEADER_BYTES > end - reader.position) {
      reader.fail(`${headerCount} headers where ${end - reader.position} bytes are left`);
    }
    this.#headerCount = headerCount;
    this.#headersStart = reader.position;
    for (let left = headerCount; left > 0 && !reader.failed; left--) {
      reader.skip(reader.varint()); // key, never null
      skipNullableBytes(reader);
    }
    if (reader.failed || reader.position !== end) {
      throw damagedRecord(
        index,
        reader.failure ?? `its fields end at byte ${reader.position}, and its length says ${end}`,
      );
    }
    return true;
  }
}

function skipNullableBytes(reader: Reader): void {
  const length = reader.varint();
  if (length !== -1) reader.skip(length);
}
