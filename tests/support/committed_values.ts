/**
 * What a consumer reads of committed records, as clients make it out: the batches up to the last stable offset, without those
 * of transactions that the answer says were aborted, and without markers.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords } from "../../protocol/records.ts";
import { decodeEndMarker } from "../../protocol/end_marker.ts";
import type { TestClient } from "./test_client.ts";

const READ_COMMITTED = 1;
const FETCH_VERSION = 12;

/** Values of the partition's committed records, in order. */
export function* committedValues(
  client: TestClient,
  topic: string,
  partition = 0,
): Generator<void, string[]> {
  const values: string[] = [];
  const decoder = new TextDecoder();
  for (let offset = 0;;) {
    const { responses } = yield* client.ask(api.Fetch, FETCH_VERSION, {
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel: READ_COMMITTED,
      topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 1 << 20 }] }],
    });
    const { records, errorCode, abortedTransactions } = responses[0]!.partitions[0]!;
    if (errorCode !== ErrorCode.NONE) {
      throw new Error(`a fetch of ${topic}-${partition} has error ${errorCode}`);
    }
    if (records === null || records.length === 0) return values;
    const begins = [...abortedTransactions ?? []].sort((a, b) => a.firstOffset - b.firstOffset);
    const aborted = new Set<number>();
    for (let position = 0; position < records.length;) {
      const batch = new RecordBatch(records, position);
      position += batch.sizeInBytes;
      offset = batch.lastOffset + 1;
      while (begins[0] !== undefined && begins[0].firstOffset <= batch.lastOffset) {
        aborted.add(begins.shift()!.producerId);
      }
      if (batch.isControl) {
        if (decodeEndMarker(batch)?.type === "abort") aborted.delete(batch.producerId);
        continue;
      }
      if (batch.isTransactional && aborted.has(batch.producerId)) continue;
      for (const { value } of decodeRecords(batch, { maxBytes: 1 << 20 })) {
        values.push(decoder.decode(value!));
      }
    }
  }
}
