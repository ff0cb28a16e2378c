/**
 * Appends of whole batches by our own client, each acknowledged. It is the same for every broker and costs the same: what
 * differs is the broker's.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import { encodeBatch } from "../../protocol/records.ts";

const VALUE_BYTES = 100;
/** What a record of that size takes in a batch. */
const RECORD_BYTES = VALUE_BYTES + 7;
const TIMEOUT_MS = 30_000;
/** The last version that names topics, which both brokers know. */
const PRODUCE_VERSION = 11;

/** A partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A batch of records of 100 bytes that has about so many bytes, and at least one record. */
export function batchOf(batchBytes: number): Uint8Array {
  const value = Uint8Array.from({ length: VALUE_BYTES }, (_, index) => index);
  const timestamp = Date.now();
  const count = Math.max(1, Math.floor(batchBytes / RECORD_BYTES));
  return encodeBatch(Array.from({ length: count }, () => ({ timestamp, value })));
}

/** Appends a batch and waits for its acknowledgement. Throws if it is refused. */
export async function produce(
  connection: Connection,
  { topic, partition }: Place,
  records: Uint8Array,
  acks: 1 | -1,
): Promise<void> {
  const { responses } = await connection.request(api.Produce, {
    acks,
    timeoutMs: TIMEOUT_MS,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  }, { maxVersion: PRODUCE_VERSION });
  const errorCode = responses[0]?.partitionResponses[0]?.errorCode ?? -1;
  if (errorCode !== 0) throw new Error(`Produce to ${topic}-${partition}: ${errorName(errorCode)}`);
}
