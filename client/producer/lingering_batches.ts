/**
 * Batches that wait for more records, in the order that they were opened, which is that in which their time is over.
 *
 * What must be true: each is told of once, when it is due, unless it has been closed by then.
 * @module
 */
import type { SenderBatch } from "./sender_batch.ts";

/** What has been looked at stays in the array until it is so many: moving the rest each time would cost more. */
const MOST_PASSED = 1024;

export class LingeringBatches {
  readonly #lingerMs: number;
  readonly #batches: SenderBatch[] = [];
  #passed = 0;

  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  add(batch: SenderBatch): void {
    this.#batches.push(batch);
  }

  /** Gives those to `close` whose time is over, or all if it `isUrgent`; returns when the next is due, or Infinity. */
  closeDue(now: number, isUrgent: boolean, close: (batch: SenderBatch) => void): number {
    const batches = this.#batches;
    let nextDue = Infinity;
    for (; this.#passed < batches.length; this.#passed++) {
      const batch = batches[this.#passed]!;
      if (batch.isClosed) continue;
      const due = batch.openedAt + this.#lingerMs;
      if (!isUrgent && now < due) {
        nextDue = due;
        break;
      }
      close(batch);
    }
    if (this.#passed === batches.length || this.#passed > MOST_PASSED) {
      batches.splice(0, this.#passed);
      this.#passed = 0;
    }
    return nextDue;
  }
}
