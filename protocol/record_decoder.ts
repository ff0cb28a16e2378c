/**
 * Reads the records of a batch, decompressed if need be. The bytes are hostile: the broker that kept them has checked the
 * batch's header and checksum, not the records. So every length is compared with the bytes left, and what does not fit
 * ends the iteration with a {@link RecordsError}.
 * @module
 */
import { decompress } from "./compression.ts";
import { ErrorCode } from "./errors.ts";
import { Reader } from "./reader.ts";
import type { RecordBatch } from "./record_batch.ts";
import { RecordsError } from "./records_error.ts";

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as the log has it. */
export interface LogRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export interface DecodeOptions {
  /** Most bytes that the batch's records may take when decompressed. */
  readonly maxBytes: number;
}

/** A header has at least the lengths of its key and value. */
export const MIN_HEADER_BYTES = 2;
const NO_HEADERS: readonly RecordHeader[] = [];
/** Kafka's clients write header keys in UTF-8 and read what is not as U+FFFD. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The records of `batch`, in order, one at a time. Keys and values are views: of the batch's bytes if it is not
 * compressed, of memory of their own if it is. The batch is decompressed in the call; `batch` may then be pointed
 * elsewhere.
 */
export function decodeRecords(batch: RecordBatch, { maxBytes }: DecodeOptions): Generator<LogRecord, void> {
  const { baseOffset, baseTimestamp, lastOffsetDelta, maxTimestamp, recordCount, timestampType } = batch;
  return readRecords(openRecords(batch, maxBytes), {
    baseOffset,
    baseTimestamp,
    lastOffsetDelta,
    logAppendTime: timestampType === "LogAppendTime" ? maxTimestamp : undefined,
    recordCount,
  });
}

/** What the header says of all records. */
interface BatchFields {
  readonly baseOffset: number;
  readonly baseTimestamp: number;
  readonly lastOffsetDelta: number;
  readonly logAppendTime: number | undefined;
  readonly recordCount: number;
}

function* readRecords(reader: Reader, batch: BatchFields): Generator<LogRecord, void> {
  const { baseOffset, baseTimestamp, lastOffsetDelta, logAppendTime, recordCount } = batch;
  for (let index = 0; index < recordCount; index++) {
    const end = enterRecord(reader, index);
    reader.int8(); // attributes
    const timestampDelta = reader.varlong();
    const offsetDelta = reader.varint();
    const key = nullableBytes(reader);
    const value = nullableBytes(reader);
    const headers = readHeaders(reader, end);
    if (reader.failed || reader.position !== end) throw unreadable(index, reader, end);
    if (offsetDelta < 0 || offsetDelta > lastOffsetDelta) {
      throw damagedRecord(index, `its offset delta is ${offsetDelta}, the batch's last ${lastOffsetDelta}`);
    }
    const timestamp = logAppendTime ?? baseTimestamp + timestampDelta;
    yield { offset: baseOffset + offsetDelta, timestamp, key, value, headers };
  }
  leaveRecords(reader, recordCount);
}

/**
 * The records of `batch` one after the other, not compressed: a view of its bytes if they are not compressed there, else
 * memory of their own, of at most `maxBytes`.
 *
 * @throws {RecordsError} as `decompress` does.
 */
export function unpackRecords(batch: RecordBatch, maxBytes: number): Uint8Array {
  return decompress(batch.recordsBytes, batch.compression, maxBytes);
}

/** A reader at the first record. */
export function openRecords(batch: RecordBatch, maxBytes: number): Reader {
  return new Reader(unpackRecords(batch, maxBytes));
}

/** Reads a record's length; returns where the record ends, which is within the bytes. */
export function enterRecord(reader: Reader, index: number): number {
  const length = reader.varint();
  if (reader.failed) throw damagedRecord(index, reader.failure!);
  if (length < 0 || length > reader.remaining) {
    throw damagedRecord(index, `its length is ${length}, and ${reader.remaining} bytes are left`);
  }
  return reader.position + length;
}

/** What is left behind the last record: nothing. */
export function leaveRecords(reader: Reader, recordCount: number): void {
  if (reader.remaining === 0) return;
  throw new RecordsError(
    ErrorCode.CORRUPT_MESSAGE,
    `damaged records: ${reader.remaining} bytes are left behind the last of ${recordCount} records`,
  );
}

export function damagedRecord(index: number, found: string): RecordsError {
  return new RecordsError(ErrorCode.CORRUPT_MESSAGE, `damaged record ${index} of its batch: ${found}`);
}

function unreadable(index: number, reader: Reader, end: number): RecordsError {
  return damagedRecord(
    index,
    reader.failure ?? `its fields end at byte ${reader.position}, and its length says ${end}`,
  );
}

function nullableBytes(reader: Reader): Uint8Array | null {
  const length = reader.varint();
  return length === -1 ? null : reader.view(length);
}

function readHeaders(reader: Reader, end: number): readonly RecordHeader[] {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  const left = end - reader.position;
  if (count < 0 || count * MIN_HEADER_BYTES > left) {
    reader.fail(`${count} headers of ${MIN_HEADER_BYTES} or more bytes, where ${left} bytes are left`);
    return NO_HEADERS;
  }
  return takeHeaders(reader, count);
}

/** The next `count` headers; what they are if the reader has failed says nothing. */
export function takeHeaders(reader: Reader, count: number): readonly RecordHeader[] {
  const headers: RecordHeader[] = [];
  for (let index = 0; index < count && !reader.failed; index++) {
    const key = decoder.decode(reader.view(reader.varint()));
    headers.push({ key, value: nullableBytes(reader) });
  }
  return headers;
}
