/**
 * Files that are no part of a log any more and wait for their removal, which is after `file.delete.delay.ms`, and not done by
 * the thread that serves. Those that a stop or a crash leaves are removed at the next start, by their names.
 * @module
 */
import type { BackgroundDisk, Logger } from "./environment.ts";
import { diskErrorCode } from "./log_error.ts";

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
