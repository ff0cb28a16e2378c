/**
 * A record batch that grows by one record at a time, written where it will be sent from: for records that come by the
 * million, none of which is kept as an object.
 *
 * What must be true: `finish` gives the bytes that `encodeBatch` gives for the same records; and `sizeInBytes` is their
 * number at any moment.
 * @module
 */
import { CompressionType } from "./compression_type.ts";
import { BATCH_OVERHEAD } from "./record_batch.ts";
import {
  bodySize,
  encodeHeader,
  type NewRecord,
  NO_HEADERS,
  seal,
  writeBatchHeader,
  writeBody,
} from "./record_encoder.ts";
import { varintSize } from "./wire_size.ts";
import { Writer } from "./writer.ts";

/** Of whom the batch is, so that a broker knows it again when it comes twice (KIP-98). */
export interface BatchProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

export class BatchBuilder {
  readonly #writer: Writer;
  #count = 0;
  #baseTimestamp = -1;
  #maxTimestamp = -1;

  /** @param capacity bytes that fit before the first growth. */
  constructor(capacity = 4096) {
    this.#writer = new Writer(capacity);
    this.#writer.gap(BATCH_OVERHEAD);
  }

  get count(): number {
    return this.#count;
  }

  get sizeInBytes(): number {
    return this.#writer.position;
  }

  /** Bytes of memory it holds. */
  get capacity(): number {
    return this.#writer.capacity;
  }

  append(record: NewRecord): void {
    const { timestamp, headers } = record;
    if (this.#count === 0) this.#baseTimestamp = this.#maxTimestamp = timestamp;
    else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    const encoded = headers === undefined || headers.length === 0 ? NO_HEADERS : headers.map(encodeHeader);
    const delta = timestamp - this.#baseTimestamp;
    const length = bodySize(record, encoded, delta, this.#count);
    this.#writer.reserve(varintSize(length) + length);
    this.#writer.varint(length);
    writeBody(this.#writer, record, encoded, delta, this.#count);
    this.#count++;
  }

  /** The batch: a view that is good until the next call. It may be finished again, for another producer. */
  finish(producer?: BatchProducer): Uint8Array {
    if (this.#count === 0) throw new RangeError("a record batch has at least one record; got none");
    const header = new Writer(BATCH_OVERHEAD);
    writeBatchHeader(
      header,
      { ...producer, compression: CompressionType.none, baseTimestamp: this.#baseTimestamp },
      this.#count,
      this.#maxTimestamp,
    );
    const batch = this.#writer.bytes();
    batch.set(header.bytes());
    return seal(batch);
  }

  /** Forgets the records and keeps the memory. */
  reset(): void {
    this.#writer.reset();
    this.#writer.gap(BATCH_OVERHEAD);
    this.#count = 0;
  }
}
