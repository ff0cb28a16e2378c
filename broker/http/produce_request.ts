/**
 * Batches of the gatherer as one Produce request, and what its answer says of each.
 * @module
 */
import type { Cluster } from "../../client/cluster.ts";
import { ResponseError } from "../../client/response_error.ts";
import { mayPass } from "../../client/unsettled.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ProduceResponse } from "../../protocol/messages/00_produce.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { UncertainError } from "./kafka_failures.ts";
import type { Acks, BatchResult, BatchToSend } from "./produce_gatherer.ts";
import { recordDurability } from "./record_durability.ts";

/** From version 13 on topics go by id. */
export const MAX_PRODUCE_VERSION = 12;
/** How long the broker may wait for replicas. */
export const ACKNOWLEDGE_TIMEOUT_MS = 30_000;
/** It answers by then if it is alive; a little later we know that it is not. */
export const ANSWER_TIMEOUT_MS = ACKNOWLEDGE_TIMEOUT_MS + 5000;

/** Of a batch sent with acks=0. */
export const UNANSWERED: BatchResult = { baseOffset: -1, appendTimeMs: -1, durability: "unknown" };

/** Refusals of a batch for what is in it: a part of it may be taken. */
const DIVISIBLE: ReadonlySet<number> = new Set([
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.INVALID_RECORD,
  ErrorCode.INVALID_TIMESTAMP,
]);

/** Refusals by a broker that does not lead the partition. */
const ELSEWHERE: ReadonlySet<number> = new Set([
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
]);

/** After the leader had appended the batch: whether it stays is not known. */
const UNCERTAIN: ReadonlySet<number> = new Set([
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.REQUEST_TIMED_OUT,
]);

/** Asks `leader` once. No two batches are of the same partition, as the protocol demands. */
export async function sendBatches(
  cluster: Cluster,
  leader: number,
  acks: Acks,
  batches: readonly BatchToSend[],
): Promise<readonly BatchResult[]> {
  try {
    return await askLeader(cluster, leader, acks, batches);
  } catch (error) {
    if (!mayPass(error, false)) throw error;
    // Nobody was there, and nothing was sent.
    return batches.map(() => ({ error: error as Error, divisible: false, isElsewhere: true }));
  }
}

async function askLeader(
  cluster: Cluster,
  leader: number,
  acks: Acks,
  batches: readonly BatchToSend[],
): Promise<readonly BatchResult[]> {
  const byTopic = new Map<string, { index: number; records: Uint8Array }[]>();
  for (const { topic, partition, records } of batches) {
    const partitions = byTopic.get(topic);
    const data = { index: partition, records: encodeBatch(records) };
    if (partitions === undefined) byTopic.set(topic, [data]);
    else partitions.push(data);
  }
  const body = {
    acks,
    timeoutMs: ACKNOWLEDGE_TIMEOUT_MS,
    topicData: [...byTopic].map(([name, partitionData]) => ({ name, partitionData })),
    wantsDurability: true,
  };
  if (acks === 0) {
    await cluster.sendBroker(leader, api.Produce, body, { maxVersion: MAX_PRODUCE_VERSION });
    return batches.map(() => UNANSWERED);
  }
  const answer = await cluster.askBroker(leader, api.Produce, body, {
    maxVersion: MAX_PRODUCE_VERSION,
    timeoutMs: ANSWER_TIMEOUT_MS,
  });
  const sizes = new Map<string, number>();
  for (const { name, partitionData } of body.topicData) {
    for (const { index, records } of partitionData) sizes.set(`${name}:${index}`, records.length);
  }
  const results = new Map<string, BatchResult>();
  for (const topic of answer.responses) {
    for (const partition of topic.partitionResponses) {
      const key = `${topic.name}:${partition.index}`;
      results.set(key, resultOf(topic.name, partition, sizes.get(key) ?? 0));
    }
  }
  return batches.map(({ topic, partition }) =>
    results.get(`${topic}:${partition}`) ?? {
      error: new ResponseError(
        ErrorCode.UNKNOWN_SERVER_ERROR,
        `write to ${topic}-${partition}`,
        "it was not answered",
      ),
      divisible: false,
    }
  );
}

type PartitionResponse = ProduceResponse["responses"][number]["partitionResponses"][number];

/** What the answer says of a batch of `batchBytes`. */
export function resultOf(topic: string, partition: PartitionResponse, batchBytes: number): BatchResult {
  const { errorCode, baseOffset, logAppendTimeMs, errorMessage, recordErrors } = partition;
  if (errorCode === ErrorCode.NONE) {
    return { baseOffset, appendTimeMs: logAppendTimeMs, durability: recordDurability(partition.durability) };
  }
  let detail = recordErrors[0]?.batchIndexErrorMessage ?? errorMessage;
  // Apache Kafka leaves it at the code.
  if (errorCode === ErrorCode.MESSAGE_TOO_LARGE) {
    detail ??= `its batch has ${batchBytes} bytes, more than max.message.bytes`;
  }
  const what = `write to ${topic}-${partition.index}`;
  // A leader that is deposed while it waits for its replicas says so, and where it had put the batch: that may live on.
  if (UNCERTAIN.has(errorCode) || (ELSEWHERE.has(errorCode) && baseOffset >= 0)) {
    return { error: new UncertainError(errorCode, what, detail), divisible: false };
  }
  return {
    error: new ResponseError(errorCode, what, detail),
    divisible: DIVISIBLE.has(errorCode),
    isElsewhere: ELSEWHERE.has(errorCode),
    records: new Map(
      recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [
        batchIndex,
        new ResponseError(errorCode, what, batchIndexErrorMessage ?? errorMessage),
      ]),
    ),
  };
}
