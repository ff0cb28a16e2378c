/**
 * How transactions have ended lately, by what the journal says: for a start after a power cut, which may have taken the
 * markers from a partition and left the journal's word that they were written.
 *
 * A transaction that is found open in a partition is the first of those whose marker is missing there, or one that has not
 * ended. By the second version of the protocol the epoch tells whether a marker is missing; by the first, in which one epoch
 * may serve many transactions, the time does: a marker is not older than the decision that it follows.
 * @module
 */
import { hasPartition } from "./topic_partitions.ts";
import { bumpsEpoch, type ProducerIdentity, type Transaction } from "./transaction.ts";

/** Old ones are forgotten so many at a time. */
const FORGET_AT_ONCE = 1000;

export class RecentEnds {
  readonly #windowMs: number;
  /** By producer id, in the order in which they were prepared. */
  readonly #ends = new Map<number, Transaction[]>();
  #newestMs = -Infinity;

  /** Markers that were written longer than `windowMs` before the end can't have been lost. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The next record of any transaction. */
  note(transaction: Transaction): void {
    const { producerId, status, updatedMs } = transaction;
    this.#newestMs = Math.max(this.#newestMs, updatedMs);
    if (status !== "PrepareCommit" && status !== "PrepareAbort") return;
    let ends = this.#ends.get(producerId);
    if (ends === undefined) this.#ends.set(producerId, ends = []);
    ends.push(transaction);
    const oldCount = ends.findIndex((end) => end.updatedMs >= updatedMs - this.#windowMs);
    if (oldCount >= FORGET_AT_ONCE) ends.splice(0, oldCount);
  }

  /**
   * The end that is missing to the transaction of `producer` which is open in a partition, where its last marker is of
   * `lastMarkerMs` (undefined: nobody knows). Undefined if none is missing, or it is not certain which.
   */
  missingEnd(
    { producerId, producerEpoch }: ProducerIdentity,
    topic: string,
    partition: number,
    lastMarkerMs = Infinity,
  ): Transaction | undefined {
    return this.#ends.get(producerId)?.find((end) =>
      end.updatedMs >= this.#newestMs - this.#windowMs &&
      endsEpoch(end, producerEpoch) &&
      hasPartition(end.partitions, topic, partition) &&
      (bumpsEpoch(end) || end.updatedMs > lastMarkerMs)
    );
  }
}

/** Whether a transaction with that epoch may be what it is the end of. */
export function endsEpoch(end: Transaction, producerEpoch: number): boolean {
  const isNewer = end.producerEpoch === producerEpoch + 1;
  if (bumpsEpoch(end)) return isNewer;
  // By the first version only fencing brings a new one.
  return end.producerEpoch === producerEpoch || (isNewer && end.status === "PrepareAbort");
}
