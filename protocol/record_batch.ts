/**
 * A record batch, format v2: the unit that clients send, that the log keeps and that fetches return. Source: Kafka's
 * documentation, "Record Batch", and KIP-98. Numbers are big-endian; offsets and sizes in bytes:
 *
 * | offset | size | field           | note                                                                       |
 * |-------:|-----:|-----------------|----------------------------------------------------------------------------|
 * |      0 |    8 | baseOffset      | 0 from a producer; the broker sets it                                      |
 * |      8 |    4 | batchLength     | bytes after this field: the batch's size - 12                              |
 * |     12 |    4 | leaderEpoch     | -1 from a producer; the broker sets it                                     |
 * |     16 |    1 | magic           | 2; it stands at this place in the formats 0 and 1 too                      |
 * |     17 |    4 | crc             | CRC-32C of everything from attributes to the end                           |
 * |     21 |    2 | attributes      | bits 0-2 codec, 3 LogAppendTime, 4 transactional, 5 control, 6 has delete horizon |
 * |     23 |    4 | lastOffsetDelta | last offset - base offset                                                  |
 * |     27 |    8 | baseTimestamp   | records count theirs from it                                               |
 * |     35 |    8 | maxTimestamp    | the largest of the records; with LogAppendTime, that of every record       |
 * |     43 |    8 | producerId      | -1: not idempotent                                                         |
 * |     51 |    2 | producerEpoch   | -1 likewise                                                                |
 * |     53 |    4 | baseSequence    | -1 likewise, and in control batches                                        |
 * |     57 |    4 | recordCount     |                                                                            |
 * |     61 |      | records         | compressed as a whole by the codec                                         |
 *
 * The CRC covers neither base offset nor leader epoch, so that a broker sets them in place and nothing else changes.
 * Bits 7-15 of the attributes are ignored, as Kafka ignores them.
 *
 * The view makes no objects: one `RecordBatch` is pointed at batch after batch by `reset`, and its DataView is made
 * anew only when the bytes live in another ArrayBuffer.
 * @module
 */
import {
  ATTRIBUTES,
  BASE_SEQUENCE,
  BASE_TIMESTAMP,
  BATCH_LENGTH,
  COMPRESSION_MASK,
  CONTROL_BIT,
  CRC,
  DELETE_HORIZON_BIT,
  LAST_OFFSET_DELTA,
  LEADER_EPOCH,
  LOG_APPEND_TIME_BIT,
  MAGIC,
  MAX_TIMESTAMP,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  RECORD_COUNT,
  TRANSACTIONAL_BIT,
} from "./batch_layout.ts";
import { compressionName, isCompressionType } from "./compression_type.ts";
import { crc32c } from "./crc32c.ts";
import { ErrorCode } from "./errors.ts";
import { getInt64, setInt64 } from "./int64.ts";

/** Bytes of base offset and batch length, which the batch length does not count. */
export const LOG_OVERHEAD = 12;
/** Bytes before the records. */
export const BATCH_OVERHEAD = 61;
/** The only format there is since Kafka 4.0 (KIP-724). */
export const CURRENT_MAGIC = 2;
/**
 * The smallest record: one byte each of length, attributes, timestamp delta, offset delta, key length, value length and
 * number of headers.
 */
export const MIN_RECORD_BYTES = 7;

const MAX_INT32 = 0x7fff_ffff;
const EMPTY = new Uint8Array(0);

export type TimestampType = "CreateTime" | "LogAppendTime";

/** A view of the batch that begins at `position` of some bytes. Its numbers mean something once {@link checkBatch} found no problem. */
export class RecordBatch {
  #bytes: Uint8Array;
  #position = 0;
  /** Over the whole ArrayBuffer under the bytes, so that it outlives other views of the same buffer. */
  #view: DataView;
  /** Where the batch begins in #view. */
  #start = 0;

  constructor(bytes: Uint8Array = EMPTY, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.reset(bytes, position);
  }

  /** Points the view at another batch. */
  reset(bytes: Uint8Array, position = 0): this {
    const { buffer } = bytes;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
    this.#bytes = bytes;
    this.#position = position;
    this.#start = bytes.byteOffset + position;
    return this;
  }

  /** The bytes of this batch and nothing else: a view, made at each call. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#position, this.#position + this.sizeInBytes);
  }

  /** The records as they are kept, compressed or not: a view, made at each call. */
  get recordsBytes(): Uint8Array {
    return this.#bytes.subarray(this.#position + BATCH_OVERHEAD, this.#position + this.sizeInBytes);
  }

