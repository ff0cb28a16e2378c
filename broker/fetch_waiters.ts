/**
 * Fetches that wait for data. Each waits on the logs it asked for; an append marks those that wait on its log, and
 * once a turn the marked ones look again, so that many appends in one turn cost a waiting fetch one look.
 * @module
 */
import type { PartitionLog } from "../storage/partition_log.ts";
import type { Deadline, Deadlines } from "./reactor/deadlines.ts";

/** A fetch that did not have enough bytes to be answered. */
export interface WaitingFetch {
  /** Answers if there is enough now, or if `isLate`. Returns whether it did. */
  tryAnswer(isLate: boolean): boolean;
}

export class FetchWaiters {
  readonly #byLog = new Map<PartitionLog, Set<WaitingFetch>>();
  readonly #waiting = new Map<
    WaitingFetch,
    { readonly logs: ReadonlySet<PartitionLog>; readonly deadline: Deadline }
  >();
  readonly #marked = new Set<WaitingFetch>();
  readonly #deadlines: Deadlines;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Parks `fetch` until one of `logs` grows or `dueMs` has come. */
  add(fetch: WaitingFetch, logs: ReadonlySet<PartitionLog>, dueMs: number): void {
    for (const log of logs) {
      let waiting = this.#byLog.get(log);
      if (waiting === undefined) this.#byLog.set(log, waiting = new Set());
      waiting.add(fetch);
    }
    const deadline = this.#deadlines.add(dueMs, () => this.#answerLate(fetch));
    this.#waiting.set(fetch, { logs, deadline });
  }

  /** It is answered, or its client is gone. */
  remove(fetch: WaitingFetch): void {
    const waiting = this.#waiting.get(fetch);
    if (waiting === undefined) return;
    waiting.deadline.cancel();
    this.#waiting.delete(fetch);
    this.#marked.delete(fetch);
    for (const log of waiting.logs) {
      const ofLog = this.#byLog.get(log);
      ofLog?.delete(fetch);
      if (ofLog?.size === 0) this.#byLog.delete(log);
    }
  }

  /** The readable end of `log` has moved, or the log is gone: who waits on it is to look again. */
  mark(log: PartitionLog): void {
    const waiting = this.#byLog.get(log);
    if (waiting === undefined) return;
    for (const fetch of waiting) this.#marked.add(fetch);
  }

  /** What `fetch` waited for besides is there: it is to look again, if it still waits. */
  markOne(fetch: WaitingFetch): void {
    if (this.#waiting.has(fetch)) this.#marked.add(fetch);
  }

  /** Lets the marked ones look. */
  answerMarked(): void {
    if (this.#marked.size === 0) return;
    const marked = [...this.#marked];
    this.#marked.clear();
    for (const fetch of marked) if (fetch.tryAnswer(false)) this.remove(fetch);
  }

  /** Answers all that wait with what there is: the broker stops. */
  answerAll(): void {
    for (const fetch of [...this.#waiting.keys()]) this.#answerLate(fetch);
  }

  #answerLate(fetch: WaitingFetch): void {
    fetch.tryAnswer(true);
    this.remove(fetch);
  }
}
