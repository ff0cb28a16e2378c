/**
 * Looks through a batch's records without making anything of them: where each lies, its key and whether it has a value. For
 * who decides which records stay (compaction) and copies them as they are. One object serves any number of batches.
 *
 * Bytes are as hostile here as for `record_decoder.ts`; headers are not looked into.
 * @module
 */
import { damagedRecord, enterRecord, leaveRecords, unpackRecords } from "./record_decoder.ts";
import { Reader } from "./reader.ts";
import type { RecordBatch } from "./record_batch.ts";

export class RecordScan {
  /** The unpacked records. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The record arrived at is [start, end) of the bytes, its length field included. */
  start = 0;
  end = 0;
  /** Behind the timestamp delta: from here on nothing depends on the batch's base timestamp. */
  timeEnd = 0;
  /** To the batch's base timestamp, in milliseconds. */
  timestampDelta = 0;
  /** To the batch's base offset. */
  offsetDelta = 0;
  /** The key is [keyStart, keyEnd) of the bytes; -1 and -1: it is null. */
  keyStart = -1;
  keyEnd = -1;
  /** False: a tombstone, if it has a key. */
  hasValue = false;
  readonly #reader = new Reader(this.bytes);
  #index = 0;
  #recordCount = 0;
  #lastOffsetDelta = 0;

  /**
   * Goes before the first record of `batch`, unpacked into at most `maxBytes`.
   *
   * @throws {RecordsError} as do all steps, where the records can't be read.
   */
  open(batch: RecordBatch, maxBytes: number): void {
    this.bytes = unpackRecords(batch, maxBytes);
    this.#reader.reset(this.bytes);
    this.#index = 0;
    this.#recordCount = batch.recordCount;
    this.#lastOffsetDelta = batch.lastOffsetDelta;
  }

  /** Goes before the first record again. */
  rewind(): void {
    this.#reader.reset(this.bytes);
    this.#index = 0;
  }

  /** Goes to the next record; false behind the last. */
  next(): boolean {
    const reader = this.#reader;
    const index = this.#index;
    if (index === this.#recordCount) {
      leaveRecords(reader, index);
      return false;
    }
    this.#index++;
    this.start = reader.position;
    const end = enterRecord(reader, index);
    reader.int8(); // attributes
    this.timestampDelta = reader.varlong();
    this.timeEnd = reader.position;
    this.offsetDelta = reader.varint();
    const keyLength = reader.varint();
    this.keyStart = keyLength === -1 ? -1 : reader.position;
    if (keyLength !== -1) reader.skip(keyLength);
    this.keyEnd = keyLength === -1 ? -1 : reader.position;
    const valueLength = reader.varint();
    this.hasValue = valueLength !== -1;
    if (this.hasValue) reader.skip(valueLength);
    if (reader.failed || reader.position >= end) {
      throw damagedRecord(index, reader.failure ?? "its fields go on behind its length");
    }
    if (this.offsetDelta < 0 || this.offsetDelta > this.#lastOffsetDelta) {
      throw damagedRecord(
        index,
        `its offset delta is ${this.offsetDelta}, the batch's last ${this.#lastOffsetDelta}`,
      );
    }
    reader.skip(end - reader.position);
    this.end = end;
    return true;
  }
}