  get baseOffset(): number {
    return getInt64(this.#view, this.#start);
  }

  /** Of the whole batch. */
  get sizeInBytes(): number {
    return LOG_OVERHEAD + this.#view.getInt32(this.#start + BATCH_LENGTH);
  }

  get leaderEpoch(): number {
    return this.#view.getInt32(this.#start + LEADER_EPOCH);
  }

  get magic(): number {
    return this.#view.getInt8(this.#start + MAGIC);
  }

  /** The checksum that the batch carries, unsigned. */
  get crc(): number {
    return this.#view.getUint32(this.#start + CRC);
  }

  /** The checksum that the batch should carry, unsigned. */
  computeCrc(): number {
    return crc32c(this.#bytes, this.#position + ATTRIBUTES, this.#position + this.sizeInBytes);
  }

  get attributes(): number {
    return this.#view.getInt16(this.#start + ATTRIBUTES);
  }

  /** The codec's number, which may be none of {@link CompressionType}. */
  get compression(): number {
    return this.attributes & COMPRESSION_MASK;
  }

  get timestampType(): TimestampType {
    return (this.attributes & LOG_APPEND_TIME_BIT) === 0 ? "CreateTime" : "LogAppendTime";
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0;
  }

  /** Written by a broker to end a transaction; its records are no user's. */
  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0;
  }

  get lastOffsetDelta(): number {
    return this.#view.getInt32(this.#start + LAST_OFFSET_DELTA);
  }

  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }

  /**
   * When compaction may take the batch's tombstones, or the marker that it is, away: milliseconds since 1970, undefined if
   * that is not settled. It then stands in place of the base timestamp, and the records' times count from it (KIP-534).
   */
  get deleteHorizonMs(): number | undefined {
    return (this.attributes & DELETE_HORIZON_BIT) === 0 ? undefined : this.baseTimestamp;
  }

