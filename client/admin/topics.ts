/**
 * Topics and their partitions: which there are, making, growing and removing them.
 *
 * What must be true: asking for a topic never creates it; and a change is asked of the controller once, since nobody knows
 * whether a change whose answer was lost has been made.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { MetadataResponse } from "../../protocol/messages/03_metadata.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode, ResponseError } from "../response_error.ts";

export interface PartitionDescription {
  readonly partition: number;
  /** undefined: it has none at the moment. */
  readonly leader: number | undefined;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface TopicDescription {
  readonly name: string;
  readonly isInternal: boolean;
  /** By number. */
  readonly partitions: readonly PartitionDescription[];
}

export interface TopicToCreate {
  readonly name: string;
  /** Left out: the cluster's default. */
  readonly partitionCount?: number | undefined;
  /** Left out: the cluster's default. */
  readonly replicationFactor?: number | undefined;
  /** The brokers of each partition, instead of the two counts. */
  readonly assignments?: ReadonlyMap<number, readonly number[]> | undefined;
  readonly configs?: ReadonlyMap<string, string | null>;
  /** Only say whether it could be made. */
  readonly validateOnly?: boolean;
}

export interface CreatedTopic {
  readonly partitionCount: number;
  readonly replicationFactor: number;
}

/** From these versions on topics go by id instead of by name. */
const BY_NAME = { Metadata: { maxVersion: 12 }, DeleteTopics: { maxVersion: 5 } };
const TIMEOUT_MS = 30_000;

/** All topics, by name. */
export async function listTopics(cluster: Cluster): Promise<TopicDescription[]> {
  const { topics } = await cluster.ask(api.Metadata, {
    topics: null,
    allowAutoTopicCreation: false,
  }, BY_NAME.Metadata);
  return topics.filter(({ name }) => name).map(described).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Those of `names` that there are. */
export async function findTopics(
  cluster: Cluster,
  names: readonly string[],
): Promise<Map<string, TopicDescription>> {
  if (names.length === 0) return new Map();
  const { topics } = await cluster.ask(api.Metadata, {
    topics: names.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  }, BY_NAME.Metadata);
  return new Map(topics.filter(isThere).map((topic) => [topic.name!, described(topic)]));
}

/** Throws a ResponseError, UNKNOWN_TOPIC_OR_PARTITION if there is no such topic. */
export async function describeTopic(cluster: Cluster, name: string): Promise<TopicDescription> {
  const { topics: [topic] } = await cluster.ask(api.Metadata, {
    topics: [{ name }],
    allowAutoTopicCreation: false,
  }, BY_NAME.Metadata);
  if (topic === undefined || !isThere(topic)) {
    throw new ResponseError(
      topic?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `describe topic ${name}`,
    );
  }
  return described(topic);
}

/** Returns when the topic can be seen. Throws a ResponseError. */
export async function createTopic(cluster: Cluster, topic: TopicToCreate): Promise<CreatedTopic> {
  const { name, assignments, validateOnly = false } = topic;
  const answer = await cluster.askController(api.CreateTopics, {
    topics: [{
      name,
      numPartitions: topic.partitionCount ?? -1,
      replicationFactor: topic.replicationFactor ?? -1,
      assignments: Array.from(assignments ?? [], ([partitionIndex, brokerIds]) => ({
        partitionIndex,
        brokerIds: [...brokerIds],
      })),
      configs: Array.from(topic.configs ?? [], ([name, value]) => ({ name, value })),
    }],
    timeoutMs: TIMEOUT_MS,
    validateOnly,
  });
  if (!validateOnly) cluster.forget(name);
  const created = answer.topics[0];
  checkCode(
    created?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    `create topic ${name}`,
    created?.errorMessage,
  );
  if (!validateOnly) await cluster.awaitTopic(name, true);
  return { partitionCount: created!.numPartitions, replicationFactor: created!.replicationFactor };
}

/** Adds partitions until there are `count`. Throws a ResponseError. */
export async function addPartitions(
  cluster: Cluster,
  name: string,
  count: number,
  options: { readonly validateOnly?: boolean } = {},
): Promise<void> {
  const answer = await cluster.askController(api.CreatePartitions, {
    topics: [{ name, count, assignments: null }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: options.validateOnly ?? false,
  });
  cluster.forget(name);
  const result = answer.results[0];
  checkCode(
    result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    `give topic ${name} ${count} partitions`,
    result?.errorMessage,
  );
}

/** Returns when the topic can't be seen any more. Throws a ResponseError. */
export async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  const answer = await cluster.askController(api.DeleteTopics, {
    topicNames: [name],
    timeoutMs: TIMEOUT_MS,
  }, BY_NAME.DeleteTopics);
  cluster.forget(name);
  const deleted = answer.responses[0];
  checkCode(
    deleted?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    `delete topic ${name}`,
    deleted?.errorMessage,
  );
  await cluster.awaitTopic(name, false);
}

/** Without a leader it is there all the same. */
function isThere({ errorCode, name }: MetadataResponse["topics"][number]): boolean {
  return !!name && (errorCode === ErrorCode.NONE || errorCode === ErrorCode.LEADER_NOT_AVAILABLE);
}

function described({ name, isInternal, partitions }: MetadataResponse["topics"][number]): TopicDescription {
  return {
    name: name!,
    isInternal,
    partitions: partitions
      .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
        partition: partitionIndex,
        leader: leaderId < 0 ? undefined : leaderId,
        replicas: replicaNodes,
        inSync: isrNodes,
      }))
      .sort((a, b) => a.partition - b.partition),
  };
}
