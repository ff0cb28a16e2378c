/**
 * Goes through the records of one batch that a fetch has brought.
 *
 * What must be true: the batch has been held against its checksum (if that is wanted) and unpacked, within a bound, before
 * the first record is given; records before `startOffset` are passed over; what can't be read throws an
 * UnreadableBatchError that says where to go on.
 * @module
 */
import { CURRENT_MAGIC, type RecordBatch } from "../../protocol/record_batch.ts";
import { RecordsError, unpackRecords } from "../../protocol/records.ts";
import { RecordScanner } from "../../protocol/record_scanner.ts";
import { ConsumerRecord, type Deserializers, type RecordSource } from "./consumer_record.ts";
import { UnreadableBatchError } from "./fetched_records.ts";
import type { TopicPartition } from "./topic_partitions.ts";

export interface OpenOptions<K, V> {
  readonly deserializers: Deserializers<K, V>;
  readonly checkCrcs: boolean;
  /** Most bytes that the batch may unpack to. */
  readonly maxUnpackedBytes: number;
}

export class RecordCursor<K, V> {
  readonly #source: RecordSource<K, V>;
  readonly #scanner: RecordScanner;
  readonly #recordCount: number;
  readonly #startOffset: number;
  readonly #nextOffset: number;
  #offset: number;

  /** Unpacks `batch`, which may be pointed elsewhere then. Throws an UnreadableBatchError. */
  static open<K, V>(
    { topic, partition }: TopicPartition,
    batch: RecordBatch,
    startOffset: number,
    options: OpenOptions<K, V>,
  ): RecordCursor<K, V> {
    const { baseOffset, baseTimestamp, recordCount, lastOffset } = batch;
    const source = {
      topic,
      partition,
      bytes: unpacked(batch, startOffset, options),
      baseOffset,
      baseTimestamp,
      logAppendTime: batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : undefined,
      deserializers: options.deserializers,
    };
    return new RecordCursor(source, recordCount, startOffset, lastOffset + 1);
  }

  private constructor(
    source: RecordSource<K, V>,
    recordCount: number,
    startOffset: number,
    nextOffset: number,
  ) {
    this.#source = source;
    this.#recordCount = recordCount;
    this.#startOffset = startOffset;
    this.#offset = startOffset;
    this.#nextOffset = nextOffset;
    this.#scanner = new RecordScanner(source.bytes, recordCount);
  }

  /** Behind the batch. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The next record; undefined behind the last. Throws an UnreadableBatchError. */
  next(): ConsumerRecord<K, V> | undefined {
    const scanner = this.#scanner;
    try {
      while (scanner.next()) {
        const offset = this.#source.baseOffset + scanner.offsetDelta;
        if (offset < this.#offset) continue;
        this.#offset = offset + 1;
        return new ConsumerRecord(this.#source, scanner);
      }
      return undefined;
    } catch (error) {
      throw unreadable(error, this.#offset, this.#nextOffset);
    }
  }

  /** Another one, from where this began. */
  again(): RecordCursor<K, V> {
    return new RecordCursor(this.#source, this.#recordCount, this.#startOffset, this.#nextOffset);
  }

  /** Another one, from where this is. */
  rest(): RecordCursor<K, V> {
    return new RecordCursor(this.#source, this.#recordCount, this.#offset, this.#nextOffset);
  }
}

function unpacked<K, V>(batch: RecordBatch, startOffset: number, options: OpenOptions<K, V>): Uint8Array {
  const { checkCrcs, maxUnpackedBytes } = options;
  const nextOffset = batch.lastOffset + 1;
  if (batch.magic !== CURRENT_MAGIC) {
    const found = `its format is ${batch.magic}, and this client reads ${CURRENT_MAGIC}`;
    throw new UnreadableBatchError(startOffset, nextOffset, found);
  }
  if (checkCrcs && batch.computeCrc() !== batch.crc) {
    const found = "its checksum does not match: it was damaged on the way, or where it is kept (check.crcs)";
    throw new UnreadableBatchError(startOffset, nextOffset, found);
  }
  try {
    return unpackRecords(batch, maxUnpackedBytes);
  } catch (error) {
    throw unreadable(error, startOffset, nextOffset);
  }
}

function unreadable(error: unknown, offset: number, nextOffset: number): unknown {
  return error instanceof RecordsError ? new UnreadableBatchError(offset, nextOffset, error.message) : error;
}
