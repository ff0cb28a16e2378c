/**
 * How a compacted segment takes the place of the segments that it was made from, in steps between which a crash may come.
 *
 * Names tell how far it has got. Only the log file's counts; the indexes' follow from it:
 *
 *     0.log.cleaned                            nothing has happened: what is `.cleaned` is removed
 *     0.log  100.log  0.log.swap               the new segment counts; the old ones are still in its way
 *     0.log.deleted  100.log.deleted  0.log.swap
 *     0.log                                    done
 *
 * 1. `commitSwap`: `.cleaned` to `.swap`, the log file last. All of it is on stable storage by then, so that a `.log.swap` is a
 *    whole segment with whole indexes beside it. Before the log file's rename the new segment does not count, and nothing has
 *    been done to the old ones.
 * 2. The directory is synced. Without it a file system that keeps no order among renames could lose the old names and not have
 *    the new one.
 * 3. `retireReplaced`: the old segments to `.deleted`, from the oldest on: a newer one may hold the tombstone of what an older one
 *    holds, never the other way round. Of each the indexes first and its log file last. So an index beside a log file that is still
 *    there is an old one; and an index whose log file is gone, a new one.
 * 4. `finishSwap`: `.swap` to the final names, indexes first, log file last: so no index is ever left over, of which nobody could
 *    tell whether it is of the old segment or of the new.
 * 5. The directory is synced. Only then may a checkpoint say that this part of the log is compacted: `finishInterruptedSwaps`
 *    replaces what lies within the new segment's offsets, and an old segment behind its last one would come back.
 *
 * Readers that have old files open go on with them. If a power cut takes changes to the directory back, it takes the last ones:
 * what is left is one of the states above, or one between two renames of a step, and both are finished or undone at the next
 * start. A crash while that is done leaves such a state again.
 *
 * Apache Kafka's own names and steps are the same but for the order of renames within a step, so that its directories are made
 * whole here, too. What it does and we don't: it splits a segment, with a `.swap` for each part.
 * @module
 */
import { BatchWalker } from "./batch_walker.ts";
import type { Disk } from "./disk.ts";
import type { Logger } from "./environment.ts";
import {
  formatSegmentFile,
  formatSegmentFileInState,
  join,
  parseSegmentFile,
  parseSegmentFileInState,
  SEGMENT_FILES,
  type SegmentFileKind,
} from "./file_names.ts";

const INDEX_KINDS = SEGMENT_FILES.filter((kind) => kind !== "log");

/** Makes the segment whose `.cleaned` files lie in `directory` count. The caller syncs the directory next. */
export function commitSwap(disk: Disk, directory: string, baseOffset: number): void {
  for (const kind of SEGMENT_FILES) {
    const from = join(directory, formatSegmentFileInState(baseOffset, kind, "cleaned"));
    const to = join(directory, formatSegmentFileInState(baseOffset, kind, "swap"));
    if (disk.exists(from)) disk.rename(from, to);
  }
}

/** Takes the old segments out of the log; returns the paths of their files, which are to be removed some time. */
export function retireReplaced(disk: Disk, directory: string, baseOffsets: readonly number[]): string[] {
  const retired: string[] = [];
  for (const baseOffset of baseOffsets.toSorted((a, b) => a - b)) {
    // What has no log file has been retired: its indexes, if there are any, are the new segment's.
    if (!disk.exists(join(directory, formatSegmentFile(baseOffset, "log")))) continue;
    for (const kind of SEGMENT_FILES) {
      const from = join(directory, formatSegmentFile(baseOffset, kind));
      const to = join(directory, formatSegmentFileInState(baseOffset, kind, "deleted"));
      if (!disk.exists(from)) continue;
      disk.rename(from, to);
      retired.push(to);
    }
  }
  return retired;
}

/** Gives the new segment its names. The caller syncs the directory next. */
export function finishSwap(disk: Disk, directory: string, baseOffset: number): void {
  for (const kind of SEGMENT_FILES) {
    const from = join(directory, formatSegmentFileInState(baseOffset, kind, "swap"));
    if (disk.exists(from)) disk.rename(from, join(directory, formatSegmentFile(baseOffset, kind)));
  }
}

/**
 * Finishes or undoes what a crash interrupted in the directory of a partition, durably. To be called before anything else looks
 * at its files.
 */
export function finishInterruptedSwaps(disk: Disk, directory: string, log: Logger): void {
  new InterruptedSwaps(disk, directory, log).run();
}

class InterruptedSwaps {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #log: Logger;
  readonly #walker = new BatchWalker();

  constructor(disk: Disk, directory: string, log: Logger) {
    this.#disk = disk;
    this.#directory = directory;
    this.#log = log;
  }

