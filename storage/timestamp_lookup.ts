/**
 * From a time to a record: the segment by its largest timestamp, the batch by the time index, the record by unpacking that
 * one batch.
 * @module
 */
import { RecordBatch } from "../protocol/record_batch.ts";
import { findOffsetByTimestamp, RecordsError } from "../protocol/records.ts";
import type { LogSegment } from "./segment.ts";
import type { TimestampOffset } from "./time_index.ts";

/** Most bytes of records that a lookup unpacks. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** The first record at or behind `fromOffset` whose timestamp is not below `timestamp`. `segments` rise by offset. */
export function findRecordByTimestamp(
  segments: Iterable<LogSegment>,
  timestamp: number,
  fromOffset: number,
): TimestampOffset | undefined {
  for (const segment of segments) {
    if (segment.maxTimestamp.timestamp < timestamp) continue;
    const found = findInSegment(segment, timestamp, fromOffset);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first record that has the largest timestamp of all; undefined if no record has one. */
export function findNewestRecord(
  segments: Iterable<LogSegment>,
  fromOffset: number,
): TimestampOffset | undefined {
  let newest = -1;
  for (const { maxTimestamp } of segments) newest = Math.max(newest, maxTimestamp.timestamp);
  return newest < 0 ? undefined : findRecordByTimestamp(segments, newest, fromOffset);
}

function findInSegment(
  segment: LogSegment,
  timestamp: number,
  fromOffset: number,
): TimestampOffset | undefined {
  let offset = Math.max(fromOffset, segment.baseOffset);
  for (;;) {
    const found = segment.findByTimestamp(timestamp, offset);
    if (found === undefined) return undefined;
    const bytes = new Uint8Array(found.size);
    segment.file.readAt(bytes, found.position);
    const batch = new RecordBatch(bytes);
    const record = findInBatch(batch, timestamp);
    // The log may begin in the middle of the batch.
    if (record !== undefined) return { ...record, offset: Math.max(record.offset, offset) };
    offset = batch.lastOffset + 1;
  }
}

function findInBatch(batch: RecordBatch, timestamp: number): TimestampOffset | undefined {
  try {
    return findOffsetByTimestamp(batch, timestamp, { maxBytes: MAX_UNPACKED_BYTES });
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    // Records that can't be unpacked, or would take too much memory: who reads from the batch's start on misses nothing.
    return { offset: batch.baseOffset, timestamp: batch.maxTimestamp };
  }
}
