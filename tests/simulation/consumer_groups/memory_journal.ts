/**
 * A journal in memory, of one partition. It may refuse to write, acknowledge later, and be compacted.
 * @module
 */
import type { JournalRecord, ReplayedRecord } from "../../../broker/coordinator/journal.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { LogError } from "../../../storage/log_error.ts";
import type { TestClock } from "../../support/storage_fixture.ts";

export class MemoryJournal {
  readonly topic = "__consumer_offsets";
  readonly #clock: TestClock;
  readonly #waiting: (() => void)[] = [];
  #records: ReplayedRecord[] = [];
  #nextOffset = 0;
  /** The next append fails. */
  isFailing = false;
  acknowledgesLater = false;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#records.length;
  }

  partitionOf(): number {
    return 0;
  }

  append(_partition: number, records: readonly JournalRecord[]): number {
    const first = this.#nextOffset;
    if (this.isFailing) {
      this.isFailing = false;
      throw new LogError(ErrorCode.KAFKA_STORAGE_ERROR, "the disk fails, as the test wants it");
    }
    for (const { key, value } of records) {
      this.#records.push({
        key: key.slice(),
        value: value && value.slice(),
        offset: this.#nextOffset++,
        timestamp: this.#clock.now(),
        producer: undefined,
      });
    }
    return first;
  }

  whenAcknowledged(_partition: number, done: (error?: Error) => void): void {
    if (this.acknowledgesLater) this.#waiting.push(done);
    else done();
  }

  acknowledge(): void {
    for (const done of this.#waiting.splice(0)) done();
  }

  /** The broker is gone, and with it who waited. */
  forget(): void {
    this.#waiting.length = 0;
  }

  /** Keeps the last record of each key among the first `count`, and of those that take something back none. */
  compact(count: number): void {
    const last = new Map<string, number>();
    const first = this.#records.slice(0, count);
    for (const { key, offset } of first) last.set(key.toHex(), offset);
    const kept = first.filter(({ key, value, offset }) => value !== null && last.get(key.toHex()) === offset);
    this.#records = [...kept, ...this.#records.slice(count)];
  }

  replay(take: (record: ReplayedRecord) => void): void {
    for (const record of this.#records) take(record);
  }
}
