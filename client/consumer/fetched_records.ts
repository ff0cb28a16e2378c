/**
 * The records in what a fetch has brought.
 *
 * What must be true: records are given from the offset asked for on, in order, each once; those of aborted transactions
 * and those that are not decided yet are left out where only what is committed is wanted; what is unpacked is bounded,
 * whatever a batch claims.
 * @module
 */
import { BATCH_OVERHEAD, RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, type LogRecord, RecordsError } from "../../protocol/records.ts";
import type { AbortedTransactions } from "./aborted_transactions.ts";

/** Most bytes that one batch may unpack to. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
/** What a record counts besides its key and value. */
const RECORD_OVERHEAD_BYTES = 64;

/** Batches of one partition, in order. */
export interface FetchedBatches {
  readonly records: Uint8Array | null;
  /** undefined: all is shown. */
  readonly aborted: AbortedTransactions | undefined;
}

/** Takes a record; false: it is not wanted any more, nor is what follows. */
export type Take = (record: LogRecord) => boolean;

/** What is thrown for a batch that can't be read. */
export class UnreadableBatchError extends Error {
  override name = "UnreadableBatchError";
  /** What is kept there stays as it is. */
  readonly retriable = false;

  constructor(readonly offset: number, readonly nextOffset: number, reason: string) {
    super(
      `The record at offset ${offset} cannot be read: ${reason}. offset=${nextOffset} goes on after its batch.`,
    );
  }
}

/**
 * Gives the records of `fetched` from `offset` on to `take`, one at a time; returns the offset to go on at: also past what
 * is not shown (markers of transactions, what compaction left of a batch, what was aborted). Throws an UnreadableBatchError
 * if the first batch can't be read; before a later one it ends, and the error is for whoever goes on there.
 */
export function takeRecords(fetched: FetchedBatches, offset: number, take: Take): number {
  const { records: bytes, aborted } = fetched;
  if (bytes === null) return offset;
  const batch = new RecordBatch();
  let isFirst = true;
  // The last batch may be cut off where the broker's limit was.
  for (let position = 0; position + BATCH_OVERHEAD <= bytes.length;) {
    batch.reset(bytes, position);
    const size = batch.sizeInBytes;
    if (size < BATCH_OVERHEAD || position + size > bytes.length) break;
    position += size;
    const nextOffset = batch.lastOffset + 1;
    const isHidden = aborted?.hides(batch) ?? false;
    if (nextOffset <= offset) continue;
    try {
      for (
        const record of batch.isControl || isHidden
          ? []
          : decodeRecords(batch, { maxBytes: MAX_UNPACKED_BYTES })
      ) {
        if (record.offset < offset) continue;
        if (!take(record)) return record.offset;
        offset = record.offset + 1;
        isFirst = false;
      }
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error;
      if (!isFirst) return offset;
      throw new UnreadableBatchError(offset, nextOffset, error.message);
    }
    offset = nextOffset;
  }
  return offset;
}

export interface TakenRecords {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  /** About what they take, unpacked. */
  readonly byteCount: number;
}

/** As takeRecords: at most so many, one at least if there is one. */
export function takeSome(
  fetched: FetchedBatches,
  offset: number,
  limits: { readonly maxRecords: number; readonly maxBytes: number },
): TakenRecords {
  const records: LogRecord[] = [];
  let byteCount = 0;
  const nextOffset = takeRecords(fetched, offset, (record) => {
    if (records.length >= limits.maxRecords || byteCount >= limits.maxBytes) return false;
    records.push(record);
    byteCount += RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    return true;
  });
  return { records, nextOffset, byteCount };
}
