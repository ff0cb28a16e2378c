/**
 * Every kind of disk job: the lane it runs on, what it is told, and what it does there. This table is all that a new kind
 * needs, besides the method that asks for it (`background_disk.ts`) and any system call it has to have.
 *
 * `run` may wait for the disk as long as that takes. What it is told and what it gives back goes through JSON. Most give
 * back nothing: that they ended is the outcome. One that has news before its end tells each by `report`, and the last
 * by returning it. What it throws is a failure, and also the last outcome.
 * @module
 */
import { runCompaction } from "../../storage/compaction/run_compaction.ts";
import type { Disk, SharedMemory } from "../../storage/disk.ts";
import type { Logger } from "../../storage/environment.ts";
import type { LaneName } from "./lanes.ts";
import { pause } from "./pause.ts";

/** The system calls that jobs need; each throws an Error with a `code` when it fails. */
export interface DiskCalls {
  readonly disk: Disk;
  readonly log: Logger;
  syncDescriptor(descriptor: number, path: string): void;
  /** Returns when all of it is in the page cache, and has begun to read so many bytes behind it. */
  bringIntoCache(range: WarmJob, aheadBytes: number): void;
  populateMemory(memory: SharedMemory): void;
}

export interface JobKind<Job> {
  readonly lane: LaneName;
  readonly run: (job: Job, calls: DiskCalls, report: (result: unknown) => void) => unknown;
}

function kind<Job>(lane: LaneName, run: JobKind<Job>["run"]): JobKind<Job> {
  return { lane, run };
}

export interface SyncJob {
  readonly descriptors: readonly number[];
  readonly paths: readonly string[];
}

export interface SyncResult {
  /** How long each call took. */
  readonly ms: readonly number[];
}

export interface WarmJob {
  readonly descriptor: number;
  readonly path: string;
  readonly position: number;
  readonly length: number;
}

/**
 * How much is read ahead, in lengths of what was asked for: consumers go on where they are, so that most of their fetches find
 * what they want in the page cache.
 */
const AHEAD_FACTOR = 4;

export interface RemoveJob {
  readonly files: readonly string[];
  readonly directories: readonly string[];
  /** To be synced in the end; undefined where more is to be removed first. */
  readonly parent?: string;
}

export const jobKinds = {
  /** The first failure ends it: what comes after a failed fdatasync must not look as if it were safe. */
  sync: kind<SyncJob>("sync", ({ descriptors, paths }, calls): SyncResult => {
    const ms = descriptors.map((descriptor, index) => {
      const startedMs = performance.now();
      calls.syncDescriptor(descriptor, paths[index]!);
      return performance.now() - startedMs;
    });
    return { ms };
  }),

  syncDirectory: kind<{ readonly path: string }>("sync", ({ path }, { disk }) => disk.syncDirectory(path)),

  warm: kind<WarmJob>("read", (job, calls) => calls.bringIntoCache(job, AHEAD_FACTOR * job.length)),

  /** One news for each group that is done. */
  compact: kind<{ readonly path: string }>("compact", ({ path }, calls, report) => {
    const clock = { monotonic: () => performance.now() };
    const steps = runCompaction({ disk: calls.disk, clock, log: calls.log, pause }, path);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      report(value);
    }
  }),

  /** Whoever asks keeps the memory mapped until the outcome is there. */
  populate: kind<SharedMemory>("prepare", (memory, { populateMemory }) => {
    populateMemory(memory);
  }),

  /** Does all it can, and fails with the first failure. */
  remove: kind<RemoveJob>("clean", ({ files, directories, parent }, { disk }) => {
    throwFirst([
      ...files.map((path) => () => disk.removeFile(path)),
      ...directories.map((path) => () => disk.removeDirectory(path)),
      ...(parent === undefined ? [] : [() => disk.syncDirectory(parent)]),
    ]);
  }),
};

export type JobKindName = keyof typeof jobKinds;
export type JobOf<Name extends JobKindName> = Parameters<(typeof jobKinds)[Name]["run"]>[0];

/** Takes every step, then throws what the first that failed has thrown. */
function throwFirst(steps: readonly (() => void)[]): void {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
