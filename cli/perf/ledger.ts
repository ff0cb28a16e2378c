/**
 * What was sent to each partition, and what became of it.
 *
 * What must be true: batches of a partition are reported in the order in which its records were sent, so that a count is
 * enough to know which records a report is about. A record is sent, and then acknowledged or refused, never both.
 * @module
 */

/** Sequences from `from` up to, but without, `to`. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** The part of a producer's batch report that counts here. */
export interface Outcome {
  readonly partition: number;
  readonly recordCount: number;
  readonly error: Error | undefined;
}

/** Told of records that were acknowledged: when they were due, and how many have that time. */
export type OnAcknowledged = (dueMs: number, count: number) => void;

export class PartitionLedger {
  #sent = 0;
  #settled = 0;
  readonly #refused: SequenceRange[] = [];
  /** Pairs of numbers, as there may be a million of them: how many records, and when they were due. */
  #waiting: number[] = [];
  #first = 0;

  /** Records sent so far, and so the sequence of the next one. */
  get sent(): number {
    return this.#sent;
  }

  /** Those of which is known what became of them. */
  get settled(): number {
    return this.#settled;
  }

  /** In their order; no two of them touch. */
  get refused(): readonly SequenceRange[] {
    return this.#refused;
  }

  get refusedCount(): number {
    return this.#refused.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  get acknowledgedCount(): number {
    return this.#settled - this.refusedCount;
  }

  send(count: number, dueMs: number): void {
    this.#sent += count;
    const last = this.#waiting.length - 2;
    if (last >= this.#first && this.#waiting[last + 1] === dueMs) this.#waiting[last]! += count;
    else this.#waiting.push(count, dueMs);
  }

  settle(count: number, wasRefused: boolean, onAcknowledged: OnAcknowledged): void {
    if (count > this.#sent - this.#settled) {
      throw new Error(
        `${count} records reported where ${
          this.#sent - this.#settled
        } were waiting: the client has reported some twice`,
      );
    }
    if (wasRefused) this.#refuse({ from: this.#settled, to: this.#settled + count });
    this.#settled += count;
    for (let left = count; left > 0;) {
      const there = this.#waiting[this.#first]!;
      const taken = Math.min(there, left);
      if (!wasRefused) onAcknowledged(this.#waiting[this.#first + 1]!, taken);
      left -= taken;
      if (taken < there) this.#waiting[this.#first] = there - taken;
      else this.#first += 2;
    }
    if (this.#first > 10_000 && this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
  }

  #refuse(range: SequenceRange): void {
    const last = this.#refused.at(-1);
    if (last?.to === range.from) this.#refused[this.#refused.length - 1] = { from: last.from, to: range.to };
    else this.#refused.push(range);
  }
}

export class Ledger {
  readonly partitions: readonly PartitionLedger[];
  readonly #onAcknowledged: OnAcknowledged;
  #firstError: Error | undefined;

  constructor(partitionCount: number, onAcknowledged: OnAcknowledged = () => {}) {
    this.partitions = Array.from({ length: partitionCount }, () => new PartitionLedger());
    this.#onAcknowledged = onAcknowledged;
  }

  /** Why the first record that was refused was. */
  get firstError(): Error | undefined {
    return this.#firstError;
  }

  settle({ partition, recordCount, error }: Outcome): void {
    this.#firstError ??= error;
    this.partitions[partition]!.settle(recordCount, error !== undefined, this.#onAcknowledged);
  }
}
