/**
 * Finds a record by its time without making anything of keys and values: what ListOffsets by timestamp and the time
 * index's last step need.
 * @module
 */
import { damagedRecord, enterRecord, openRecords } from "./record_decoder.ts";
import type { RecordBatch } from "./record_batch.ts";

export interface TimestampSearch {
  /** Bounds the memory for decompressed records. */
  readonly maxBytes: number;
  /** Records before it do not count. Default: all do. */
  readonly fromOffset?: number;
}

/**
 * The first record of `batch` whose timestamp is `timestampMs` or later; undefined if there is none.
 *
 * @throws {RecordsError} where the records can't be read, or would take more than `maxBytes`.
 */
export function findOffsetByTimestamp(
  batch: RecordBatch,
  timestampMs: number,
  { maxBytes, fromOffset = 0 }: TimestampSearch,
): { offset: number; timestamp: number } | undefined {
  const { baseOffset, baseTimestamp, maxTimestamp, recordCount } = batch;
  if (maxTimestamp < timestampMs) return undefined;
  if (batch.timestampType === "LogAppendTime") {
    return { offset: Math.max(baseOffset, fromOffset), timestamp: maxTimestamp };
  }
  const reader = openRecords(batch, maxBytes);
  for (let index = 0; index < recordCount; index++) {
    const end = enterRecord(reader, index);
    reader.int8(); // attributes
    const timestamp = baseTimestamp + reader.varlong();
    const offsetDelta = reader.varint();
    if (reader.failed || reader.position > end) {
      throw damagedRecord(index, reader.failure ?? "its fields go on behind its length");
    }
    const offset = baseOffset + offsetDelta;
    if (timestamp >= timestampMs && offset >= fromOffset) return { offset, timestamp };
    reader.skip(end - reader.position);
  }
  return undefined;
}
