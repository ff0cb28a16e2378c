/**
 * Decides when a log's appended data goes to stable storage. Two reasons: somebody waits for it (`flush`), or it has
 * been there for `flush.ms` (`schedule`). Both take effect in the next `tick`, which the reactor calls once a turn, after
 * the turn's requests: so all appends of a turn share one sync.
 *
 * Group commit: one sync of a log is under way at a time. Who comes meanwhile shares the next one, which covers all that
 * was appended until it begins. So the slower the disk, the more appends share a sync.
 * @module
 */
import type { DiskFile } from "./disk.ts";
import type { BackgroundDisk } from "./environment.ts";

/** All that must be synced for what a log holds now. */
export interface FlushWork {
  readonly files: readonly DiskFile[];
  /** Directories whose entries are not known to be durable. */
  readonly directories: readonly string[];
}

/** A log, to the flusher. */
export interface Flushable {
  /** What is to be synced; the files stay open until `endFlush`. undefined: it can't be now, and the log will ask again. */
  beginFlush(): FlushWork | undefined;
  /** That work is done, or has failed. */
  endFlush(error?: Error): void;
}

/**
 * Logs that are flushed at once; the others wait. Each holds its files open meanwhile, and the disk takes them one by one
 * anyway.
 */
const MAX_RUNNING = 64;

/** Logs that become due meanwhile can wait so long. */
const LOOK_PAUSE_MS = 5;

export class Flusher {
  readonly #background: BackgroundDisk;
  /** Unflushed logs, by the monotonic time at which they are to be flushed. */
  readonly #dueMs = new Map<Flushable, number>();
  /** Logs to be flushed at the next tick, or when the sync that is under way has ended. */
  readonly #wanted = new Set<Flushable>();
  readonly #running = new Set<Flushable>();
  /** Not later than the earliest of `#dueMs`. */
  #nextMs = Infinity;

  constructor(background: BackgroundDisk) {
    this.#background = background;
  }

  /** `log` has something unflushed; it can wait until `dueMs`. */
  schedule(log: Flushable, dueMs: number): void {
    if (dueMs >= (this.#dueMs.get(log) ?? Infinity)) return;
    this.#dueMs.set(log, dueMs);
    this.#nextMs = Math.min(this.#nextMs, dueMs);
  }

  /** Flushes `log` as soon as may be. */
  flush(log: Flushable): void {
    this.#wanted.add(log);
  }

  /** Nothing more is to be done for `log`; what is under way goes on. */
  forget(log: Flushable): void {
    this.#dueMs.delete(log);
    this.#wanted.delete(log);
  }

  /** Begins what is wanted and due; returns the monotonic time of the next call if nothing happens before, or Infinity. */
  tick(nowMs: number): number {
    if (nowMs >= this.#nextMs) this.#collectDue(nowMs);
    // As they are now: what is wanted because of a start is for the next turn, or there might be no end.
    for (const log of [...this.#wanted]) {
      if (this.#running.size >= MAX_RUNNING) break;
      if (!this.#running.has(log)) this.#start(log);
    }
    return this.#nextMs;
  }

  #collectDue(nowMs: number): void {
    this.#nextMs = Infinity;
    for (const [log, dueMs] of this.#dueMs) {
      if (dueMs <= nowMs) this.#wanted.add(log);
      else this.#nextMs = Math.min(this.#nextMs, dueMs);
    }
    // Ten thousand logs, each due at another moment, would be walked in every turn.
    this.#nextMs = Math.max(this.#nextMs, nowMs + LOOK_PAUSE_MS);
  }

  #start(log: Flushable): void {
    this.#wanted.delete(log);
    this.#dueMs.delete(log);
    const work = log.beginFlush();
    if (work === undefined) return;
    const { files, directories } = work;
    this.#running.add(log);
    this.#background.sync(files, (error) => this.#syncDirectories(log, directories, 0, error));
  }

  #syncDirectories(log: Flushable, directories: readonly string[], index: number, error?: Error): void {
    const directory = directories[index];
    if (error || directory === undefined) {
      this.#running.delete(log);
      return log.endFlush(error);
    }
    this.#background.syncDirectory(directory, (error) => {
      this.#syncDirectories(log, directories, index + 1, error);
    });
  }
}