  run(): void {
    const files = this.#disk.list(this.#directory).map(({ name }) => parseSegmentFileInState(name));
    const offsetsOf = (state: "cleaned" | "swap") =>
      [...new Set(files.filter((file) => file?.state === state).map((file) => file!.offset))]
        .sort((a, b) => a - b);
    const swaps = offsetsOf("swap");
    const cleaned = offsetsOf("cleaned");
    if (swaps.length === 0 && cleaned.length === 0) return;
    for (const baseOffset of swaps) {
      if (this.#has(baseOffset, "log", "swap")) this.#settle(baseOffset);
      else this.#settleIndexes(baseOffset);
    }
    // Last, as they tell of indexes that are `.swap` already whether their segment counts.
    for (const baseOffset of cleaned) this.#remove(baseOffset, "cleaned");
    this.#disk.syncDirectory(this.#directory);
  }

  #settle(baseOffset: number): void {
    const endOffset = this.#endOf(this.#path(baseOffset, "log", "swap"), baseOffset);
    const problem = this.#reasonAgainst(baseOffset, endOffset);
    if (problem !== undefined) {
      this.#tell(
        "warn",
        `has a compacted segment at offset ${baseOffset} that is not put in place: ${problem}`,
      );
      this.#remove(baseOffset, "swap");
      return;
    }
    const replaced = this.#segments().filter((offset) =>
      offset === baseOffset || (offset > baseOffset && offset < (endOffset ?? baseOffset))
    );
    this.#tell(
      "info",
      `had a compacted segment at offset ${baseOffset} that a crash kept from its place: it is put there now, for ` +
        `${replaced.length} segments of old`,
    );
    retireReplaced(this.#disk, this.#directory, replaced);
    // Kafka renames the log file first: these are the segment's, too.
    for (const kind of INDEX_KINDS) {
      if (!this.#has(baseOffset, kind, "cleaned")) continue;
      this.#disk.rename(this.#path(baseOffset, kind, "cleaned"), this.#path(baseOffset, kind, "swap"));
    }
    finishSwap(this.#disk, this.#directory, baseOffset);
  }

  /** Why a `.log.swap` does not count; then all that it was to replace is there. */
  #reasonAgainst(baseOffset: number, endOffset: number | undefined): string | undefined {
    const segments = this.#segments();
    // Once the first of the replaced ones is gone there is no way back.
    if (segments.includes(baseOffset)) {
      return endOffset === undefined ? "it does not end with a batch" : undefined;
    }
    const before = segments.findLast((offset) => offset < baseOffset);
    if (before === undefined) return undefined;
    const beforeEnd = this.#endOf(join(this.#directory, formatSegmentFile(before, "log")), before);
    // Its other part is `.cleaned` still, or it would have taken the place of what is there.
    const isPartOfSplit = beforeEnd !== undefined && beforeEnd > baseOffset;
    return isPartOfSplit
      ? `it is one part of the segment at offset ${before}, which is still whole`
      : undefined;
  }

  /** Indexes to swap in without a log file: it has its name already, or does not count yet. */
  #settleIndexes(baseOffset: number): void {
    const isInPlace = !this.#has(baseOffset, "log", "cleaned") && this.#segments().includes(baseOffset);
    for (const kind of INDEX_KINDS) {
      if (!this.#has(baseOffset, kind, "swap")) continue;
      const from = this.#path(baseOffset, kind, "swap");
      const to = join(this.#directory, formatSegmentFile(baseOffset, kind));
      if (isInPlace && !this.#disk.exists(to)) this.#disk.rename(from, to);
      else this.#disk.removeFile(from);
    }
  }

  /** Where the batches in a log file end; undefined if it does not end with one. */
  #endOf(path: string, baseOffset: number): number | undefined {
    using file = this.#disk.open(path, { readOnly: true });
    const walker = this.#walker;
    let endOffset = baseOffset;
    walker.start(file, 0, file.size());
    while (walker.next()) endOffset = walker.batch.lastOffset + 1;
    return walker.isAtEnd ? endOffset : undefined;
  }

  /** Base offsets of the segments of the log as it is now, ascending. */
  #segments(): number[] {
    return this.#disk.list(this.#directory)
      .map(({ name }) => parseSegmentFile(name))
      .filter((file) => file?.kind === "log")
      .map((file) => file!.offset)
      .sort((a, b) => a - b);
  }

  /** Indexes first, as long as the log file's name tells what they are. */
  #remove(baseOffset: number, state: "cleaned" | "swap"): void {
    for (const kind of SEGMENT_FILES) {
      if (this.#has(baseOffset, kind, state)) this.#disk.removeFile(this.#path(baseOffset, kind, state));
    }
  }

  #has(baseOffset: number, kind: SegmentFileKind, state: "cleaned" | "swap"): boolean {
    return this.#disk.exists(this.#path(baseOffset, kind, state));
  }

  #path(baseOffset: number, kind: SegmentFileKind, state: "cleaned" | "swap"): string {
    return join(this.#directory, formatSegmentFileInState(baseOffset, kind, state));
  }

  #tell(level: "info" | "warn", what: string): void {
    this.#log(level, `${this.#directory} ${what}`);
  }
}
