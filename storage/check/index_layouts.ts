/**
 * Kafka's index files, read field by field. Big-endian; offsets are less the segment's base offset but in `.txnindex`:
 *
 *     .index       int32 offset, int32 position
 *     .timeindex   int64 timestamp, int32 offset
 *     .txnindex    int16 version = 0, int64 producer id, int64 first offset, int64 last offset, int64 last stable offset
 * @module
 */
import { getInt64 } from "../../protocol/int64.ts";

export const OFFSET_ENTRY_SIZE = 8;
export const TIME_ENTRY_SIZE = 12;
export const TRANSACTION_ENTRY_SIZE = 34;

export interface OffsetEntry {
  readonly offset: number;
  readonly position: number;
}

export interface TimeEntry {
  readonly timestamp: number;
  readonly offset: number;
}

/** An aborted transaction. */
export interface TransactionEntry {
  readonly version: number;
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker that ended it. */
  readonly lastOffset: number;
  /** When it ended. */
  readonly lastStableOffset: number;
}

export function readOffsetEntry(view: DataView, baseOffset: number): OffsetEntry {
  return { offset: baseOffset + view.getInt32(0), position: view.getInt32(4) };
}

export function readTimeEntry(view: DataView, baseOffset: number): TimeEntry {
  return { timestamp: getInt64(view, 0), offset: baseOffset + view.getInt32(8) };
}

export function readTransactionEntry(view: DataView): TransactionEntry {
  return {
    version: view.getInt16(0),
    producerId: getInt64(view, 2),
    firstOffset: getInt64(view, 10),
    lastOffset: getInt64(view, 18),
    lastStableOffset: getInt64(view, 26),
  };
}
