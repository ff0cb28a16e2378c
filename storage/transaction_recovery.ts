/**
 * Makes `.txnindex` files again that are in doubt: of segments that recovery has read from end to end, and damaged ones.
 *
 * What belongs into the index of a segment depends on what lies before it: a transaction may have begun there, and others
 * may have been open. So the log is walked from the newest snapshot of producers before the segment on; without one, from
 * its start.
 * @module
 */
import { formatSegmentFile, join } from "./file_names.ts";
import { findPosition, walkLog } from "./log_walk.ts";
import { readProducerSnapshot } from "./producer_snapshot.ts";
import { ProducerState } from "./producer_state.ts";
import type { LogSegment, SegmentContext } from "./segment.ts";
import type { AbortedTransaction } from "./transaction_index.ts";

export interface TransactionRecoveryOptions {
  readonly directory: string;
  readonly segments: readonly LogSegment[];
  readonly endOffset: number;
  /** Segments whose index is in doubt; false: no transaction was aborted in it. */
  readonly doubtful: ReadonlyMap<LogSegment, boolean>;
  /** What there is, in any order. */
  readonly snapshotOffsets: Iterable<number>;
}

/** Returns whether the directory has changed, and is to be synced. */
export function recoverTransactionIndexes(
  context: SegmentContext,
  options: TransactionRecoveryOptions,
): boolean {
  const { segments, doubtful } = options;
  const aborted = new Map<LogSegment, AbortedTransaction[]>();
  for (const segment of segments) if (doubtful.get(segment) === true) aborted.set(segment, []);
  if (aborted.size > 0) collectFromLog(context, options, aborted);
  let hasChanged = false;
  for (const segment of segments) {
    if (!doubtful.has(segment)) continue;
    if (segment.transactionIndex.replace(aborted.get(segment) ?? [])) hasChanged = true;
  }
  return hasChanged;
}

function collectFromLog(
  context: SegmentContext,
  options: TransactionRecoveryOptions,
  aborted: ReadonlyMap<LogSegment, AbortedTransaction[]>,
): void {
  const { segments, endOffset } = options;
  const producers = new ProducerState();
  const startOffset = restoreBefore(
    Math.min(...[...aborted.keys()].map(baseOffsetOf)),
    producers,
    context,
    options,
  );
  const from = findPosition(segments, Math.max(startOffset, segments[0]!.baseOffset));
  const loss = "transactions aborted there are not known as such";
  walkLog(context, segments, from, endOffset, loss, (batch, segment, marker) => {
    const ended = producers.update(batch, 0, marker);
    // Nobody asks here what is stable.
    producers.transactions.acknowledge(endOffset);
    if (ended?.isAborted) aborted.get(segment)?.push(ended);
  });
}

/** Gives `producers` what the newest good snapshot at or before `offset` holds; returns the snapshot's offset. */
function restoreBefore(
  offset: number,
  producers: ProducerState,
  { disk }: SegmentContext,
  { directory, snapshotOffsets }: TransactionRecoveryOptions,
): number {
  const offsets = [...snapshotOffsets].filter((snapshotOffset) => snapshotOffset <= offset);
  for (const snapshotOffset of offsets.sort((a, b) => b - a)) {
    const entries = readProducerSnapshot(
      disk,
      join(directory, formatSegmentFile(snapshotOffset, "snapshot")),
    );
    if (typeof entries === "string") continue;
    producers.restore(entries, new ProducerState(), 0, 0, Infinity);
    return snapshotOffset;
  }
  return 0;
}

function baseOffsetOf({ baseOffset }: LogSegment): number {
  return baseOffset;
}
