/**
 * Which neighbouring segments become one. Segments shrink under compaction; a log of many small ones would cost a file and two
 * indexes for each. A group fits one segment even if nothing of it goes (Kafka's `groupSegmentsBySize`).
 * @module
 */
import type { SegmentSummary } from "./compaction_job.ts";

/** Of the larger of a segment's two indexes. */
const INDEX_ENTRY_BYTES = 12;
const MAX_RELATIVE_OFFSET = 0x7fffffff;
/** What is told of a group names its segments, and must fit the ring between the threads (`broker/io/lanes.ts`). */
export const MAX_GROUP_SEGMENTS = 1000;

export interface GroupLimits {
  readonly segmentBytes: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
}

/** `segments`, ascending, in groups of one or more. */
export function groupSegments(
  segments: readonly SegmentSummary[],
  { segmentBytes, segmentIndexBytes, indexIntervalBytes }: GroupLimits,
): SegmentSummary[][] {
  // An entry, but for a time index's last, stands for more log than the interval.
  const maxIndexedBytes = (Math.floor(segmentIndexBytes / INDEX_ENTRY_BYTES) - 1) * indexIntervalBytes;
  const maxBytes = Math.min(segmentBytes, maxIndexedBytes);
  const groups: SegmentSummary[][] = [];
  let groupBytes = 0;
  for (const segment of segments) {
    const group = groups[groups.length - 1];
    groupBytes += segment.sizeInBytes;
    const fits = group !== undefined && groupBytes <= maxBytes && group.length < MAX_GROUP_SEGMENTS &&
      segment.endOffset - 1 - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET;
    if (fits) {
      group.push(segment);
    } else {
      groups.push([segment]);
      groupBytes = segment.sizeInBytes;
    }
  }
  return groups;
}
