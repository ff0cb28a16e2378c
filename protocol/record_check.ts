/**
 * Checks that the records of a batch are what its header says, without making objects of them: what a look through a whole
 * log needs. A reading of its own beside `record_decoder.ts`, so that a mistake in one does not hide in the other.
 * @module
 */
import { decompress } from "./compression.ts";
import type { DecodeOptions } from "./record_decoder.ts";
import type { RecordBatch } from "./record_batch.ts";
import { RecordsError } from "./records_error.ts";

/** int16 version, int16 type */
const MIN_CONTROL_KEY_BYTES = 4;
const MAX_VARINT_BYTES = 5;
const MAX_VARLONG_BYTES = 10;

/** What is wrong with the records of `batch`, whose header is taken at its word; undefined: nothing. */
export function recordsProblem(batch: RecordBatch, { maxBytes }: DecodeOptions): string | undefined {
  const { recordCount, compression } = batch;
  let bytes = batch.recordsBytes;
  // Compaction leaves batches without records, and then without compressed bytes, too.
  if (recordCount === 0 && bytes.length === 0) return undefined;
  if (compression !== 0) {
    try {
      bytes = decompress(bytes, compression, maxBytes);
    } catch (error) {
      if (error instanceof RecordsError) return error.message;
      throw error;
    }
  }
  return new RecordCheck(bytes).run(recordCount, batch.lastOffsetDelta, batch.isControl);
}

class RecordCheck {
  readonly #bytes: Uint8Array;
  #position = 0;
  #failure: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  run(recordCount: number, lastOffsetDelta: number, isControl: boolean): string | undefined {
    let lastDelta = -1;
    for (let index = 0; index < recordCount; index++) {
      const length = this.#varint();
      const end = this.#position + length;
      if (this.#failure === undefined && (length < 0 || end > this.#bytes.length)) {
        this.#failure = `its length is ${length}, and ${this.#bytes.length - this.#position} bytes are left`;
      }
      if (this.#failure !== undefined) return this.#ofRecord(index, this.#failure);
      this.#position++; // attributes
      this.#skipVarlong(); // timestamp delta
      const offsetDelta = this.#varint();
      const keyLength = this.#skipBytes();
      this.#skipBytes(); // value
      this.#skipHeaders(end);
      if (this.#failure !== undefined) return this.#ofRecord(index, this.#failure);
      if (this.#position !== end) {
        return this.#ofRecord(
          index,
          `its fields end at byte ${this.#position}, and its length says ${end}`,
        );
      }
      if (offsetDelta <= lastDelta || offsetDelta > lastOffsetDelta) {
        return this.#ofRecord(
          index,
          `its offset delta is ${offsetDelta}, which is not between ${lastDelta + 1} and ${lastOffsetDelta}`,
        );
      }
      if (isControl && keyLength < MIN_CONTROL_KEY_BYTES) {
        return this.#ofRecord(index, `it is a control record, and its key has ${keyLength} bytes`);
      }
      lastDelta = offsetDelta;
    }
    const left = this.#bytes.length - this.#position;
    if (left > 0) return `${left} bytes are left behind the last of ${recordCount} records`;
  }

  #ofRecord(index: number, problem: string): string {
    return `record ${index} of its batch: ${problem}`;
  }

  #fail(failure: string): number {
    this.#failure ??= failure;
    return 0;
  }

  /** An int32, zigzag. */
  #varint(): number {
    const bytes = this.#bytes;
    let position = this.#position;
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      if (position >= bytes.length) return this.#fail("the bytes end within a number");
      const byte = bytes[position++]!;
      value |= (byte & 0x7f) << (7 * count);
      if (byte < 0x80) {
        this.#position = position;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    return this.#fail(`a number of more than ${MAX_VARINT_BYTES} bytes`);
  }

  #skipVarlong(): void {
    for (let count = 0; count < MAX_VARLONG_BYTES; count++) {
      if (this.#position >= this.#bytes.length) return void this.#fail("the bytes end within a number");
      if (this.#bytes[this.#position++]! < 0x80) return;
    }
    this.#fail(`a number of more than ${MAX_VARLONG_BYTES} bytes`);
  }

  /** Returns their length; -1: null. */
  #skipBytes(): number {
    const length = this.#varint();
    if (length === -1) return -1;
    const left = this.#bytes.length - this.#position;
    if (length < 0 || length > left) return this.#fail(`a field of ${length} bytes, where ${left} are left`);
    this.#position += length;
    return length;
  }

  #skipHeaders(end: number): void {
    const count = this.#varint();
    const left = end - this.#position;
    if (count < 0 || count * 2 > left) {
      return void this.#fail(`${count} headers of 2 or more bytes, where ${left} bytes are left`);
    }
    for (let index = 0; index < count && this.#failure === undefined; index++) {
      if (this.#skipBytes() < 0) this.#fail("a header without a key");
      this.#skipBytes();
    }
  }
}
