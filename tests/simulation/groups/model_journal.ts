/**
 * A journal in memory that fails, acknowledges late, and loses in a crash what was not acknowledged.
 * @module
 */
import type { Journal, JournalReader, JournalRecord } from "../../../broker/coordinator/journal.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { LogError } from "../../../storage/log_error.ts";

interface KeptRecord extends JournalRecord {
  /** What is appended together is kept together, or not at all. */
  readonly batch: number;
}

interface Waiter {
  /** How many records must be acknowledged. */
  readonly count: number;
  readonly done: (error?: Error) => void;
}

export class ModelJournal implements Pick<Journal, "topic" | "partitionOf" | "append" | "whenAcknowledged"> {
  readonly topic = "__facts";
  #records: KeptRecord[] = [];
  #batchCount = 0;
  #acknowledged = 0;
  #waiters: Waiter[] = [];
  /** Acknowledgements are held back until `release`. */
  isHeld = false;
  /** The next appends fail. */
  failures = 0;
  #isFenced = false;
  /** The last thing that was to be written is not. */
  isBehind = false;

  get isClean(): boolean {
    return !this.#isFenced && this.#acknowledged === this.#records.length;
  }

  get isFenced(): boolean {
    return this.#isFenced;
  }

  partitionOf(_id: string): number {
    return 0;
  }

  append(_partition: number, records: readonly JournalRecord[]): number {
    if (this.#isFenced) throw new LogError(ErrorCode.KAFKA_STORAGE_ERROR, "the partition is fenced");
    if (this.failures > 0) {
      this.failures--;
      this.isBehind = true;
      throw new LogError(ErrorCode.NOT_ENOUGH_REPLICAS, "there is no room");
    }
    this.isBehind = false;
    const first = this.#records.length;
    const batch = this.#batchCount++;
    this.#records.push(...records.map((record) => ({ ...record, batch })));
    if (!this.isHeld) this.#acknowledged = this.#records.length;
    return first;
  }

  whenAcknowledged(_partition: number, done: (error?: Error) => void): void {
    if (this.#isFenced) done(new LogError(ErrorCode.KAFKA_STORAGE_ERROR, "the partition is fenced"));
    else if (this.#acknowledged === this.#records.length) done();
    else this.#waiters.push({ count: this.#records.length, done });
  }

  /** The disk is done with some of what it holds. */
  release(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.isHeld = false;
    this.#acknowledged = this.#records.length;
    for (const { done } of waiters) done();
  }

  /** fdatasync fails: nobody knows what is kept, and nothing is taken any more. */
  fence(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#isFenced = true;
    for (const { done } of waiters) done(new LogError(ErrorCode.KAFKA_STORAGE_ERROR, "fdatasync failed"));
  }

  /** The broker is gone: what was acknowledged is there, and `more` of the rest. */
  crash(more: (count: number) => number): void {
    let kept = this.#acknowledged + more(this.#records.length - this.#acknowledged);
    while (kept > this.#acknowledged && this.#records[kept]?.batch === this.#records[kept - 1]!.batch) kept--;
    this.#records = this.#records.slice(0, kept);
    this.#acknowledged = kept;
    this.#waiters = [];
    this.isHeld = false;
    this.failures = 0;
    this.#isFenced = false;
  }

  /** Of what is acknowledged, among the first `count`: keeps the last record of each key, and of those that take back none. */
  compact(count: number): void {
    const first = this.#records.slice(0, Math.min(count, this.#acknowledged));
    const last = new Map(first.map((record) => [record.key.toHex(), record]));
    const kept = first.filter((record) => record.value !== null && last.get(record.key.toHex()) === record);
    this.#records.splice(0, first.length, ...kept);
    this.#acknowledged -= first.length - kept.length;
  }

  get size(): number {
    return this.#records.length;
  }

  replay(reader: Pick<JournalReader, "record">): void {
    this.#records.forEach(({ key, value }, offset) =>
      reader.record(0, { key, value, offset, timestamp: 0, producer: undefined })
    );
  }
}
