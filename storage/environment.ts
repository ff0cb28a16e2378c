/**
 * What the log engine needs from outside, besides the disk: so that one seed can drive it all in a test.
 * @module
 */
import type { CompactedGroup, CompactionResult } from "./compaction/compaction_outcome.ts";
import type { DiskFile, FileSlice, WritableRegion } from "./disk.ts";

export interface Clock {
  /** Milliseconds since 1970, as in record timestamps; may jump. */
  now(): number;
  /** Milliseconds from some fixed moment, never going back: for durations and deadlines. */
  monotonic(): number;
}

export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line for a person: what happened and, if something is to be done, what. */
export type Logger = (level: LogLevel, message: string) => void;

export interface Removal {
  readonly files: readonly string[];
  readonly directories: readonly string[];
  readonly parent: string;
}

/**
 * Runs disk work off the reactor's thread. `done` is called later, from the reactor's loop, never within the call.
 *
 * Two jobs are done in no particular order, as they may run on different threads: what must come after something else is
 * asked for when the outcome of that is there. So it is with everything that relies on an order: a replaced file is synced,
 * renamed, and then its directory synced (`atomic_file.ts`, and by it checkpoints and producer ids); a log's directories are
 * synced after its files (`flusher.ts`); what is removed was taken out of use before, under a name that nothing else has
 * (`partition_directories.ts`).
 */
export interface BackgroundDisk {
  /** fdatasync of each file in turn; `error` is the first failure, after which the rest is not tried. */
  sync(files: readonly DiskFile[], done: (error?: Error) => void): void;
  /** fsync of a directory: see `Disk.syncDirectory`. */
  syncDirectory(path: string, done: (error?: Error) => void): void;
  /** Brings it into the page cache, and begins to do so with what lies behind it, which is likely to be wanted next. */
  warm(slice: FileSlice, done: (error?: Error) => void): void;
  /**
   * Does the compaction whose job lies at `jobPath` (`compaction/run_compaction.ts`). `onGroup` is called for each group that
   * is done, in order, before `done`.
   */
  compact(
    jobPath: string,
    onGroup: (group: CompactedGroup) => void,
    done: (error: Error | undefined, result: CompactionResult | undefined) => void,
  ): void;
  /** Removes files, then the directories named, then syncs `parent`. Failures are told, and nothing else stops. */
  remove(removal: Removal, done: (error?: Error) => void): void;
  /** Faults in the pages of a region, so that writing there need not. A help: nobody is told how it went. */
  populate(region: WritableRegion): void;
}
