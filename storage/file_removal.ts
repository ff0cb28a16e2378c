/**
 * Files that are no part of a log any more and wait for their removal, which is after `file.delete.delay.ms`, and not done by
 * the thread that serves. Those that a stop or a crash leaves are removed at the next start, by their names.
 * @module
 */
import type { Disk } from "./disk.ts";
import type { BackgroundDisk, Logger } from "./environment.ts";
import { DELETED_SUFFIX, formatSegmentFile, join, SEGMENT_FILES } from "./file_names.ts";
import { diskErrorCode, errorText } from "./log_error.ts";

interface Waiting {
  /** Of the partition. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly dueMs: number;
}

export class FileRemoval {
  readonly #background: BackgroundDisk;
  readonly #log: Logger;
  #waiting: Waiting[] = [];
  #nextMs = Infinity;

  constructor(background: BackgroundDisk, log: Logger) {
    this.#background = background;
    this.#log = log;
  }

  /** `files` of `directory` are to go at the monotonic time `dueMs`. */
  add(directory: string, files: readonly string[], dueMs: number): void {
    if (files.length === 0) return;
    this.#waiting.push({ directory, files, dueMs });
    this.#nextMs = Math.min(this.#nextMs, dueMs);
  }

  /** The directory is removed as a whole. */
  forget(directory: string): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.directory !== directory);
  }

  /** Begins what is due; returns the monotonic time of the next call, or Infinity. */
  tick(nowMs: number): number {
    if (nowMs < this.#nextMs) return this.#nextMs;
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs);
    this.#waiting = this.#waiting.filter(({ dueMs }) => dueMs > nowMs);
    this.#nextMs = Math.min(...this.#waiting.map(({ dueMs }) => dueMs), Infinity);
    for (const { directory, files } of due) {
      this.#background.remove({ files, directories: [], parent: directory }, (error) => {
        // Compaction may have put another file in its place, which was removed in its time.
        if (error === undefined || diskErrorCode(error) === "ENOENT") return;
        this.#log("warn", `a deleted segment could not be removed: ${error.message}`);
      });
    }
    return this.#nextMs;
  }
}

/**
 * Renames the files of a segment that lies below the log start offset, so that they are no part of the log any more; returns
 * their new names, for their removal. What the disk refuses to rename, recovery takes away at the next start.
 */
export function takeOutOfUse(disk: Disk, directory: string, baseOffset: number, log: Logger): string[] {
  const retired: string[] = [];
  // The log first: without it the rest is nothing.
  for (const kind of SEGMENT_FILES.toReversed()) {
    const path = join(directory, formatSegmentFile(baseOffset, kind));
    try {
      disk.rename(path, path + DELETED_SUFFIX);
      retired.push(path + DELETED_SUFFIX);
    } catch (error) {
      const code = diskErrorCode(error);
      if (code === undefined) throw error;
      if (code === "ENOENT") continue;
      log("warn", `${path} could not be taken out of the log: ${errorText(error)}`);
      return retired;
    }
  }
  return retired;
}
