/**
 * The transactions of a partition that keep its last stable offset back: those that are open, and those that were ended
 * by a marker which is not acknowledged yet. Whoever reads committed records only stops before the first record of the
 * oldest of them.
 *
 * A producer has one transaction at a time. They are kept in the order of their first offsets, which is the order in which
 * they begin.
 * @module
 */

/** A transaction that a marker has ended. */
export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  /** The last stable offset as the marker leaves it, once it is acknowledged. */
  readonly lastStableOffset: number;
  readonly isAborted: boolean;
}

export class OpenTransactions {
  /** First offset by producer id, ascending. */
  readonly #open = new Map<number, number>();
  /** Ended, by rising offset of the marker. */
  readonly #unacknowledged: CompletedTransaction[] = [];

  /** The first offset of the oldest; Infinity if there is none. */
  get firstUnstableOffset(): number {
    let first = this.#firstOpenOffset;
    for (const { firstOffset } of this.#unacknowledged) first = Math.min(first, firstOffset);
    return first;
  }

  /** No transaction that is known begins at a later offset. */
  begin(producerId: number, firstOffset: number): void {
    this.#open.set(producerId, firstOffset);
  }

  /** The transaction of `producerId` was ended by a marker at `lastOffset`. */
  end(producerId: number, lastOffset: number, isAborted: boolean): CompletedTransaction | undefined {
    const firstOffset = this.#open.get(producerId);
    if (firstOffset === undefined) return undefined;
    this.#open.delete(producerId);
    const lastStableOffset = Math.min(this.#firstOpenOffset, lastOffset + 1);
    const completed = { producerId, firstOffset, lastOffset, lastStableOffset, isAborted };
    this.#unacknowledged.push(completed);
    return completed;
  }

  /** All before `highWatermark` is acknowledged. */
  acknowledge(highWatermark: number): void {
    const count = this.#unacknowledged.findIndex(({ lastOffset }) => lastOffset >= highWatermark);
    this.#unacknowledged.splice(0, count < 0 ? this.#unacknowledged.length : count);
  }

  get #firstOpenOffset(): number {
    if (this.#open.size === 0) return Infinity;
    for (const firstOffset of this.#open.values()) return firstOffset;
    return Infinity;
  }
}
