/**
 * Batches made from batches that compaction has thinned out. Offsets, sequences, producer and epoch are those of the
 * original, so that readers and producers find what they knew; only records are missing (Kafka's `MemoryRecords.filterTo`).
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
  MAX_TIMESTAMP,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  RECORD_COUNT,
  TRANSACTIONAL_BIT,
} from "./batch_layout.ts";
import { compress, type CompressionType } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import { setInt64 } from "./int64.ts";
import { BATCH_OVERHEAD, LOG_OVERHEAD, type RecordBatch } from "./record_batch.ts";

const TRANSACTIONAL_AND_CONTROL = TRANSACTIONAL_BIT | CONTROL_BIT;
const NO_TIMESTAMP = -1;

export interface RewriteOptions {
  /** How many records there are. */
  readonly recordCount: number;
  /** The largest of their timestamps; of a batch with LogAppendTime, that of all. */
  readonly maxTimestamp: number;
  /** If given, the batch gets it, and the records' timestamp deltas count from it: see {@link RecordBatch.deleteHorizonMs}. */
  readonly deleteHorizonMs?: number | undefined;
}

/** `original` with other records: `records`, unpacked, which this packs as the original's are. */
export function rewriteBatch(
  original: RecordBatch,
  records: Uint8Array,
  { recordCount, maxTimestamp, deleteHorizonMs }: RewriteOptions,
): Uint8Array {
  const packed = compress(records, original.compression as CompressionType);
  const bytes = new Uint8Array(BATCH_OVERHEAD + packed.length);
  bytes.set(original.bytes.subarray(0, BATCH_OVERHEAD));
  bytes.set(packed, BATCH_OVERHEAD);
  const view = new DataView(bytes.buffer);
  if (deleteHorizonMs !== undefined) {
    view.setInt16(ATTRIBUTES, original.attributes | DELETE_HORIZON_BIT);
    setInt64(view, BASE_TIMESTAMP, deleteHorizonMs);
  }
  setInt64(view, MAX_TIMESTAMP, maxTimestamp);
  view.setInt32(RECORD_COUNT, recordCount);
  return seal(bytes, view);
}

/** `original` without a record: still tells which sequence its producer had reached. */
export function emptyBatch(original: RecordBatch): Uint8Array {
  const { bytes, view } = withoutRecords(original);
  return seal(bytes, view);
}

/** `original` without a record and without a producer: only tells that its offsets have been given. */
export function placeholderBatch(original: RecordBatch): Uint8Array {
  const { bytes, view } = withoutRecords(original);
  view.setInt16(ATTRIBUTES, view.getInt16(ATTRIBUTES) & ~TRANSACTIONAL_AND_CONTROL);
  setInt64(view, PRODUCER_ID, -1);
  view.setInt16(PRODUCER_EPOCH, -1);
  view.setInt32(BASE_SEQUENCE, -1);
  return seal(bytes, view);
}

/** Its largest timestamp stays: it is the producer's last sign of life, and keeps indexes by time from being empty. */
function withoutRecords(original: RecordBatch): { bytes: Uint8Array; view: DataView } {
  const bytes = original.bytes.slice(0, BATCH_OVERHEAD);
  const view = new DataView(bytes.buffer);
  view.setInt16(ATTRIBUTES, original.attributes & ~(COMPRESSION_MASK | DELETE_HORIZON_BIT));
  setInt64(view, BASE_TIMESTAMP, NO_TIMESTAMP);
  view.setInt32(RECORD_COUNT, 0);
  return { bytes, view };
}

function seal(bytes: Uint8Array, view: DataView): Uint8Array {
  view.setInt32(BATCH_LENGTH, bytes.length - LOG_OVERHEAD);
  view.setUint32(CRC, crc32c(bytes, ATTRIBUTES));
  return bytes;
}
