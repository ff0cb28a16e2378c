/**
 * Leader epochs as a log's batches tell them, for when `leader-epoch-checkpoint` is lost or does not go back to the log's start.
 *
 * Epochs only rise. So where two neighbouring segments begin with the same epoch, all between is of that epoch too, and the
 * first header of either is enough; only where they differ, and in the last segment, all headers are read.
 * @module
 */
import { LeaderEpochs } from "./leader_epochs.ts";
import type { LogSegment, SegmentContext } from "./segment.ts";

/** Reads them from the log that `segments` are. */
export function readLeaderEpochs(context: SegmentContext, segments: readonly LogSegment[]): LeaderEpochs {
  const epochs = new LeaderEpochs();
  const firstEpochs = segments.map((segment) => readFirstEpoch(context, segment));
  segments.forEach((segment, index) => {
    const first = firstEpochs[index];
    if (first === undefined) return;
    if (first !== firstEpochs[index + 1]) return noteAll(context, segment, epochs);
    epochs.assign(first, segment.baseOffset);
  });
  return epochs;
}

/** Undefined if the segment has no batch. */
function readFirstEpoch({ walker }: SegmentContext, segment: LogSegment): number | undefined {
  walker.start(segment.file, 0, segment.size);
  return walker.next() ? walker.batch.leaderEpoch : undefined;
}

function noteAll({ walker }: SegmentContext, segment: LogSegment, epochs: LeaderEpochs): void {
  walker.start(segment.file, 0, segment.size);
  while (walker.next()) epochs.assign(walker.batch.leaderEpoch, walker.batch.baseOffset);
}
