/**
 * How much of a log is on stable storage, what else has to get there, and who waits for it.
 *
 * One flush at a time. It covers what the log held when it began; what is appended meanwhile is the next one's.
 * @module
 */
import type { DiskFile } from "./disk.ts";
import type { FlushWork } from "./flusher.ts";
import type { LogEnd } from "./log_end.ts";
import { invariant } from "./log_error.ts";

interface Waiter {
  readonly offset: number;
  readonly done: (error?: Error) => void;
}

interface Flush {
  readonly end: LogEnd;
  readonly files: readonly DiskFile[];
  /** Those of `files` that nobody else needs. */
  readonly snapshots: readonly DiskFile[];
  readonly directories: readonly string[];
}

export class FlushState {
  #flushed: LogEnd;
  #running: Flush | undefined;
  #unsyncedDirectories: string[];
  #unsyncedSnapshots: DiskFile[] = [];
  #waiters: Waiter[] = [];

  constructor(flushed: LogEnd, unsyncedDirectories: readonly string[]) {
    this.#flushed = flushed;
    this.#unsyncedDirectories = [...unsyncedDirectories];
  }

  /** All before it is on stable storage. */
  get flushed(): LogEnd {
    return this.#flushed;
  }

  /** All below it is on stable storage, or will be if the flush that is under way succeeds. */
  get coveredOffset(): number {
    return this.#running?.end.offset ?? this.#flushed.offset;
  }

  /** Directories whose entries are not known to be durable, those of a flush under way included. */
  get unsyncedDirectories(): ReadonlySet<string> {
    return new Set([...this.#unsyncedDirectories, ...this.#running?.directories ?? []]);
  }

  /** Whether all snapshots that were noted are on stable storage. */
  get areSnapshotsSynced(): boolean {
    return this.#unsyncedSnapshots.length === 0 && (this.#running?.snapshots.length ?? 0) === 0;
  }

  /** `directory` has new entries. */
  noteDirectory(directory: string): void {
    if (!this.#unsyncedDirectories.includes(directory)) this.#unsyncedDirectories.push(directory);
  }

  /** Takes over a file that is to be synced with the next flush and closed. */
  noteSnapshot(file: DiskFile): void {
    this.#unsyncedSnapshots.push(file);
  }

  /** `done` is called when all below `offset` is flushed, or has to be given up. */
  wait(offset: number, done: (error?: Error) => void): void {
    this.#waiters.push({ offset, done });
  }

  /** A flush of all before `end` begins; `files` hold what is not flushed of it. */
  begin(end: LogEnd, files: readonly DiskFile[]): FlushWork {
    invariant(this.#running === undefined, () => "two flushes of a log at once");
    const snapshots = this.#unsyncedSnapshots;
    const directories = this.#unsyncedDirectories;
    this.#unsyncedSnapshots = [];
    this.#unsyncedDirectories = [];
    this.#running = { end, snapshots, directories, files: [...files, ...snapshots] };
    for (const file of this.#running.files) file.retain();
    return { directories, files: this.#running.files };
  }

  /** It has ended, well or not. Returns what it was to cover, for `advance`. */
  end(): LogEnd {
    invariant(this.#running !== undefined, () => "a flush of a log ended that never began");
    const { end, files, snapshots } = this.#running;
    this.#running = undefined;
    for (const file of files) file.release();
    for (const snapshot of snapshots) snapshot.close();
    return end;
  }

  /** It could not be tried: all that it was to cover is the next one's. */
  putOff(): void {
    invariant(this.#running !== undefined, () => "a flush of a log was put off that never began");
    const { files, snapshots, directories } = this.#running;
    this.#running = undefined;
    for (const file of files) file.release();
    this.#unsyncedSnapshots = [...snapshots, ...this.#unsyncedSnapshots];
    this.#unsyncedDirectories = [...new Set([...directories, ...this.#unsyncedDirectories])];
  }

  /** All before `end` is on stable storage now. */
  advance(end: LogEnd): void {
    if (end.offset >= this.#flushed.offset) this.#flushed = end;
  }

  /** Tells those who waited for what is flushed. */
  answer(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ offset }) => offset > this.#flushed.offset);
    for (const { offset, done } of waiters) if (offset <= this.#flushed.offset) done();
  }

  /** Tells all who wait that they wait in vain. */
  fail(error: Error): void {
    for (const { done } of this.#waiters.splice(0)) done(error);
  }

  close(): void {
    for (const snapshot of this.#unsyncedSnapshots.splice(0)) snapshot.close();
  }
}
