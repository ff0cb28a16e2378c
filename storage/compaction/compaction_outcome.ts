/**
 * What a compaction gives back: plain data, from the thread that does it to the one that keeps the log.
 * @module
 */
import type { TimestampOffset } from "../time_index.ts";

/** Neighbouring segments that have been gone through. */
export type CompactedGroup = UnchangedGroup | RewrittenGroup;

interface UnchangedGroup {
  /** There is nothing in this segment that has to go. No file was written. */
  readonly kind: "unchanged";
  readonly baseOffset: number;
  readonly replaces: readonly number[];
}

export interface RewrittenGroup {
  /** `.cleaned` files of one segment lie ready, on stable storage. */
  readonly kind: "rewritten";
  readonly baseOffset: number;
  /** Base offsets of the segments whose place it takes; the first is its own. */
  readonly replaces: readonly number[];
  readonly sizeInBytes: number;
  readonly maxTimestamp: TimestampOffset;
  readonly hasTransactionIndex: boolean;
}

/** What a compaction has come to, once `next` has returned undefined. */
export interface CompactionResult extends Readonly<FilterFigures> {
  /** The log is compacted up to here: the next compaction's `firstDirtyOffset`, once all is in place. */
  readonly cleanedUpTo: number;
  /** Different keys between the job's `firstDirtyOffset` and `cleanedUpTo`, and how many would have fitted. */
  readonly keyCount: number;
  readonly keyCapacity: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Figures of what was filtered so far. */
export interface FilterFigures {
  batchesRead: number;
  batchesKept: number;
  recordsKept: number;
  recordsDropped: number;
  /** Of the dropped ones, those without a key. */
  keylessDropped: number;
  /** The earliest delete horizon of what is left that has one; Infinity: none. */
  earliestDeleteHorizonMs: number;
}
