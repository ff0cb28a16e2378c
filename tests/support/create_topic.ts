/**
 * Makes topics by the Kafka protocol, with settings.
 * @module
 */
import assert from "node:assert/strict";
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";

export interface NewTopicOptions {
  /** Default 1. */
  readonly partitionCount?: number;
  /** Topic settings by Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function createTopic(
  connection: Connection,
  name: string,
  { partitionCount = 1, settings = {} }: NewTopicOptions = {},
): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const topics = [{ name, numPartitions: partitionCount, replicationFactor: 1, assignments: [], configs }];
  const { topics: [created] } = await connection.request(api.CreateTopics, { topics, timeoutMs: 10_000 });
  assert.equal(created!.errorCode, 0, created!.errorMessage ?? "");
}
