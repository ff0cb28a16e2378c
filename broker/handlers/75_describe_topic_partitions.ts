/**
 * DescribeTopicPartitions: topics with their partitions, page by page (KIP-966).
 *
 * - In the order of names, from the cursor on; no topic asks for all. The answer ends after as many partitions as the request,
 *   or `max.request.partition.size.limit`, allows, and its cursor says where the next one is to begin.
 * - A cursor that can't be followed is INVALID_REQUEST for each topic that was asked for.
 * - One replica that always leads: no other is eligible, and none was. Authorized operations are not computed.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { DescribeTopicPartitionsRequest } from "../../protocol/messages/75_describe_topic_partitions.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Topic } from "../../storage/topic_store.ts";
import type { Broker } from "../broker.ts";
import { isInternalTopic } from "../coordinator/internal_topics.ts";
import { topicNameProblem } from "../metadata/topic_name.ts";
import { apiHandler } from "./api_handler.ts";

type Cursor = NonNullable<DescribeTopicPartitionsRequest["cursor"]>;
type DescribedTopic = InputOf<typeof api.DescribeTopicPartitions.response>["topics"][number];

export const describeTopicPartitionsHandler = apiHandler(
  api.DescribeTopicPartitions,
  { from: 0, to: 0 },
  (broker, { topics, responsePartitionLimit, cursor }) => {
    const asked = topics.map(({ name }) => name);
    const asksAll = asked.length === 0;
    if (cursor !== null && (cursor.partitionIndex < 0 || !(asksAll || asked.includes(cursor.topicName)))) {
      const refused = asked.map((name) => missing(name, ErrorCode.INVALID_REQUEST));
      return { throttleTimeMs: 0, topics: refused, nextCursor: null };
    }
    const names = asksAll ? Array.from(broker.topics.topics(), ({ name }) => name) : asked;
    const limit = Math.max(Math.min(responsePartitionLimit, broker.config.describedPartitions), 1);
    return { throttleTimeMs: 0, ...page(broker, { names, asksAll, cursor, limit }) };
  },
);

interface PageOptions {
  readonly names: readonly string[];
  readonly asksAll: boolean;
  readonly cursor: Cursor | null;
  /** Most partitions. */
  readonly limit: number;
}

function page(broker: Broker, { names, asksAll, cursor, limit }: PageOptions) {
  const first = cursor?.topicName ?? "";
  const topics: DescribedTopic[] = [];
  let left = limit;
  for (const name of [...new Set(names)].filter((name) => name >= first).sort()) {
    const from = name === cursor?.topicName ? cursor.partitionIndex : 0;
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: from } };
    const topic = broker.topics.topic(name);
    if (topic === undefined) {
      if (!asksAll) topics.push(missing(name, absenceOf(name)));
      continue;
    }
    const partitions = topic.partitions.slice(from, from + left);
    topics.push(described(broker, topic, partitions));
    left -= partitions.length;
    const next = from + partitions.length;
    if (partitions.length > 0 && next < topic.partitions.length) {
      return { topics, nextCursor: { topicName: name, partitionIndex: next } };
    }
  }
  return { topics, nextCursor: null };
}

function described(
  { nodeId }: Broker,
  { name, id }: Topic,
  partitions: readonly PartitionLog[],
): DescribedTopic {
  return {
    errorCode: ErrorCode.NONE,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: partitions.map(({ partition, leaderEpoch }) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex: partition,
      leaderId: nodeId,
      leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
      offlineReplicas: [],
    })),
  };
}

function absenceOf(name: string): number {
  return topicNameProblem(name) === undefined
    ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    : ErrorCode.INVALID_TOPIC_EXCEPTION;
}

function missing(name: string, errorCode: number): DescribedTopic {
  return { errorCode, name, topicId: ZERO_UUID, isInternal: false, partitions: [] };
}
