/**
 * Up to where a log's transactions have ended by markers that no power cut can take back. Compaction reaches no further: it takes
 * away what was aborted, and what a committed record replaces. Were the marker lost afterwards, the transaction would be open
 * again and might end the other way, and then either its records or those that they replaced would be missing, although all
 * of them had been flushed.
 *
 * Nothing keeps the offsets of commit markers. But whatever had ended when the log ended at some offset has its marker below that
 * offset: so a look at the log holds from then on when the recovery point has got there.
 * @module
 */

/** What a look at a log shows. */
export interface StableLog {
  readonly endOffset: number;
  /** The first offset of a transaction that is still open, or where nothing is readable yet. */
  readonly lastStableOffset: number;
  /** All below it is on stable storage. */
  readonly recoveryPoint: number;
}

export class DurableStableOffset {
  #offset = 0;
  #pending: StableLog | undefined;

  /** Takes a look at the log and returns the offset. */
  update(log: StableLog): number {
    this.#settle(log.recoveryPoint);
    this.#pending ??= log;
    this.#settle(log.recoveryPoint);
    return this.#offset;
  }

  #settle(recoveryPoint: number): void {
    if (this.#pending === undefined || this.#pending.endOffset > recoveryPoint) return;
    this.#offset = this.#pending.lastStableOffset;
    this.#pending = undefined;
  }
}
