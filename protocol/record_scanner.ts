/**
 * Goes from record to record through unpacked records and makes nothing of them: for whoever must see that each is whole
 * and needs its time or whether it has a key. The bytes are hostile: every length is compared with the bytes left, headers
 * included, so records that were scanned to the end can be decoded.
 * @module
 */
import { Reader } from "./reader.ts";
import { damagedRecord, enterRecord, leaveRecords, MIN_HEADER_BYTES } from "./record_decoder.ts";

export class RecordScanner {
  readonly #reader: Reader;
  readonly #recordCount: number;
  #index = -1;
  #timestampDelta = 0;
  #offsetDelta = 0;
  #hasKey = false;

  /** `records`: what `unpackRecords` gives. */
  constructor(records: Uint8Array, recordCount: number) {
    this.#reader = new Reader(records);
    this.#recordCount = recordCount;
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
    return this.#hasKey;
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
    this.#hasKey = skipNullableBytes(reader);
    skipNullableBytes(reader); // value
    const headerCount = reader.varint();
    if (headerCount < 0 || headerCount * MIN_HEADER_BYTES > end - reader.position) {
      reader.fail(`${headerCount} headers where ${end - reader.position} bytes are left`);
    }
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

/** Whether there are any, be it none. */
function skipNullableBytes(reader: Reader): boolean {
  const length = reader.varint();
  if (length === -1) return false;
  reader.skip(length);
  return true;
}
