/**
 * Which batches of a fetch answer belong to transactions that were aborted, as Kafka's consumers find out (KIP-98): the
 * answer lists each such transaction by its producer and first offset; it lasts until the producer's abort marker.
 *
 * What must be true: batches are shown to it in the order of their offsets.
 * @module
 */
import type { RecordBatch } from "../../protocol/record_batch.ts";
import { controlRecordType, decodeRecords } from "../../protocol/records.ts";

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** A marker is a record of some twenty bytes. */
const MAX_MARKER_BYTES = 1024;

export class AbortedTransactions {
  readonly #coming: readonly AbortedTransaction[];
  readonly #open = new Set<number>();
  #next = 0;

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#coming = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether `batch` is to be left out. */
  hides(batch: RecordBatch): boolean {
    for (; this.#next < this.#coming.length; this.#next++) {
      const { producerId, firstOffset } = this.#coming[this.#next]!;
      if (firstOffset > batch.lastOffset) break;
      this.#open.add(producerId);
    }
    if (!batch.isTransactional || !this.#open.has(batch.producerId)) return false;
    if (!batch.isControl) return true;
    if (isAbort(batch)) this.#open.delete(batch.producerId);
    return true;
  }
}

function isAbort(batch: RecordBatch): boolean {
  for (const { key } of decodeRecords(batch, { maxBytes: MAX_MARKER_BYTES })) {
    return controlRecordType(key) === "abort";
  }
  return false;
}
