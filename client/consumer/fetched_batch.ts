/**
 * The batches in what a fetch has brought of one partition.
 * @module
 */
import { BATCH_OVERHEAD, CURRENT_MAGIC, LOG_OVERHEAD, RecordBatch } from "../../protocol/record_batch.ts";
import type { AbortedTransactions } from "./aborted_transactions.ts";

/** A batch that lies at `position` of `bytes`. */
export interface FetchedBatch {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly sizeInBytes: number;
  /** Behind its last record. */
  readonly nextOffset: number;
  /** A marker, or of a transaction that was aborted: nothing of it is given. */
  readonly isHidden: boolean;
}

/** The whole batches in `bytes` with anything from `offset` on. What an old broker keeps in other formats ends the list. */
export function splitBatches(
  bytes: Uint8Array,
  offset: number,
  aborted: AbortedTransactions | undefined,
): FetchedBatch[] {
  const batches: FetchedBatch[] = [];
  const batch = new RecordBatch();
  // The last batch may be cut off where the broker's limit was.
  for (let position = 0; position + BATCH_OVERHEAD <= bytes.length;) {
    batch.reset(bytes, position);
    const { sizeInBytes } = batch;
    if (sizeInBytes <= LOG_OVERHEAD || position + sizeInBytes > bytes.length) break;
    const isReadable = batch.magic === CURRENT_MAGIC && sizeInBytes >= BATCH_OVERHEAD;
    const nextOffset = isReadable ? batch.lastOffset + 1 : batch.baseOffset + 1;
    // In the order of their offsets, whether wanted or not: it keeps track of what is open.
    const isHidden = isReadable && ((aborted?.hides(batch) ?? false) || batch.isControl);
    if (nextOffset > offset) batches.push({ bytes, position, sizeInBytes, nextOffset, isHidden });
    if (!isReadable) break;
    position += sizeInBytes;
  }
  return batches;
}
