/**
 * Goes through the batches of a log at start, by their headers. Where it can't, somebody has damaged what had been flushed:
 * it says so and goes on in the next segment.
 * @module
 */
import { decodeEndMarker, type EndMarker } from "../protocol/end_marker.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import type { LogSegment, SegmentContext } from "./segment.ts";

export interface LogPosition {
  readonly segmentIndex: number;
  readonly position: number;
}

/** `marker` is what a control batch says, if it ends a transaction. */
export type BatchVisitor = (
  batch: RecordBatch,
  segment: LogSegment,
  marker: EndMarker | undefined,
) => void;

/** Where the first batch at or behind `offset` begins. */
export function findPosition(segments: readonly LogSegment[], offset: number): LogPosition {
  const segmentIndex = Math.max(segments.findLastIndex(({ baseOffset }) => baseOffset <= offset), 0);
  const segment = segments[segmentIndex]!;
  return { segmentIndex, position: segment.find(offset, segment.size)?.position ?? segment.size };
}

/**
 * Shows `visit` all batches of producers with an id, from a position on, that begin before `endOffset`. `loss` ends the
 * sentence that tells of what can't be read. Of a batch only the header may be read, and only within the call.
 */
export function walkLog(
  { walker, log }: SegmentContext,
  segments: readonly LogSegment[],
  from: LogPosition,
  endOffset: number,
  loss: string,
  visit: BatchVisitor,
): void {
  const { batch } = walker;
  for (let index = from.segmentIndex; index < segments.length; index++) {
    const segment = segments[index]!;
    if (segment.baseOffset >= endOffset) return;
    const start = index === from.segmentIndex ? from.position : 0;
    walker.start(segment.file, start, segment.size, { isLong: true });
    while (walker.next() && batch.baseOffset < endOffset) {
      if (batch.producerId < 0) continue;
      visit(batch, segment, batch.isControl ? readMarker(segment, walker.position, batch) : undefined);
    }
    if (walker.isAtEnd || batch.baseOffset >= endOffset) continue;
    log(
      "error",
      `${segment.path} can't be read from position ${walker.nextPosition} on: ${walker.describeStop()}; ${loss}`,
    );
  }
}

/** Control batches are small: one whose records can't be in so many bytes says nothing that is known here. */
const MAX_MARKER_BYTES = 1024;

function readMarker(
  { file }: LogSegment,
  position: number,
  { sizeInBytes }: RecordBatch,
): EndMarker | undefined {
  if (sizeInBytes > MAX_MARKER_BYTES) return undefined;
  const bytes = new Uint8Array(sizeInBytes);
  file.readAt(bytes, position);
  return decodeEndMarker(new RecordBatch(bytes));
}
