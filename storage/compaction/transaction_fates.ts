/**
 * How the transactions ended whose batches are met on a walk through a log, and whether their markers are still needed.
 *
 * The walk covers only offsets below the first open transaction, so each transaction met was committed or aborted, though its
 * marker may lie behind the walk's end. What is not known to be aborted was committed.
 *
 * A marker is needed while a batch of its transaction is in the log, be it an empty one: who reads the log anew would else
 * take the transaction for open. So a marker is let go of only by a walk from the log's start that has not met any such
 * batch. (Rules: Kafka's log cleaner, KIP-98 and KIP-534.)
 * @module
 */
import type { RecordBatch } from "../../protocol/record_batch.ts";
import type { ControlRecordType } from "../../protocol/records.ts";
import type { AbortedTransaction } from "../transaction_index.ts";

export class TransactionFates {
  /** By first offset; those before #next have been met. */
  readonly #aborted: readonly AbortedTransaction[];
  #next = 0;
  /** Aborted transactions that began before where the walk is, the latest of each producer. */
  readonly #ongoing = new Map<number, AbortedTransaction>();
  /** Producers with a batch of a transaction whose marker has not been met. */
  readonly #observed = new Set<number>();
  readonly #forgotten = new Set<AbortedTransaction>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#aborted = aborted;
  }

  /** Counts in a batch that is no marker; says whether its records were taken back. */
  isAborted(batch: RecordBatch): boolean {
    if (!batch.isTransactional) return false;
    const { producerId, lastOffset } = batch;
    this.#observed.add(producerId);
    return this.#abortedAt(producerId, lastOffset) !== undefined;
  }

  /**
   * Counts in a marker; says whether nothing of its transaction is left. `type`: undefined for one that says nothing we know.
   * Throws if the transaction was aborted and we had not been told: its records have been taken for committed ones by then.
   */
  isNeedless(marker: RecordBatch, type: ControlRecordType | undefined): boolean {
    const { producerId, lastOffset } = marker;
    if (type === undefined) return false;
    const wasObserved = this.#observed.delete(producerId);
    const transaction = this.#abortedAt(producerId, lastOffset);
    if (type === "abort" && wasObserved && transaction === undefined) {
      throw new Error(
        `the log can't be compacted: no index names the transaction of producer ${producerId} that offset ${lastOffset} aborts`,
      );
    }
    if (type === "abort" && !wasObserved && transaction !== undefined) this.#forgotten.add(transaction);
    return !wasObserved;
  }

  /** Aborted transactions with a marker in [from, to), but those of which the walk has met nothing else: for an index. */
  toIndex(from: number, to: number): AbortedTransaction[] {
    return this.#aborted
      .filter((one) => one.lastOffset >= from && one.lastOffset < to && !this.#forgotten.has(one))
      .sort((a, b) => a.lastOffset - b.lastOffset);
  }

  #abortedAt(producerId: number, offset: number): AbortedTransaction | undefined {
    for (; this.#next < this.#aborted.length; this.#next++) {
      const transaction = this.#aborted[this.#next]!;
      if (transaction.firstOffset > offset) break;
      this.#ongoing.set(transaction.producerId, transaction);
    }
    const transaction = this.#ongoing.get(producerId);
    // An old entry must not condemn what came after its marker.
    return transaction !== undefined && offset <= transaction.lastOffset ? transaction : undefined;
  }
}
