/**
 * One segment: each batch and its records, and the indexes against them.
 * @module
 */
import { compressionName } from "../../protocol/compression_type.ts";
import type { RecordBatch } from "../../protocol/record_batch.ts";
import { recordsProblem } from "../../protocol/record_check.ts";
import type { EpochStart } from "../checkpoint_file.ts";
import type { DiskFile } from "../disk.ts";
import { formatSegmentFile, join } from "../file_names.ts";
import { type BadBytes, surveyLog } from "../log_survey.ts";
import type { SegmentTail } from "../segment_scan.ts";
import type { TransactionCheck } from "../transaction_check.ts";
import type { CheckContext } from "./check_context.ts";
import { type IndexCheck, OffsetIndexCheck, TimeIndexCheck } from "./index_check.ts";

/** What the records of one batch may take when decompressed: more than any consumer would. */
export const MAX_RECORDS_BYTES = 256 * 1024 * 1024;

export interface SegmentPlace {
  readonly directory: string;
  readonly baseOffset: number;
  readonly isLast: boolean;
  /** Infinity if there is none: then gaps are anybody's guess. */
  readonly recoveryPoint: number;
  /** Of the log. */
  readonly logStartOffset: number;
  /** Undefined if they are not known. */
  readonly epochs: readonly EpochStart[] | undefined;
  /** Has seen the segments before. */
  readonly transactions: TransactionCheck;
  /** Which index files there are. */
  readonly has: (kind: IndexKind) => boolean;
}

export type IndexKind = "index" | "timeindex" | "txnindex";
const SPARSE_KINDS = ["index", "timeindex"] as const;

/** Returns the offset behind the segment. */
export function checkSegment(context: CheckContext, place: SegmentPlace): number {
  const { baseOffset, directory } = place;
  const path = join(directory, formatSegmentFile(baseOffset, "log"));
  return context.reading(path, () => {
    using file = context.disk.open(path, { readOnly: true });
    return new SegmentCheck(context, place, path, file).run();
  }) ?? baseOffset;
}

class SegmentCheck {
  readonly #context: CheckContext;
  readonly #place: SegmentPlace;
  readonly #path: string;
  readonly #file: DiskFile;

  constructor(context: CheckContext, place: SegmentPlace, path: string, file: DiskFile) {
    this.#context = context;
    this.#place = place;
    this.#path = path;
    this.#file = file;
  }

  run(): number {
    const { counts, disk, onProgress } = this.#context;
    const { baseOffset, epochs, recoveryPoint, transactions } = this.#place;
    counts.segmentCount++;
    using files = new DisposableStack();
    const checks: { readonly kind: IndexKind; readonly path: string; readonly check: IndexCheck<unknown> }[] =
      [];
    for (const kind of SPARSE_KINDS.filter((kind) => this.#place.has(kind))) {
      const path = this.#indexPath(kind);
      const check = this.#context.reading(path, () => {
        const file = files.use(disk.open(path, { readOnly: true }));
        return kind === "index"
          ? new OffsetIndexCheck(file, baseOffset, this.#file.size())
          : new TimeIndexCheck(file, baseOffset);
      });
      if (check !== undefined) checks.push({ kind, path, check });
    }
    const latestEpoch = epochs?.at(-1)?.epoch ?? Infinity;
    const endOffset = surveyLog(this.#file, { baseOffset, recoveryPoint, latestEpoch }, {
      onBatch: (batch, position) => {
        this.#checkBatch(batch, position);
        for (const { check } of checks) check.onBatch(batch, position);
        transactions.note(batch);
        onProgress(batch.sizeInBytes);
      },
      onBad: () => {},
      onBadEnd: (bad, end, tail) => {
        this.#tellBad(bad, end, tail);
        onProgress(end - bad.position);
      },
    });
    // After a crash recovery makes the indexes of what was not flushed again.
    const isFlushed = recoveryPoint !== Infinity && endOffset < recoveryPoint;
    const isSettled = this.#context.wasClosedCleanly || isFlushed;
    const { findings } = this.#context;
    const kind = isSettled ? "problem" : "note";
    for (const { path, check } of checks) {
      check.finish(endOffset, isSettled);
      for (const { message, place } of check.complaints) findings.tell(kind, path, message, place);
      if (check.untoldCount > 0) findings.tell(kind, path, `and ${check.untoldCount} more of its entries`);
    }
    const transactionIndex = this.#indexPath("txnindex");
    const bytes = this.#context.readBytes(transactionIndex);
    for (const message of transactions.problems(bytes, [baseOffset, endOffset])) {
      findings.tell(kind, transactionIndex, message);
    }
    for (const wanted of SPARSE_KINDS) {
      if (!this.#place.has(wanted)) findings.tell(kind, this.#indexPath(wanted), "it is missing");
    }
    return endOffset;
  }

  #indexPath(kind: IndexKind): string {
    return join(this.#place.directory, formatSegmentFile(this.#place.baseOffset, kind));
  }

  #checkBatch(batch: RecordBatch, position: number): void {
    const { counts, findings, wasClosedCleanly } = this.#context;
    const { baseOffset, compression, recordCount, sizeInBytes } = batch;
    counts.batchCount++;
    counts.recordCount += recordCount;
    counts.logBytes += sizeInBytes;
    const problem = recordsProblem(batch, { maxBytes: MAX_RECORDS_BYTES });
    if (problem !== undefined) {
      const codec = compression === 0 ? "" : ` (${compressionName(compression)})`;
      findings.problem(this.#path, `a batch with a right checksum can't be read${codec}: ${problem}`, {
        position,
        offset: baseOffset,
      });
    }
    if (wasClosedCleanly) this.#checkEpoch(batch, position);
  }

  #checkEpoch({ baseOffset: offset, lastOffset, leaderEpoch }: RecordBatch, position: number): void {
    const { epochs, logStartOffset } = this.#place;
    // Of what was deleted nothing need be known; -1 is of a Kafka that had no epochs.
    if (epochs === undefined || lastOffset < logStartOffset || leaderEpoch < 0) return;
    const from = Math.max(offset, logStartOffset);
    const epoch = epochs.findLast(({ startOffset }) => startOffset <= from)?.epoch;
    if (epoch === leaderEpoch) return;
    const [first] = epochs;
    const said = epoch ??
      (first === undefined ? "nothing" : `nothing of offsets before ${first.startOffset}`);
    this.#context.findings.problem(
      this.#path,
      `a batch has leader epoch ${leaderEpoch}; the leader-epoch-checkpoint says ${said}`,
      { position, offset },
    );
  }

  #tellBad({ position, offset, problem }: BadBytes, end: number, tail: SegmentTail): void {
    const { findings, wasClosedCleanly } = this.#context;
    const length = end - position;
    if (tail === "damaged") {
      findings.problem(this.#path, `${problem}; the next good batch begins at ${end}`, { position, offset });
    } else if (this.#place.isLast && !wasClosedCleanly) {
      const what = tail === "zeros"
        ? "zeros: room that was set aside, or never written"
        : `of an append that was cut short (${problem})`;
      findings.note(this.#path, `its last ${length} bytes are ${what}`, { position, offset });
    } else {
      const what = tail === "zeros" ? "its last bytes are zeros" : problem;
      findings.problem(this.#path, `${what}; no good batch begins in the ${length} bytes from there on`, {
        position,
        offset,
      });
    }
  }
}
