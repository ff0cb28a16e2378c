/**
 * Which aborted transactions a reader of committed records has to be told of. Pure questions to the segments' indexes.
 * @module
 */
import type { FileSlice } from "./disk.ts";
import type { LogSegments } from "./log_segments.ts";
import type { AbortedTransaction } from "./transaction_index.ts";

/** Batches of which some may belong to aborted transactions. */
export interface CommittedSlice {
  readonly slice: FileSlice;
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * Those with records in [from, upTo), in the order of their markers; `fromIndex` is the segment of `from`. A marker lies
 * behind its records, however far: the search ends where a marker left nothing unstable before `upTo`.
 */
export function collectAborted(
  segments: LogSegments,
  fromIndex: number,
  from: number,
  upTo: number,
): AbortedTransaction[] {
  const aborted: AbortedTransaction[] = [];
  for (let index = fromIndex; index < segments.count; index++) {
    if (segments.at(index)!.transactionIndex.collect(from, upTo, aborted)) break;
  }
  return aborted;
}

/**
 * An offset that no record of `slice` reaches, near behind it: as near as the offset index tells. `fromIndex` is a segment
 * at or before the slice's.
 */
export function endOfSlice(
  segments: LogSegments,
  fromIndex: number,
  { file, position, length }: FileSlice,
): number {
  for (let index = fromIndex; index < segments.count; index++) {
    const segment = segments.at(index)!;
    if (segment.path !== file.path) continue;
    return segment.offsetIndex.offsetBehind(position + length) ??
      segments.at(index + 1)?.baseOffset ?? Infinity;
  }
  return Infinity;
}
