/**
 * Which segments at the head of a log have had their time: Kafka's rules, as a pure choice.
 *
 * - `retention.ms`: the newest record of the segment is older than that, by the records' own time.
 * - `retention.bytes`: without the segment the log would still be as large as that.
 * - Whatever lies below the log start offset goes, under any policy.
 *
 * A segment goes whole or not at all, from the oldest on, and only when all of it is acknowledged. The active one may go too,
 * so that a topic that nobody writes to any more gets empty: it is rolled first.
 * @module
 */
import type { LogConfig } from "./log_config.ts";

/** What retention wants to know of a segment. */
export interface SegmentAge {
  /** The first offset behind it. */
  readonly endOffset: number;
  readonly isActive: boolean;
  readonly size: number;
  /** Milliseconds since 1970: of its newest record, or, where records have no time, of its last change. */
  readonly newestMs: number;
}

export interface RetentionState {
  readonly logStartOffset: number;
  /** All below is acknowledged. */
  readonly highWatermark: number;
  /** Bytes of all segments. */
  readonly totalBytes: number;
  readonly nowMs: number;
}

export type RetentionReason = "retention.ms" | "retention.bytes" | "log start offset";

export interface Expired {
  /** Segments at the head of the log that may go. */
  readonly count: number;
  /** Why the last of them may; undefined if there is none. */
  readonly reason: RetentionReason | undefined;
}

type RetentionConfig = Pick<LogConfig, "deletesOld" | "retentionMs" | "retentionBytes">;

/** `segments` is the log from its head on, looked at no further than needed. */
export function findExpired(
  segments: Iterable<SegmentAge>,
  state: RetentionState,
  config: RetentionConfig,
): Expired {
  let bytesLeft = state.totalBytes;
  let count = 0;
  let reason: RetentionReason | undefined;
  for (const segment of segments) {
    const found = reasonFor(segment, bytesLeft, state, config);
    if (found === undefined) break;
    reason = found;
    count++;
    bytesLeft -= segment.size;
  }
  return { count, reason };
}

function reasonFor(
  { endOffset, isActive, size, newestMs }: SegmentAge,
  bytesLeft: number,
  { logStartOffset, highWatermark, nowMs }: RetentionState,
  { deletesOld, retentionMs, retentionBytes }: RetentionConfig,
): RetentionReason | undefined {
  if (endOffset > highWatermark) return undefined;
  if (endOffset <= logStartOffset && !isActive) return "log start offset";
  if (!deletesOld || (isActive && size === 0)) return undefined;
  if (nowMs - newestMs > retentionMs) return "retention.ms";
  return bytesLeft - size >= retentionBytes ? "retention.bytes" : undefined;
}
