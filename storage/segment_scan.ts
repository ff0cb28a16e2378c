/**
 * Reads a segment's log file from end to end and checks every byte: which batches are there, and what is wrong with the
 * bytes behind the last good one. Only reads; what is to be done about it is `recovery.ts`.
 * @module
 */
import { MAGIC } from "../protocol/batch_layout.ts";
import { BATCH_OVERHEAD, checkStoredBatch, CURRENT_MAGIC, RecordBatch } from "../protocol/record_batch.ts";
import type { DiskFile } from "./disk.ts";

const CHUNK_BYTES = 1024 * 1024;
/** Further than this no segment reaches. */
const MAX_RELATIVE_OFFSET = 0x7fffffff;

/** What follows the last good batch. */
export type SegmentTail =
  /** Nothing: the file ends with a good batch. */
  | "clean"
  /** Zeros to the end: room that was allocated, or bytes that were never written. */
  | "zeros"
  /** Part of a batch, or a damaged one, and nothing good behind it: an append that a crash cut short. */
  | "torn"
  /** Bad bytes with a good batch somewhere behind them. */
  | "damaged";

export interface ScanResult {
  /** Bytes of good batches from the start on. */
  readonly validBytes: number;
  readonly fileBytes: number;
  /** The offset behind the last good batch. */
  readonly endOffset: number;
  readonly tail: SegmentTail;
  /** What is wrong at `validBytes`; "" if nothing is. */
  readonly problem: string;
}

/** A window on a file, large enough for the batch at hand. */
export class Window {
  bytes = new Uint8Array(CHUNK_BYTES);
  #start = 0;
  #length = 0;
  readonly #file: DiskFile;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Makes [position, position + length) available, unless the file ends before; returns where it begins in `bytes`. */
  at(position: number, length: number): number {
    if (position >= this.#start && position + length <= this.#start + this.#length) {
      return position - this.#start;
    }
    if (length > this.bytes.length) this.bytes = new Uint8Array(length);
    this.#start = position;
    this.#length = this.#file.readAt(this.bytes, position);
    return 0;
  }

  /** Bytes there are from `position` on. */
  available(position: number): number {
    return this.#start + this.#length - position;
  }
}

export interface ScanLimits {
  /** The segment's base offset. */
  readonly baseOffset: number;
  /**
   * Offsets below it may be missing: compaction takes batches out, and works only on what has been flushed. At and above it
   * each batch begins where the last one ended. The CRC does not cover base offset and leader epoch, so this matters.
   */
  readonly recoveryPoint: number;
  /** The latest leader epoch that the partition has had; Infinity if that is not known. */
  readonly latestEpoch: number;
}

/** Walks `file` and calls `onBatch` for each good batch, from the first on up to the first that is not. */
export function scanSegment(
  file: DiskFile,
  limits: ScanLimits,
  onBatch: (batch: RecordBatch) => void,
): ScanResult {
  const fileBytes = file.size();
  const window = new Window(file);
  const batch = new RecordBatch();
  let position = 0;
  let endOffset = limits.baseOffset;
  let epoch = -1;
  let problem = "";
  while (position < fileBytes) {
    const found = storedProblem(window, position, fileBytes, batch) ??
      placeProblem(batch, endOffset, epoch, limits);
    if (found !== undefined) {
      problem = found;
      break;
    }
    onBatch(batch);
    endOffset = batch.lastOffset + 1;
    epoch = batch.leaderEpoch;
    position += batch.sizeInBytes;
  }
  const tail = position === fileBytes ? "clean" : classifyTail(window, position, fileBytes, endOffset);
  return { validBytes: position, fileBytes, endOffset, tail, problem };
}

/** Points `batch` at what is at `position`, and tells why it is no good batch by itself. */
export function storedProblem(
  window: Window,
  position: number,
  fileBytes: number,
  batch: RecordBatch,
): string | undefined {
  const left = fileBytes - position;
  if (left < BATCH_OVERHEAD) return `${left} bytes are left, too few for a batch`;
  let start = window.at(position, BATCH_OVERHEAD);
  const { magic, sizeInBytes } = batch.reset(window.bytes, start);
  if (magic === CURRENT_MAGIC && sizeInBytes >= BATCH_OVERHEAD) {
    if (sizeInBytes > left) return `a batch of ${sizeInBytes} bytes begins, but ${left} are left`;
    start = window.at(position, sizeInBytes);
  }
  return checkStoredBatch(window.bytes, start, start + Math.min(window.available(position), left), batch)
    ?.message;
}

/** Why a good batch can't be the one behind `endOffset`. */
export function placeProblem(
  { baseOffset, leaderEpoch }: RecordBatch,
  endOffset: number,
  epoch: number,
  { recoveryPoint, latestEpoch }: ScanLimits,
): string | undefined {
  if (baseOffset < endOffset || baseOffset > Math.max(endOffset, recoveryPoint)) {
    return `a batch has base offset ${baseOffset} where ${endOffset} is due`;
  }
  if (leaderEpoch < epoch || leaderEpoch > latestEpoch) {
    return `a batch has leader epoch ${leaderEpoch}, which is not between ${epoch} and ${latestEpoch}`;
  }
}

function classifyTail(window: Window, from: number, fileBytes: number, minOffset: number): SegmentTail {
  if (isZero(window, from, fileBytes)) return "zeros";
  return findBatchBehind(window, from, fileBytes, minOffset) === undefined ? "torn" : "damaged";
}

export function isZero(window: Window, from: number, fileBytes: number): boolean {
  for (let position = from; position < fileBytes;) {
    const start = window.at(position, 1);
    const end = start + window.available(position);
    if (end === start) return true;
    for (let index = start; index < end; index++) if (window.bytes[index] !== 0) return false;
    position += end - start;
  }
  return true;
}

/** Where the first good batch behind `from` begins. */
export function findBatchBehind(
  window: Window,
  from: number,
  fileBytes: number,
  minOffset: number,
): number | undefined {
  const batch = new RecordBatch();
  let position = from + 1;
  while (position + BATCH_OVERHEAD <= fileBytes) {
    const start = window.at(position, BATCH_OVERHEAD);
    const last = start + window.available(position) - BATCH_OVERHEAD;
    if (last < start) return undefined;
    const magicIndex = window.bytes.indexOf(CURRENT_MAGIC, start + MAGIC);
    const index = magicIndex - MAGIC;
    if (magicIndex < 0 || index > last) {
      position += last - start + 1;
      continue;
    }
    position += index - start;
    const isWorthACrc = looksLikeBatch(batch.reset(window.bytes, index), fileBytes - position, minOffset);
    if (isWorthACrc && storedProblem(window, position, fileBytes, batch) === undefined) {
      return position;
    }
    position++;
  }
  return undefined;
}

function looksLikeBatch(batch: RecordBatch, left: number, minOffset: number): boolean {
  const { baseOffset, sizeInBytes, lastOffsetDelta, recordCount } = batch;
  return sizeInBytes >= BATCH_OVERHEAD && sizeInBytes <= left && baseOffset >= minOffset &&
    baseOffset <= minOffset + MAX_RELATIVE_OFFSET && recordCount >= 0 && recordCount <= lastOffsetDelta + 1;
}
