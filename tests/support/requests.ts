/**
 * Requests that many tests of the broker make, and batches for them.
 * @module
 */
import assert from "node:assert/strict";
import type { ApiHandler } from "../../broker/handlers/api_handler.ts";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import type { FetchRequest } from "../../protocol/messages/01_fetch.ts";
import { type BatchOptions, encodeBatch } from "../../protocol/records.ts";
import type { TestBroker } from "./test_broker.ts";
import type { TestClient } from "./test_client.ts";

/** When the records of tests were made. */
export const RECORD_MS = 1_600_000_000_000;

/** Every version that a handler serves. */
export function servedVersions({ versions: { from, to } }: ApiHandler): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

export interface TestRecords extends BatchOptions {
  readonly count?: number;
  /** Of each record. */
  readonly valueBytes?: number;
  /** Of the first record; each later one is 1 ms younger. */
  readonly timestamp?: number;
}

/** A batch whose records have random values. */
export function randomBatch(
  { random }: TestBroker,
  { count = 1, valueBytes = 10, timestamp = RECORD_MS, ...options }: TestRecords = {},
): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: timestamp + index,
    value: random.bytes(valueBytes),
  }));
  return encodeBatch(records, options);
}

export function* createTopic(
  client: TestClient,
  name: string,
  { partitions = 1, configs = {} }: {
    readonly partitions?: number;
    readonly configs?: Readonly<Record<string, string>>;
  } = {},
): Generator<void, string> {
  const { topics } = yield* client.ask(api.CreateTopics, 7, {
    topics: [{
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    }],
  });
  assert.equal(topics[0]!.errorCode, 0, topics[0]!.errorMessage ?? "");
  return topics[0]!.topicId;
}

export interface ProduceOptions {
  readonly partition?: number;
  readonly acks?: number;
  readonly version?: number;
}

export function sendProduce(
  client: TestClient,
  topic: string,
  records: Uint8Array | null,
  { partition = 0, acks = -1, version = 11 }: ProduceOptions = {},
): void {
  const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }];
  client.send(api.Produce, version, { acks, timeoutMs: 1000, topicData }, { isAnswered: acks !== 0 });
}

export function receiveProduce(client: TestClient) {
  return client.receive(api.Produce).responses[0]!.partitionResponses[0]!;
}

/** Produces one batch and returns what is answered for its partition. */
export function* produce(
  client: TestClient,
  topic: string,
  records: Uint8Array | null,
  options: ProduceOptions = {},
): Generator<void, ReturnType<typeof receiveProduce>> {
  sendProduce(client, topic, records, options);
  yield;
  return receiveProduce(client);
}

export interface FetchOptions {
  readonly partition?: number;
  readonly offset?: number;
  readonly partitionMaxBytes?: number;
  readonly version?: number;
}

type FetchInput = InputOf<typeof FetchRequest>;

/** A fetch of one partition: `options` for the partition, `fields` for the request. */
export function fetchBody(
  topic: string,
  { partition = 0, offset = 0, partitionMaxBytes = 1 << 20 }: FetchOptions = {},
  fields: Partial<FetchInput> = {},
): FetchInput {
  return {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes }] }],
    ...fields,
  };
}

export function receiveFetch(client: TestClient) {
  return client.receive(api.Fetch).responses[0]!.partitions[0]!;
}

/** Fetches one partition and returns what is answered for it. */
export function* fetch(
  client: TestClient,
  topic: string,
  options: FetchOptions = {},
  fields: Partial<FetchInput> = {},
): Generator<void, ReturnType<typeof receiveFetch>> {
  client.send(api.Fetch, options.version ?? 12, fetchBody(topic, options, fields));
  yield;
  return receiveFetch(client);
}

/** What a consumer gets of a batch: the bytes as produced, with base offset and leader epoch as the broker gave them. */
export function stored(batch: Uint8Array, baseOffset: number, leaderEpoch = 0): Uint8Array {
  const bytes = batch.slice();
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(baseOffset));
  view.setInt32(12, leaderEpoch);
  return bytes;
}
