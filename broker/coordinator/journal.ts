/**
 * A coordinator's memory on disk: an internal topic, compacted, in which each record is one fact by its key, and null takes
 * it back. What a coordinator knows is what its records add up to, so it survives as all data does.
 *
 * What must be true:
 * - An id (of a group, or of a transactional producer) belongs to one partition, by Kafka's rule; its records are in order.
 * - What is appended together is one batch: all of it is there after a crash, or nothing.
 * - An answer that rests on what was appended is given when that is acknowledged: `whenAcknowledged`.
 *
 * The topic is made when the first record is. Source: Kafka's GroupCoordinatorService and TransactionStateManager.
 * @module
 */
import { decodeEndMarker } from "../../protocol/end_marker.ts";
import { Writer } from "../../protocol/primitives.ts";
import { checkStoredBatch, RecordBatch } from "../../protocol/record_batch.ts";
import { encodeBatch, RecordScanner, RecordsError, unpackRecords } from "../../protocol/records.ts";
import type { Clock } from "../../storage/environment.ts";
import { LogError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Topic, TopicStore } from "../../storage/topic_store.ts";
import { ErrorCode } from "../../protocol/errors.ts";

const READ_BYTES = 1 << 20;
const WRITER_BYTES = 4096;
const MAX_WRITER_BYTES = 1 << 20;
/** Most bytes that the records of one compressed batch may become: Kafka's tools compress such topics, too. */
const MAX_UNPACKED_BYTES = 256 << 20;

/** One fact. `value` null: it holds no longer. */
export interface JournalRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** The transaction that records belong to: they count when its end says so. */
export interface JournalProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A record as it is read again. Its bytes are views, valid within the call. */
export interface ReplayedRecord extends JournalRecord {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** The transaction it belongs to, if it does. */
  readonly producer: JournalProducer | undefined;
}

/** Takes in what was written before. */
export interface JournalReader {
  record(partition: number, record: ReplayedRecord): void;
  /** A transaction's records in this partition count from now on, or never will. */
  transactionEnded(partition: number, producerId: number, isCommitted: boolean): void;
}

export interface JournalOptions {
  readonly topics: TopicStore;
  readonly clock: Clock;
  /** Name of the internal topic. */
  readonly topic: string;
  /** Of a topic that is yet to be made. */
  readonly partitionCount: number;
  readonly configs: ReadonlyMap<string, string>;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #batch = new RecordBatch();
  /** Of the batch that is appended: most are small, and memory for each would cost more than the rest of it. */
  #writer = new Writer(WRITER_BYTES);

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  get topic(): string {
    return this.#options.topic;
  }

  get partitionCount(): number {
    return this.#found?.partitions.length ?? this.#options.partitionCount;
  }

  /** The partition that keeps what belongs to `id`. */
  partitionOf(id: string): number {
    return Math.abs(javaHashCode(id)) % this.partitionCount;
  }

  /** Of a partition's log: a newer coordinator has a newer one. */
  leaderEpochOf(partition: number): number {
    return this.#found?.partitions[partition]?.leaderEpoch ?? 0;
  }

  /** Makes the topic unless it is there. Throws LogError. */
  ensureTopic(): Topic {
    const { topics, topic, partitionCount, configs } = this.#options;
    return this.#found ?? topics.createTopic(topic, partitionCount, configs);
  }

  /**
   * Appends all of `records`, at least one, or throws LogError and has appended none. Returns the first one's offset; the
   * others have the next ones.
   */
  append(partition: number, records: readonly JournalRecord[], producer?: JournalProducer): number {
    const timestamp = this.#options.clock.now();
    const bytes = encodeBatch(records.map(({ key, value }) => ({ timestamp, key, value })), {
      ...producer,
      isTransactional: producer !== undefined,
    }, this.#writer);
    const { baseOffset } = this.#log(partition).appendInternal(this.#batch.reset(bytes));
    if (this.#writer.capacity > MAX_WRITER_BYTES) this.#writer = new Writer(WRITER_BYTES);
    return baseOffset;
  }

  /**
   * Calls `done` when all that was appended to `partition` is acknowledged: at once, unless it waits for the disk
   * (`flush.messages=1`). With an error nobody knows whether it is kept.
   */
  whenAcknowledged(partition: number, done: (error?: Error) => void): void {
    const log = this.#found?.partitions[partition];
    if (log === undefined) done();
    else log.whenAcknowledged(done);
  }

  /** Reads all that there is. Waits for the disk: for the start only. Throws LogError if something can't be read. */
  replay(reader: JournalReader): void {
    for (const log of this.#found?.partitions ?? []) replayLog(log, reader);
  }

  get #found(): Topic | undefined {
    return this.#options.topics.topic(this.#options.topic);
  }

  #log(partition: number): PartitionLog {
    const log = this.ensureTopic().partitions[partition];
    if (log !== undefined) return log;
    throw new LogError(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `${this.topic} has ${this.partitionCount} partitions and none of the number ${partition}`,
    );
  }
}

function replayLog(log: PartitionLog, reader: JournalReader): void {
  let offset = log.logStartOffset;
  let bytes = new Uint8Array(READ_BYTES);
  const batch = new RecordBatch();
  const scanner = new RecordScanner(bytes, 0);
  while (offset < log.endOffset) {
    const slice = log.readToEnd(offset, READ_BYTES, { minOneBatch: true });
    if (slice === undefined) return;
    try {
      if (slice.length > bytes.length) bytes = new Uint8Array(slice.length);
      slice.file.readAt(bytes.subarray(0, slice.length), slice.position);
    } finally {
      slice.file.release();
    }
    const before = offset;
    let position = 0;
    // The end may be cut, within a batch: that one is read again from its beginning.
    while (checkStoredBatch(bytes, position, slice.length, batch) === undefined) {
      if (batch.lastOffset >= offset) replayBatch(log, batch, scanner, reader);
      offset = Math.max(offset, batch.lastOffset + 1);
      position += batch.sizeInBytes;
      if (position >= slice.length) break;
    }
    if (offset === before) {
      throw new LogError(ErrorCode.CORRUPT_MESSAGE, `${log.name} can't be read on from offset ${offset}`);
    }
  }
}

function replayBatch(
  log: PartitionLog,
  batch: RecordBatch,
  scanner: RecordScanner,
  reader: JournalReader,
): void {
  const { producerId, producerEpoch, isControl, isTransactional, baseOffset, baseTimestamp } = batch;
  if (isControl) {
    const marker = decodeEndMarker(batch);
    if (marker !== undefined) {
      reader.transactionEnded(log.partition, producerId, marker.type === "commit");
    }
    return;
  }
  const producer = isTransactional ? { producerId, producerEpoch } : undefined;
  const appendTime = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : undefined;
  try {
    const records = unpackRecords(batch, MAX_UNPACKED_BYTES);
    scanner.reset(records, 0, records.length, batch.recordCount);
    while (scanner.next()) {
      const { key, value } = scanner;
      if (key === null) continue;
      const offset = baseOffset + scanner.offsetDelta;
      const timestamp = appendTime ?? baseTimestamp + scanner.timestampDelta;
      reader.record(log.partition, { offset, timestamp, key, value, producer });
    }
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    throw new LogError(error.code, `the batch at offset ${baseOffset} of ${log.name}: ${error.message}`);
  }
}

/** Java's String.hashCode: over UTF-16 code units, in 32 bits. Kafka takes its absolute value, and 0 for the lowest. */
function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash === -0x8000_0000 ? 0 : hash;
}
