/**
 * One fetch of one partition. What it brings is read by `takeRecords`.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { AbortedTransactions } from "../../client/consumer/aborted_transactions.ts";
import { FETCH_MARGIN_MS, MAX_FETCH_VERSION } from "../../client/consumer/fetch_partitions.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { BATCH_OVERHEAD, RecordBatch } from "../../protocol/record_batch.ts";

export { FETCH_MARGIN_MS, MAX_FETCH_VERSION };
export { takeRecords, UnreadableBatchError } from "../../client/consumer/fetched_records.ts";

export const ISOLATIONS = ["read_uncommitted", "read_committed"] as const;

export type Isolation = typeof ISOLATIONS[number];

export interface PartitionFetch {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
  /** How long to wait if there is nothing. */
  readonly waitMs: number;
  readonly isolation: Isolation;
}

/** What one partition's part of an answer has. */
export interface Fetched {
  /** Kafka's error code of the partition; if it is not 0 the rest has no meaning. */
  readonly errorCode: number;
  readonly startOffset: number;
  /** The offset after the last that may be read. */
  readonly endOffset: number;
  readonly records: Uint8Array | null;
  readonly aborted: AbortedTransactions | undefined;
}

/** Asks over a connection that may wait. Throws a ConnectionError. */
export async function fetchPartition(connection: Connection, what: PartitionFetch): Promise<Fetched> {
  const { topic, partition, offset, maxBytes, waitMs, isolation } = what;
  const answer = await connection.request(api.Fetch, {
    maxWaitMs: waitMs,
    minBytes: 1,
    maxBytes,
    isolationLevel: isolation === "read_committed" ? 1 : 0,
    topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
  }, { maxVersion: MAX_FETCH_VERSION, timeoutMs: waitMs + FETCH_MARGIN_MS });
  const found = answer.responses[0]?.partitions[0];
  if (found === undefined || answer.errorCode !== ErrorCode.NONE) {
    return failed(answer.errorCode || ErrorCode.UNKNOWN_SERVER_ERROR);
  }
  return fetched(found, isolation);
}

/** As FetchResponse has it. */
export interface PartitionAnswer {
  readonly errorCode: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly records: Uint8Array | null;
  readonly abortedTransactions:
    | readonly { readonly producerId: number; readonly firstOffset: number }[]
    | null;
}

export function fetched(answer: PartitionAnswer, isolation: Isolation): Fetched {
  const isCommitted = isolation === "read_committed";
  return {
    errorCode: answer.errorCode,
    startOffset: answer.logStartOffset,
    endOffset: isCommitted && answer.lastStableOffset >= 0 ? answer.lastStableOffset : answer.highWatermark,
    records: answer.records,
    aborted: isCommitted ? new AbortedTransactions(answer.abortedTransactions ?? []) : undefined,
  };
}

function failed(errorCode: number): Fetched {
  return { errorCode, startOffset: -1, endOffset: -1, records: null, aborted: undefined };
}

/** How many bytes of `bytes` are whole batches, and the offset after them. */
export function wholeBatches(bytes: Uint8Array, offset: number): { length: number; nextOffset: number } {
  const batch = new RecordBatch();
  let length = 0;
  while (length + BATCH_OVERHEAD <= bytes.length) {
    batch.reset(bytes, length);
    const size = batch.sizeInBytes;
    if (size < BATCH_OVERHEAD || length + size > bytes.length) break;
    length += size;
    offset = Math.max(offset, batch.lastOffset + 1);
  }
  return { length, nextOffset: offset };
}
