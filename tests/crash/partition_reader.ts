/**
 * Reads a partition with keys, headers and gaps between offsets, of whatever codec, and checks each batch on the way.
 * @module
 */
import assert from "node:assert/strict";
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import { checkStoredBatch, LOG_OVERHEAD, RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, type LogRecord } from "../../protocol/records.ts";

const BYTES_PER_FETCH = 8_000_000;
const UNPACKED_BYTES = 1 << 24;

/** All batches, from the partition's first offset to its end as it is when that is reached. */
export async function* readBatches(
  connection: Connection,
  topic: string,
  partition = 0,
): AsyncGenerator<RecordBatch> {
  for (let position = await earliestOffset(connection, topic, partition);;) {
    const answer = await connection.request(api.Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: BYTES_PER_FETCH,
      topics: [{
        topic,
        partitions: [{ partition, fetchOffset: position, partitionMaxBytes: BYTES_PER_FETCH }],
      }],
    }, { maxVersion: 12 });
    const { errorCode, records, highWatermark } = answer.responses[0]!.partitions[0]!;
    assert.equal(errorCode, 0, `reading ${topic}-${partition} at ${position}: ${errorName(errorCode)}`);
    // Compaction may have left nothing between there and the end.
    if (position >= highWatermark || records === null || records.length === 0) return;
    for (const batch of batchesIn(records)) {
      assert.ok(
        batch.lastOffset >= position,
        `${topic}-${partition}: batch ${batch.baseOffset} at ${position}`,
      );
      position = batch.lastOffset + 1;
      yield batch;
    }
  }
}

/** All records, from the partition's first offset to its end. */
export async function readRecords(
  connection: Connection,
  topic: string,
  partition = 0,
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of readBatches(connection, topic, partition)) {
    records.push(...decodeRecords(batch, { maxBytes: UNPACKED_BYTES }));
  }
  return records;
}

export async function earliestOffset(connection: Connection, topic: string, partition = 0): Promise<number> {
  const answer = await connection.request(api.ListOffsets, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: -2 }] }],
  }, { maxVersion: 7 });
  const { errorCode, offset } = answer.topics[0]!.partitions[0]!;
  assert.equal(errorCode, 0, `the first offset of ${topic}-${partition}: ${errorName(errorCode)}`);
  return offset;
}

/** The whole batches in what a fetch has brought, which may end within one. */
function* batchesIn(bytes: Uint8Array): Generator<RecordBatch> {
  for (let position = 0; position + LOG_OVERHEAD <= bytes.length;) {
    const batch = new RecordBatch(bytes, position);
    if (position > 0 && position + batch.sizeInBytes > bytes.length) return;
    const problem = checkStoredBatch(bytes, position, bytes.length, batch);
    assert.equal(problem, undefined, problem?.message);
    yield batch;
    position += batch.sizeInBytes;
  }
}
