/**
 * Which part of a read is in the page cache, so that the reactor never waits for the disk under a consumer that is behind.
 *
 * Two places are looked at: the batch headers that are read to find the first batch, and what would be sent. What is not
 * flushed yet was written a moment ago, so a consumer at the tail of a busy log costs no look.
 *
 * Index pages are not looked at. They are few (one for 2 MiB of log), and the kernel reads their neighbours with them. Nor
 * are lookups by time, which are rare.
 * @module
 */
import type { FileSlice } from "./disk.ts";
import type { LogEnd } from "./log_end.ts";
import type { BatchPosition, LogSegment } from "./segment.ts";

/** What a look is about, and the most that is brought in before the first bytes are sent. */
const STEP_BYTES = 1024 * 1024;
/** Where nothing is ever flushed (`flush.ms`), so much of the log's end is taken to be cached all the same. */
const RECENT_BYTES = 4 * 1024 * 1024;
/** Batch headers are read in pieces of this size. */
const HEADER_READ_BYTES = 4096;

/** An answer to a read: what may be sent, or what has to be brought into the page cache before. Its file is retained. */
export interface MaybeCold {
  readonly slice: FileSlice;
  /** `slice` is not to be sent, but brought in: then ask again. */
  readonly isCold: boolean;
}

/** Whether all from where a search for `offset` begins was written a moment ago, and needs no look. */
export function isRecent(segment: LogSegment, offset: number, flushed: LogEnd): boolean {
  if (offset < flushed.offset) return false;
  const position = segment.offsetIndex.lookup(offset);
  const isUnflushed = segment.baseOffset !== flushed.segmentBaseOffset || position >= flushed.position;
  return isUnflushed && position >= segment.size - RECENT_BYTES;
}

/** What has to be brought in before `segment.find(offset, limit)` may be called, if anything. */
export function coldSearch(
  segment: LogSegment,
  offset: number,
  limit: number,
): FileSlice | undefined {
  // In this order: opening an index may close what is not in use, such as a file that nobody has retained yet.
  const { from: position, to } = segment.offsetIndex.lookupRange(offset);
  const { file } = segment;
  // Behind the last entry no batch begins that should have one.
  const lastHeader = to ?? position + segment.indexIntervalBytes;
  const searched = Math.max(lastHeader - position, 0) + HEADER_READ_BYTES;
  const left = Math.max(limit - position, 0);
  if (file.isCached(position, Math.min(searched, left))) return undefined;
  // The batch that is found will be read next: the disk is asked once for both.
  return { file, position, length: Math.min(searched + STEP_BYTES, left) };
}

/** As much of `slice`, which begins with the batch `first`, as is in the page cache; nothing of it if not even that batch is. */
export function cachedPart(slice: FileSlice, first: BatchPosition): MaybeCold {
  const { file, position, length } = slice;
  let cached = 0;
  while (cached < length) {
    const step = Math.min(STEP_BYTES, length - cached);
    if (!file.isCached(position + cached, step)) break;
    cached += step;
  }
  if (cached >= Math.min(first.size, length)) {
    return { slice: { file, position, length: cached }, isCold: false };
  }
  const wanted = Math.min(Math.max(first.size, STEP_BYTES), length);
  return { slice: { file, position, length: wanted }, isCold: true };
}