  /** Milliseconds since 1970. */
  get baseTimestamp(): number {
    return getInt64(this.#view, this.#start + BASE_TIMESTAMP);
  }

  /** Milliseconds since 1970. */
  get maxTimestamp(): number {
    return getInt64(this.#view, this.#start + MAX_TIMESTAMP);
  }

  /** -1: none. */
  get producerId(): number {
    return getInt64(this.#view, this.#start + PRODUCER_ID);
  }

  get producerEpoch(): number {
    return this.#view.getInt16(this.#start + PRODUCER_EPOCH);
  }

  get baseSequence(): number {
    return this.#view.getInt32(this.#start + BASE_SEQUENCE);
  }

  /** Of the last record; sequences go on at 0 after the largest int32. -1 where there is no base sequence. */
  get lastSequence(): number {
    const { baseSequence } = this;
    if (baseSequence < 0) return -1;
    const last = baseSequence + this.lastOffsetDelta;
    return last > MAX_INT32 ? last - MAX_INT32 - 1 : last;
  }

  get recordCount(): number {
    return this.#view.getInt32(this.#start + RECORD_COUNT);
  }

  setBaseOffset(offset: number): void {
    setInt64(this.#view, this.#start, offset);
  }

  setLeaderEpoch(epoch: number): void {
    this.#view.setInt32(this.#start + LEADER_EPOCH, epoch);
  }

  /** Sets the largest timestamp to that of the records, where it was another, and makes the CRC right again. */
  setMaxTimestamp(timestampMs: number): void {
    setInt64(this.#view, this.#start + MAX_TIMESTAMP, timestampMs);
    this.#view.setUint32(this.#start + CRC, this.computeCrc());
  }

  /**
   * Makes `timestampMs` the time of every record, as topics with `message.timestamp.type=LogAppendTime` want, and the
   * CRC right again.
   */
  setLogAppendTime(timestampMs: number): void {
    setInt64(this.#view, this.#start + MAX_TIMESTAMP, timestampMs);
    this.#view.setInt16(this.#start + ATTRIBUTES, this.attributes | LOG_APPEND_TIME_BIT);
    this.#view.setUint32(this.#start + CRC, this.computeCrc());
  }
}

/** Why a batch is refused: Kafka's error code, and a sentence for whoever sent it. */
export interface BatchProblem {
  readonly error: number;
  readonly message: string;
}

/**
 * Points `batch` at `position` and checks whether a batch as producers make them lies there, complete before `end`.
 * Records are not looked into: what the broker needs to know of them stands in the header, under the CRC.
 *
 * What it does not judge is whether the sender may send it: control batches, transactions, LogAppendTime, sizes.
 */
export function checkBatch(
  bytes: Uint8Array,
  position: number,
  end: number,
  batch: RecordBatch,
): BatchProblem | undefined {
  return checkStoredBatch(bytes, position, end, batch) ?? checkNewBatch(batch);
}

/**
 * The part of {@link checkBatch} that holds of every batch in a log: sizes, format, CRC and the order of magnitude of
 * the counts. Compaction leaves batches with gaps, and even with no record, in place.
 */
export function checkStoredBatch(
  bytes: Uint8Array,
  position: number,
  end: number,
  batch: RecordBatch,
): BatchProblem | undefined {
  const left = end - position;
  // The formats 0 and 1 can be shorter than a header of format 2: tell them by the magic first.
  if (left <= MAGIC) {
    return corrupt(`a record batch has at least ${BATCH_OVERHEAD} bytes; ${left} are left`);
  }
  batch.reset(bytes, position);
  const { magic } = batch;
  if (magic !== CURRENT_MAGIC) return wrongMagic(magic);
  if (left < BATCH_OVERHEAD) {
    return corrupt(`a record batch has at least ${BATCH_OVERHEAD} bytes; ${left} are left`);
  }
  const size = batch.sizeInBytes;
  if (size < BATCH_OVERHEAD || size > left) {
    return corrupt(
      `the batch says that ${size - LOG_OVERHEAD} bytes follow its length field; ` +
        `at least ${BATCH_OVERHEAD - LOG_OVERHEAD} and, with what was sent, at most ${
          left - LOG_OVERHEAD
        } can`,
    );
  }
  const { crc } = batch;
  const computed = batch.computeCrc();
  if (crc !== computed) {
    return corrupt(
      `the batch carries the checksum ${hex(crc)}, but the CRC-32C of its ${size} bytes is ${
        hex(computed)
      }: ` +
        "they were changed after the checksum was made",
    );
  }
  const { lastOffsetDelta, recordCount } = batch;
  if (recordCount < 0 || lastOffsetDelta < 0 || recordCount > lastOffsetDelta + 1) {
    return invalid(
      `the batch says that it has ${recordCount} records and a last offset delta of ${lastOffsetDelta}`,
    );
  }
}

function checkNewBatch(batch: RecordBatch): BatchProblem | undefined {
  const { compression, lastOffsetDelta, recordCount } = batch;
  if (recordCount === 0) return invalid("the batch has no records");
  if (lastOffsetDelta !== recordCount - 1) {
    return invalid(
      `the batch says that it has ${recordCount} records, so its last offset delta should be ${
        recordCount - 1
      }; ` +
        `found ${lastOffsetDelta}`,
    );
  }
  if (!isCompressionType(compression)) {
    return {
      error: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      message: `the batch's attributes name ${compressionName(compression)}; ` +
        "there are 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) and 4 (zstd)",
    };
  }
  if (compression === 0) {
    const recordsBytes = batch.sizeInBytes - BATCH_OVERHEAD;
    if (recordCount * MIN_RECORD_BYTES > recordsBytes) {
      return invalid(
        `the batch says that it has ${recordCount} records, which take at least ` +
          `${recordCount * MIN_RECORD_BYTES} bytes; it has ${recordsBytes}`,
      );
    }
  }
  const { producerId } = batch;
  if (producerId >= 0 && (batch.producerEpoch < 0 || (batch.baseSequence < 0 && !batch.isControl))) {
    return invalid(
      `the batch is of producer id ${producerId}, so epoch and base sequence should be 0 or more; ` +
        `found ${batch.producerEpoch} and ${batch.baseSequence}`,
    );
  }
}

function wrongMagic(magic: number): BatchProblem {
  if (magic === 0 || magic === 1) {
    return {
      error: ErrorCode.INVALID_RECORD,
      message:
        `the records are in message format ${magic}, which clients older than Kafka 0.11 send, and newer ones ` +
        "that were told to (librdkafka's api.version.request=false, kafka-python's api_version=(0, 10)); this broker " +
        "takes format 2, as Kafka since 4.0 does: update the client or take that setting away",
    };
  }
  return corrupt(
    `the batch says that it is in message format ${magic}; this broker takes format ${CURRENT_MAGIC}`,
  );
}

function corrupt(message: string): BatchProblem {
  return { error: ErrorCode.CORRUPT_MESSAGE, message };
}

function invalid(message: string): BatchProblem {
  return { error: ErrorCode.INVALID_RECORD, message };
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
