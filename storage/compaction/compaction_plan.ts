/**
 * Whether a log is to be compacted now, how far, and which of many logs first: a pure choice, given what is known of each and
 * the time. The rules are Kafka's (`LogCleanerManager`) but for two things of our own:
 *
 * - Nothing is touched that the recovery point on disk does not cover. After a crash, recovery takes a missing offset behind that
 *   point for damage.
 * - When the time of tombstones or markers has passed, a log is compacted for their sake. Kafka leaves them until enough new
 *   records have come, which on a quiet topic is never.
 * @module
 */
import type { LogConfig } from "../log_config.ts";
import type { SegmentSummary } from "./compaction_job.ts";

/** What has to be known of a log. */
export interface CompactionCandidate {
  /** All segments but the active one, ascending. */
  readonly segments: readonly SegmentSummary[];
  /** From cleaner-offset-checkpoint; undefined if it has nothing of this log. */
  readonly firstDirtyOffset: number | undefined;
  readonly logStartOffset: number;
  readonly endOffset: number;
  /** No transaction is open below it, whatever a power cut takes: see `durable_stable_offset.ts`. */
  readonly lastStableOffset: number;
  /** As it is on disk, in recovery-point-offset-checkpoint. */
  readonly recoveryPoint: number;
  /** What the last compaction has left, in milliseconds since 1970; Infinity if nothing, or not known. */
  readonly earliestDeleteHorizonMs: number;
  readonly config: Pick<
    LogConfig,
    "compacts" | "minCompactionLagMs" | "maxCompactionLagMs" | "minCleanableDirtyRatio"
  >;
}

/** In the order of their urgency. */
export type CompactionReason = "max lag" | "dirty ratio" | "delete horizon";
const REASONS: readonly CompactionReason[] = ["max lag", "dirty ratio", "delete horizon"];

export interface CompactionPlan {
  readonly reason: CompactionReason;
  /** For the job. */
  readonly segments: readonly SegmentSummary[];
  readonly firstDirtyOffset: number;
  readonly endOffset: number;
  /** Bytes of what has been compacted before, and of what can be now; a segment in which it is both counts by its offsets. */
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  /** Share of the dirty bytes in both. */
  readonly dirtyRatio: number;
  /** By how much the oldest dirty record is past max.compaction.lag.ms, or the delete horizon past. */
  readonly overdueMs: number;
}

/** What is to be done with a log now; undefined: nothing. */
export function planCompaction(candidate: CompactionCandidate, nowMs: number): CompactionPlan | undefined {
  const { config, earliestDeleteHorizonMs } = candidate;
  if (!config.compacts) return undefined;
  const firstDirtyOffset = firstDirtyOffsetOf(candidate);
  const segments = candidate.segments.slice(0, cleanableCount(candidate, firstDirtyOffset, nowMs));
  const last = segments[segments.length - 1];
  if (last === undefined) return undefined;
  const dirty = segments.filter((segment) => segment.endOffset > firstDirtyOffset);
  const dirtyBytes = dirty.reduce((sum, segment) => sum + dirtyBytesOf(segment, firstDirtyOffset), 0);
  const cleanBytes = sumOfBytes(segments) - dirtyBytes;
  const dirtyRatio = dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes);
  const lagOverdueMs = nowMs - config.maxCompactionLagMs - earliestTimestampOf(dirty);
  const horizonOverdueMs = nowMs - earliestDeleteHorizonMs;
  const reason = sumOfBytes(dirty) > 0 && lagOverdueMs > 0
    ? "max lag"
    : dirtyRatio > config.minCleanableDirtyRatio
    ? "dirty ratio"
    : horizonOverdueMs >= 0
    ? "delete horizon"
    : undefined;
  if (reason === undefined) return undefined;
  return {
    reason,
    segments,
    // A part of the log that was compacted may be out of reach now, as min.compaction.lag.ms has grown.
    firstDirtyOffset: Math.min(firstDirtyOffset, last.endOffset),
    endOffset: last.endOffset,
    cleanBytes,
    dirtyBytes,
    dirtyRatio,
    overdueMs: Math.max(reason === "delete horizon" ? horizonOverdueMs : lagOverdueMs, 0),
  };
}

/** The index of the plan that is to be carried out first; -1 if there is none. */
export function mostUrgent(plans: readonly (CompactionPlan | undefined)[]): number {
  let best = -1;
  plans.forEach((plan, index) => {
    if (plan !== undefined && (best < 0 || isMoreUrgent(plan, plans[best]!))) best = index;
  });
  return best;
}

function isMoreUrgent(a: CompactionPlan, b: CompactionPlan): boolean {
  if (a.reason !== b.reason) return REASONS.indexOf(a.reason) < REASONS.indexOf(b.reason);
  return a.reason === "dirty ratio" ? a.dirtyRatio > b.dirtyRatio : a.overdueMs > b.overdueMs;
}

/** A checkpoint outside the log is of another log, or of one that has lost its end: then all is new. */
function firstDirtyOffsetOf(
  { firstDirtyOffset, logStartOffset, endOffset }: CompactionCandidate,
): number {
  const isKnown = firstDirtyOffset !== undefined && firstDirtyOffset >= logStartOffset &&
    firstDirtyOffset <= endOffset;
  return isKnown ? firstDirtyOffset : logStartOffset;
}

/** How many of the segments, from the first on, may be compacted. */
function cleanableCount(
  { segments, config, lastStableOffset, recoveryPoint }: CompactionCandidate,
  firstDirtyOffset: number,
  nowMs: number,
): number {
  const { minCompactionLagMs } = config;
  const index = segments.findIndex(({ endOffset, largestTimestampMs }) =>
    endOffset > lastStableOffset || endOffset > recoveryPoint ||
    (minCompactionLagMs > 0 && endOffset > firstDirtyOffset &&
      largestTimestampMs > nowMs - minCompactionLagMs)
  );
  return index < 0 ? segments.length : index;
}

/** Infinity if no segment tells. */
function earliestTimestampOf(segments: readonly SegmentSummary[]): number {
  let earliest = Infinity;
  for (const { firstTimestampMs, largestTimestampMs } of segments) {
    const timestamp = firstTimestampMs ?? largestTimestampMs;
    if (timestamp > 0) earliest = Math.min(earliest, timestamp);
  }
  return earliest;
}

/** The map of keys may have been full in the middle of a segment: the rest must count, or it would wait for ever. */
function dirtyBytesOf(
  { baseOffset, endOffset, sizeInBytes }: SegmentSummary,
  firstDirtyOffset: number,
): number {
  if (baseOffset >= firstDirtyOffset) return sizeInBytes;
  return Math.ceil(sizeInBytes * (endOffset - firstDirtyOffset) / (endOffset - baseOffset));
}

function sumOfBytes(segments: readonly SegmentSummary[]): number {
  return segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
}
