/**
 * Fetches that wait for data, and who is told when a log changes. An append marks the fetches that wait on its log, and once a
 * turn the marked ones look again, so that many appends in one turn cost a waiting fetch one look.
 *
 * Who watches a log need not wait: the partitions of a fetch session watch theirs as long as the session lasts, so that a fetch
 * which begins to wait with a thousand partitions has nothing to enter anywhere but itself.
 * @module
 */
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Deadline, Deadlines } from "../reactor/deadlines.ts";

/** A fetch that did not have enough bytes to be answered. */
export interface WaitingFetch {
  /** Answers if there is enough now, or if `isLate`. Returns whether it did. */
  tryAnswer(isLate: boolean): boolean;
}

export interface LogWatcher {
  /** What can be read of its log has changed, or the log is gone. Only to be noted: nothing is read or answered now. */
  onLogChange(): void;
}

export class FetchWaiters {
  /** Most logs have one watcher: a set of its own for each would cost more than all the rest. */
  readonly #watching = new Map<PartitionLog, LogWatcher | Set<LogWatcher>>();
  readonly #waiting = new Map<WaitingFetch, Deadline>();
  readonly #marked = new Set<WaitingFetch>();
  readonly #deadlines: Deadlines;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Fetches that wait. */
  get count(): number {
    return this.#waiting.size;
  }

  /** Logs that somebody watches. */
  get watchedCount(): number {
    return this.#watching.size;
  }

  watch(log: PartitionLog, watcher: LogWatcher): void {
    const watching = this.#watching.get(log);
    if (watching === undefined) this.#watching.set(log, watcher);
    else if (watching instanceof Set) watching.add(watcher);
    else this.#watching.set(log, new Set([watching, watcher]));
  }

  unwatch(log: PartitionLog, watcher: LogWatcher): void {
    const watching = this.#watching.get(log);
    if (watching === watcher) this.#watching.delete(log);
    else if (watching instanceof Set && watching.delete(watcher) && watching.size === 0) {
      this.#watching.delete(log);
    }
  }

  /** Parks `fetch` until it is marked and finds enough, or `dueMs` has come. */
  add(fetch: WaitingFetch, dueMs: number): void {
    this.#waiting.set(fetch, this.#deadlines.add(dueMs, () => this.answerNow(fetch)));
  }

  /** It is answered, or its client is gone. */
  remove(fetch: WaitingFetch): void {
    this.#waiting.get(fetch)?.cancel();
    this.#waiting.delete(fetch);
    this.#marked.delete(fetch);
  }

  /** What can be read of `log` has changed, or the log is gone: who watches it is told. */
  mark(log: PartitionLog): void {
    const watching = this.#watching.get(log);
    if (watching instanceof Set) { for (const watcher of watching) watcher.onLogChange(); }
    else watching?.onLogChange();
  }

  /** Something that `fetch` waited for is there: it is to look again, if it still waits. */
  markOne(fetch: WaitingFetch): void {
    if (this.#waiting.has(fetch)) this.#marked.add(fetch);
  }

  /** Lets the marked ones look. */
  answerMarked(): void {
    if (this.#marked.size === 0) return;
    const marked = [...this.#marked];
    this.#marked.clear();
    for (const fetch of marked) {
      // The answer to one may be the end of another's wait.
      if (this.#waiting.has(fetch) && fetch.tryAnswer(false)) this.remove(fetch);
    }
  }

  /** Answers `fetch`, if it still waits, with what there is. */
  answerNow(fetch: WaitingFetch): void {
    if (!this.#waiting.has(fetch)) return;
    fetch.tryAnswer(true);
    this.remove(fetch);
  }

  /** Answers all that wait with what there is: the broker stops. */
  answerAll(): void {
    for (const fetch of [...this.#waiting.keys()]) this.answerNow(fetch);
  }
}
