/**
 * From a time to a record: the segment by its largest timestamp, the batch by the time index, the record by unpacking that
 * one batch.
 * @module
 */
import { RecordBatch } from "../protocol/record_batch.ts";
import { decodeRecords, findOffsetByTimestamp, RecordsError } from "../protocol/records.ts";
import type { BatchPosition, LogSegment } from "./segment.ts";
import type { TimestampOffset } from "./time_index.ts";
import { MAX_UNPACKED_BYTES } from "./unpacked_limit.ts";

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

/** The first record at or behind `fromOffset` that has the largest timestamp of these; undefined if none has one. */
export function findNewestRecord(
  segments: Iterable<LogSegment>,
  fromOffset: number,
): TimestampOffset | undefined {
  let newest = -1;
  for (const segment of segments) newest = Math.max(newest, newestFrom(segment, fromOffset));
  return newest < 0 ? undefined : findRecordByTimestamp(segments, newest, fromOffset);
}

/** The largest timestamp in the part of a segment from `fromOffset` on; -1 if there is none. */
function newestFrom(segment: LogSegment, fromOffset: number): number {
  const { timestamp, offset } = segment.maxTimestamp;
  // The last offset of its batch: one behind the start may still be that of a record before it.
  if (fromOffset <= segment.baseOffset) return timestamp;
  let newest = -1;
  for (const { baseOffset, lastOffset, maxTimestamp } of segment.batchesFrom(fromOffset)) {
    newest = Math.max(newest, baseOffset >= fromOffset ? maxTimestamp : newestInBatch(segment, fromOffset));
    if (newest === timestamp && lastOffset >= offset) break;
  }
  return newest;
}

/** Of the batch in whose middle the log begins. */
function newestInBatch(segment: LogSegment, fromOffset: number): number {
  const batch = readBatch(segment, segment.find(fromOffset, segment.size)!);
  try {
    let newest = -1;
    for (const { offset, timestamp } of decodeRecords(batch, { maxBytes: MAX_UNPACKED_BYTES })) {
      if (offset >= fromOffset) newest = Math.max(newest, timestamp);
    }
    return newest;
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    return batch.maxTimestamp;
  }
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
    const batch = readBatch(segment, found);
    const record = findInBatch(batch, timestamp, offset);
    if (record !== undefined) return record;
    offset = batch.lastOffset + 1;
  }
}

function readBatch(segment: LogSegment, { position, size }: BatchPosition): RecordBatch {
  const bytes = new Uint8Array(size);
  segment.file.readAt(bytes, position);
  return new RecordBatch(bytes);
}

/** `fromOffset`: the log may begin in the middle of the batch. */
function findInBatch(batch: RecordBatch, timestamp: number, fromOffset: number): TimestampOffset | undefined {
  try {
    return findOffsetByTimestamp(batch, timestamp, { maxBytes: MAX_UNPACKED_BYTES, fromOffset });
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    // Records that can't be unpacked, or would take too much memory: who reads from the batch's start on misses nothing.
    return { offset: Math.max(batch.baseOffset, fromOffset), timestamp: batch.maxTimestamp };
  }
}
