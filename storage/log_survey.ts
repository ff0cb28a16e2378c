/**
 * Surveys a segment's log file from end to end like `segment_scan.ts`, but goes on behind what is damaged, at the next good
 * batch there is. For whoever looks into a log and must not stop at its first wound: `milena verify`, `milena dump`.
 * @module
 */
import { BATCH_OVERHEAD, CURRENT_MAGIC, RecordBatch } from "../protocol/record_batch.ts";
import type { DiskFile } from "./disk.ts";
import {
  findBatchBehind,
  isZero,
  placeProblem,
  type ScanLimits,
  type SegmentTail,
  storedProblem,
  Window,
} from "./segment_scan.ts";

/** Bytes that are no batch, or none that may stand there. */
export interface BadBytes {
  readonly position: number;
  /** The offset that is due there. */
  readonly offset: number;
  readonly problem: string;
}

export interface LogVisitor {
  /** Returns false to end the walk. The view is good only during the call. */
  onBatch(batch: RecordBatch, position: number): boolean | void;
  /** `header` is what the bytes would be as a batch, if there are enough of them in this format. */
  onBad(bad: BadBytes, header: RecordBatch | undefined): boolean | void;
  /** Behind them, where a good batch begins or the file ends; "damaged" if a good batch follows. */
  onBadEnd?(bad: BadBytes, end: number, tail: SegmentTail): void;
}

/** Returns the offset behind the last good batch. */
export function surveyLog(file: DiskFile, limits: ScanLimits, visitor: LogVisitor): number {
  const fileBytes = file.size();
  const window = new Window(file);
  const batch = new RecordBatch();
  let position = 0;
  let endOffset = limits.baseOffset;
  let epoch = -1;
  while (position < fileBytes) {
    const problem = storedProblem(window, position, fileBytes, batch) ??
      placeProblem(batch, endOffset, epoch, limits);
    if (problem === undefined) {
      if (visitor.onBatch(batch, position) === false) break;
      endOffset = batch.lastOffset + 1;
      epoch = batch.leaderEpoch;
      position += batch.sizeInBytes;
      continue;
    }
    const bad = { position, offset: endOffset, problem };
    if (visitor.onBad(bad, headerAt(window, position, batch)) === false) break;
    const next = findBatchBehind(window, position, fileBytes, endOffset);
    const tail = next !== undefined ? "damaged" : isZero(window, position, fileBytes) ? "zeros" : "torn";
    visitor.onBadEnd?.(bad, next ?? fileBytes, tail);
    if (next === undefined) break;
    // What stands there is taken at its word: one wound is told once.
    endOffset = batch.reset(window.bytes, window.at(next, BATCH_OVERHEAD)).baseOffset;
    epoch = -1;
    position = next;
  }
  return endOffset;
}

function headerAt(window: Window, position: number, batch: RecordBatch): RecordBatch | undefined {
  const start = window.at(position, BATCH_OVERHEAD);
  if (window.available(position) < BATCH_OVERHEAD) return undefined;
  const { magic, sizeInBytes } = batch.reset(window.bytes, start);
  return magic === CURRENT_MAGIC && sizeInBytes >= BATCH_OVERHEAD ? batch : undefined;
}
