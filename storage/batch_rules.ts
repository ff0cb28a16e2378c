/**
 * What a topic's settings demand of a batch before it is appended. The rules are those of Kafka's LogValidator:
 *
 * - cleanup.policy=compact: every record has a key, or INVALID_RECORD.
 * - message.timestamp.before.max.ms, message.timestamp.after.max.ms: a record's time lies within them of the broker's, or
 *   INVALID_TIMESTAMP; -1, no time, may be. Where the broker gives the time (LogAppendTime) there is nothing to check.
 * - compression.type: a batch with another codec is packed again with that one. A batch that has the codec stays as it
 *   is, whatever its level.
 *
 * Most batches need none of this, and cost a few comparisons: their codec is as wanted, and the largest timestamp in the
 * header is not too far ahead. Only where that does not do are the records unpacked and looked at one by one. Then they
 * must be whole and numbered 0, 1, 2, … too, and a header that tells another largest timestamp than theirs is corrected.
 * @module
 */
import { CompressionType } from "../protocol/compression_type.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { recompressBatch, RecordScanner, RecordsError, unpackRecords } from "../protocol/records.ts";
import type { Clock } from "./environment.ts";
import type { LogConfig, TopicCompression } from "./log_config.ts";
import { LogError, type RefusedRecord, RefusedRecordsError } from "./log_error.ts";
import { MAX_UNPACKED_BYTES } from "./unpacked_limit.ts";

/** Most records that a refusal names: some hundred bytes can hold a hundred thousand that are at fault. */
const MAX_NAMED_RECORDS = 100;
/** Kafka's "this record has no time". */
const NO_TIMESTAMP = -1;

/** The codec of each compression.type but "producer". */
const CODECS: Readonly<Record<Exclude<TopicCompression, "producer">, CompressionType>> = {
  uncompressed: CompressionType.none,
  gzip: CompressionType.gzip,
  snappy: CompressionType.snappy,
  lz4: CompressionType.lz4,
  zstd: CompressionType.zstd,
};

/** Times that records may have, both ends included. */
interface TimeRange {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/**
 * `batch` itself, or another in its place. Control batches are the broker's own, and stay as they are.
 *
 * @throws {RefusedRecordsError} for records that the topic does not take, {@link LogError} for what can't be unpacked.
 */
export function batchToStore(batch: RecordBatch, config: LogConfig, clock: Clock): RecordBatch {
  const { compressionType } = config;
  const compression = compressionType === "producer" ? batch.compression : CODECS[compressionType];
  // Plain variables: this is done for each batch, and is not to make an object.
  let oldestMs = -Infinity;
  let newestMs = Infinity;
  if (config.timestampType === "CreateTime") {
    const nowMs = clock.now();
    oldestMs = nowMs - config.timestampBeforeMaxMs;
    newestMs = nowMs + config.timestampAfterMaxMs;
  }
  const isFine = compression === batch.compression && !config.compacts && oldestMs === -Infinity &&
    batch.maxTimestamp <= newestMs;
  if (isFine || batch.isControl) return batch;
  return keptAs(batch, compression, config, { oldestMs, newestMs });
}

function keptAs(batch: RecordBatch, compression: number, config: LogConfig, range: TimeRange): RecordBatch {
  let records: Uint8Array;
  let maxTimestamp: number;
  try {
    records = unpackRecords(batch, MAX_UNPACKED_BYTES);
    maxTimestamp = checkRecords(records, batch, config, range);
  } catch (error) {
    throw error instanceof RecordsError ? refusalOf(error) : error;
  }
  const kept = compression === batch.compression
    ? batch
    : new RecordBatch(recompressBatch(batch, records, compression as CompressionType, levelOf(config)));
  // Lookups by time and retention rely on it.
  if (config.timestampType === "CreateTime" && kept.maxTimestamp !== maxTimestamp) {
    kept.setMaxTimestamp(maxTimestamp);
  }
  return kept;
}

/** The level for the topic's codec; undefined: it has none. */
function levelOf({ compressionType, compressionLevels: { gzip, zstd } }: LogConfig): number | undefined {
  if (compressionType === "gzip") return gzip;
  return compressionType === "zstd" ? zstd : undefined;
}

/** The largest timestamp of `records`, -1 if there is none. */
function checkRecords(
  records: Uint8Array,
  batch: RecordBatch,
  { compacts, timestampBeforeMaxMs, timestampAfterMaxMs }: LogConfig,
  { oldestMs, newestMs }: TimeRange,
): number {
  const { baseTimestamp, recordCount } = batch;
  const refusals = new Refusals();
  const scanner = new RecordScanner(records, recordCount);
  let maxTimestamp = NO_TIMESTAMP;
  while (scanner.next()) {
    const { index, offsetDelta } = scanner;
    const timestamp = baseTimestamp + scanner.timestampDelta;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    if (offsetDelta !== index) {
      refusals.add(
        index,
        ErrorCode.INVALID_RECORD,
        () => `its offset delta should be ${index}, its place in the batch; found ${offsetDelta}`,
      );
    } else if (compacts && !scanner.hasKey) {
      refusals.add(
        index,
        ErrorCode.INVALID_RECORD,
        () => "the topic is compacted (cleanup.policy), so every record needs a key; this one has none",
      );
    } else if (timestamp > newestMs) {
      refusals.add(
        index,
        ErrorCode.INVALID_TIMESTAMP,
        () =>
          `its timestamp, ${timestamp}, is ahead of the broker's clock by more than ` +
          `message.timestamp.after.max.ms=${timestampAfterMaxMs}: the latest to be taken now is ${newestMs}`,
      );
    } else if (timestamp < oldestMs && timestamp !== NO_TIMESTAMP) {
      refusals.add(
        index,
        ErrorCode.INVALID_TIMESTAMP,
        () =>
          `its timestamp, ${timestamp}, lies behind the broker's clock by more than ` +
          `message.timestamp.before.max.ms=${timestampBeforeMaxMs}: the earliest to be taken now is ${oldestMs}`,
      );
    }
  }
  refusals.throwIfAny(recordCount);
  return maxTimestamp;
}

/** Records at fault, of which the first are named. */
class Refusals {
  readonly #named: RefusedRecord[] = [];
  #count = 0;
  #code: number = ErrorCode.INVALID_RECORD;

  add(index: number, code: number, message: () => string): void {
    this.#count++;
    // One bad time makes it INVALID_TIMESTAMP for all, as in Kafka.
    if (code === ErrorCode.INVALID_TIMESTAMP) this.#code = code;
    if (this.#named.length < MAX_NAMED_RECORDS) this.#named.push({ index, message: message() });
  }

  throwIfAny(recordCount: number): void {
    const first = this.#named[0];
    if (first === undefined) return;
    const message = `${this.#count} of the batch's ${recordCount} records are refused, so none is taken; ` +
      `the first is record ${first.index}: ${first.message}`;
    throw new RefusedRecordsError(this.#code, message, this.#named);
  }
}

/**
 * The checksum was right, so whoever made the batch made it like this, and would send the same again: that is
 * INVALID_RECORD, as in Kafka, and not CORRUPT_MESSAGE, which clients repeat.
 */
function refusalOf({ code, message }: RecordsError): LogError {
  return new LogError(code === ErrorCode.CORRUPT_MESSAGE ? ErrorCode.INVALID_RECORD : code, message);
}
