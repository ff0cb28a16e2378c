/**
 * Making a topic: all the checks that CreateTopics and automatic creation share.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { CLUSTER_METADATA_TOPIC } from "../../storage/file_names.ts";
import { LogError } from "../../storage/log_error.ts";
import type { Topic } from "../../storage/topic_store.ts";
import type { Broker } from "../broker.ts";
import { parseTopicConfig } from "../topic_settings.ts";
import { checkPartitionLimit } from "./partition_limit.ts";
import { metricForm, topicNameProblem } from "./topic_name.ts";
import { TopicRefusal } from "./topic_refusal.ts";

export interface NewTopic {
  readonly name: string;
  /** At least 1, or -1 for num.partitions. */
  readonly partitionCount: number;
  /** 1, or -1 for the default, which is 1: there is one broker. More is taken for 1 where replication.factor.clamp says so. */
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** Throws {@link TopicRefusal} unless `topic` could be made now; returns its number of partitions. Checks in Kafka's order. */
export function checkNewTopic(broker: Broker, topic: NewTopic): number {
  checkName(broker, topic.name);
  const checked = parseTopicConfig(topic.configs, broker.config);
  if ("problem" in checked) throw new TopicRefusal(ErrorCode.INVALID_CONFIG, checked.problem);
  const { replicationFactor } = topic;
  const isPossible = replicationFactor === -1 || replicationFactor === 1 ||
    (replicationFactor > 1 && broker.config.clampsReplicationFactor);
  if (!isPossible && replicationFactor < 1) throw wrongReplicationFactor(replicationFactor);
  const partitionCount = topic.partitionCount === -1 ? broker.config.defaultPartitions : topic.partitionCount;
  if (partitionCount < 1) {
    throw new TopicRefusal(
      ErrorCode.INVALID_PARTITIONS,
      `a topic has at least 1 partition; asked for ${partitionCount}`,
    );
  }
  if (!isPossible) throw wrongReplicationFactor(replicationFactor);
  checkPartitionLimit(broker, partitionCount);
  return partitionCount;
}

function checkName(broker: Broker, name: string): void {
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new TopicRefusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  if (name === CLUSTER_METADATA_TOPIC) {
    throw new TopicRefusal(ErrorCode.INVALID_REQUEST, `the name ${name} belongs to Kafka's controllers`);
  }
  if (broker.topics.topic(name) !== undefined) {
    throw new TopicRefusal(ErrorCode.TOPIC_ALREADY_EXISTS, `the topic "${name}" already exists`);
  }
  const twin = collidingName(broker, name);
  if (twin !== undefined) {
    throw new TopicRefusal(
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      `"${name}" differs from the topic "${twin}" only in "." and "_", which metrics can't tell apart`,
    );
  }
}

function wrongReplicationFactor(asked: number): TopicRefusal {
  const clamp = asked > 1 ? "; replication.factor.clamp=true takes any for 1" : "";
  return new TopicRefusal(
    ErrorCode.INVALID_REPLICATION_FACTOR,
    `asked for replication factor ${asked}; this cluster has 1 broker, so it can be 1${clamp}`,
  );
}

/** Makes the topic. Throws {@link TopicRefusal}, whose code is KAFKA_STORAGE_ERROR if the disk would not. */
export function createTopic(broker: Broker, topic: NewTopic): Topic {
  const partitionCount = checkNewTopic(broker, topic);
  try {
    return broker.topics.createTopic(topic.name, partitionCount, topic.configs);
  } catch (error) {
    if (error instanceof LogError) throw new TopicRefusal(error.code, error.message);
    throw error;
  }
}

function collidingName(broker: Broker, name: string): string | undefined {
  if (!name.includes(".") && !name.includes("_")) return undefined;
  const form = metricForm(name);
  for (const topic of broker.topics.topics()) if (metricForm(topic.name) === form) return topic.name;
}
