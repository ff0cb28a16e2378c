/**
 * Makes record batches. Two passes over the records: the first adds up their sizes, so that the second writes into memory
 * of just that size.
 * @module
 */
import { ATTRIBUTES, COMPRESSION_MASK, CRC } from "./batch_layout.ts";
import { compress, CompressionType } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import type { RecordHeader } from "./record_decoder.ts";
import {
  BATCH_OVERHEAD,
  CURRENT_MAGIC,
  LOG_OVERHEAD,
  type RecordBatch,
  type TimestampType,
} from "./record_batch.ts";
import { varintSize, varlongSize } from "./wire_size.ts";
import { Writer } from "./writer.ts";

/** A record to be written. */
export interface NewRecord {
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number;
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

/** The batch's own fields. What is left out is as a producer without idempotence sends it. */
export interface BatchOptions {
  readonly compression?: CompressionType;
  /** Default 0: the broker sets it. */
  readonly baseOffset?: number;
  /** Default -1: the broker sets it. */
  readonly leaderEpoch?: number;
  /** Default: the first record's timestamp. */
  readonly baseTimestamp?: number;
  /** Default "CreateTime"; with "LogAppendTime", readers give every record the largest timestamp of all. */
  readonly timestampType?: TimestampType;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

const encoder = new TextEncoder();
export const NO_HEADERS: readonly EncodedHeader[] = [];

/** A header whose key is bytes already, so that it is encoded once for both passes. */
export interface EncodedHeader {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/**
 * One batch of these records, at least one, with offsets from `baseOffset` on. With `into`, which is reset first, its bytes are
 * a view of that writer's, good until it is used again.
 */
export function encodeBatch(
  records: readonly NewRecord[],
  options: BatchOptions = {},
  into?: Writer,
): Uint8Array {
  const first = records[0];
  if (first === undefined) throw new RangeError("a record batch has at least one record; got none");
  const { compression = CompressionType.none, baseTimestamp = first.timestamp } = options;

  const headersOf = records.map(({ headers }) =>
    headers === undefined ? NO_HEADERS : headers.map(encodeHeader)
  );
  const lengths = new Int32Array(records.length);
  let recordsBytes = 0;
  let maxTimestamp = first.timestamp;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    const length = bodySize(record, headersOf[index]!, record.timestamp - baseTimestamp, index);
    lengths[index] = length;
    recordsBytes += varintSize(length) + length;
    maxTimestamp = Math.max(maxTimestamp, record.timestamp);
  }

  const writer = into ?? new Writer(BATCH_OVERHEAD + recordsBytes);
  writer.reset();
  writer.reserve(BATCH_OVERHEAD + recordsBytes);
  writeBatchHeader(writer, { ...options, compression, baseTimestamp }, records.length, maxTimestamp);
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    writer.varint(lengths[index]!);
    writeBody(writer, record, headersOf[index]!, record.timestamp - baseTimestamp, index);
  }
  return seal(compressRecords(writer.bytes(), compression));
}

/**
 * The bytes of `batch`, whose unpacked records are `records`, with another compression. All else stays: offsets, times,
 * producer and sequence, and the records themselves, since what they count from stands in the header. `level` as for
 * `compress`.
 */
export function recompressBatch(
  batch: RecordBatch,
  records: Uint8Array,
  compression: CompressionType,
  level?: number,
): Uint8Array {
  const packed = compress(records, compression, level);
  const bytes = new Uint8Array(BATCH_OVERHEAD + packed.length);
  bytes.set(batch.bytes.subarray(0, BATCH_OVERHEAD));
  bytes.set(packed, BATCH_OVERHEAD);
  const attributes = batch.attributes & ~COMPRESSION_MASK | compression;
  new DataView(bytes.buffer).setInt16(ATTRIBUTES, attributes);
  return seal(bytes);
}

/** The header of a batch, whose length and checksum `seal` fills in. */
export function writeBatchHeader(
  writer: Writer,
  options: BatchOptions & { readonly baseTimestamp: number; readonly compression: CompressionType },
  recordCount: number,
  maxTimestamp: number,
): void {
  writer.int64(options.baseOffset ?? 0);
  writer.int32(0); // batchLength: seal() knows it
  writer.int32(options.leaderEpoch ?? -1);
  writer.int8(CURRENT_MAGIC);
  writer.int32(0); // crc: seal() knows it
  writer.int16(
    options.compression |
      (options.timestampType === "LogAppendTime" ? 0x08 : 0) |
      (options.isTransactional === true ? 0x10 : 0) |
      (options.isControl === true ? 0x20 : 0),
  );
  writer.int32(recordCount - 1); // lastOffsetDelta
  writer.int64(options.baseTimestamp);
  writer.int64(maxTimestamp);
  writer.int64(options.producerId ?? -1);
  writer.int16(options.producerEpoch ?? -1);
  writer.int32(options.baseSequence ?? -1);
  writer.int32(recordCount);
}

export function encodeHeader({ key, value }: RecordHeader): EncodedHeader {
  return { key: encoder.encode(key), value };
}

/** Bytes of a record behind its length. */
export function bodySize(
  { key, value }: NewRecord,
  headers: readonly EncodedHeader[],
  timestampDelta: number,
  offsetDelta: number,
): number {
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value) +
    varintSize(headers.length);
  for (const header of headers) size += bytesSize(header.key) + bytesSize(header.value);
  return size;
}

/** A record behind its length. */
export function writeBody(
  writer: Writer,
  { key, value }: NewRecord,
  headers: readonly EncodedHeader[],
  timestampDelta: number,
  offsetDelta: number,
): void {
  writer.int8(0); // attributes
  writer.varlong(timestampDelta);
  writer.varint(offsetDelta);
  writeBytes(writer, key);
  writeBytes(writer, value);
  writer.varint(headers.length);
  for (const header of headers) {
    writeBytes(writer, header.key);
    writeBytes(writer, header.value);
  }
}

function bytesSize(bytes: Uint8Array | null | undefined): number {
  return bytes == null ? 1 : varintSize(bytes.length) + bytes.length;
}

function writeBytes(writer: Writer, bytes: Uint8Array | null | undefined): void {
  if (bytes == null) {
    writer.varint(-1);
  } else {
    writer.varint(bytes.length);
    writer.raw(bytes);
  }
}

function compressRecords(batch: Uint8Array, type: CompressionType): Uint8Array {
  if (type === CompressionType.none) return batch;
  const records = compress(batch.subarray(BATCH_OVERHEAD), type);
  const compressed = new Uint8Array(BATCH_OVERHEAD + records.length);
  compressed.set(batch.subarray(0, BATCH_OVERHEAD));
  compressed.set(records, BATCH_OVERHEAD);
  return compressed;
}

/** Fills in what only the finished batch has: its length and its checksum. */
export function seal(batch: Uint8Array): Uint8Array {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  view.setInt32(8, batch.length - LOG_OVERHEAD);
  view.setUint32(CRC, crc32c(batch, ATTRIBUTES));
  return batch;
}
