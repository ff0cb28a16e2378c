/**
 * Making a topic: all the checks that CreateTopics and automatic creation share.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { LogError } from "../../storage/log_error.ts";
import type { Topic } from "../../storage/topic_store.ts";
import type { Broker } from "../broker.ts";
import { metricForm, topicNameProblem } from "./topic_name.ts";
import { parseTopicConfig } from "../topic_settings.ts";

export interface NewTopic {
  readonly name: string;
  /** At least 1, or -1 for num.partitions. */
  readonly partitionCount: number;
  /** 1, or -1 for the default, which is 1: there is one broker. */
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** Why a topic can't be made. `code` is one of {@link ErrorCode}. */
export class TopicRefusal extends Error {
  override readonly name = "TopicRefusal";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** Throws {@link TopicRefusal} unless `topic` could be made now; returns its number of partitions. */
export function checkNewTopic(broker: Broker, topic: NewTopic): number {
  const problem = topicNameProblem(topic.name);
  if (problem !== undefined) throw new TopicRefusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  if (broker.topics.topic(topic.name) !== undefined) {
    throw new TopicRefusal(ErrorCode.TOPIC_ALREADY_EXISTS, `the topic "${topic.name}" already exists`);
  }
  const twin = collidingName(broker, topic.name);
  if (twin !== undefined) {
    throw new TopicRefusal(
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      `"${topic.name}" differs from the topic "${twin}" only in "." and "_", which metrics can't tell apart`,
    );
  }
  const partitionCount = topic.partitionCount === -1 ? broker.config.defaultPartitions : topic.partitionCount;
  if (partitionCount < 1) {
    throw new TopicRefusal(
      ErrorCode.INVALID_PARTITIONS,
      `a topic has at least 1 partition; asked for ${partitionCount}`,
    );
  }
  if (topic.replicationFactor !== -1 && topic.replicationFactor !== 1) {
    throw new TopicRefusal(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `asked for replication factor ${topic.replicationFactor}; this cluster has 1 broker, so it can be 1`,
    );
  }
  const limit = broker.config.limits.partitions;
  const inAll = broker.topics.partitionCount + partitionCount;
  if (inAll > limit) {
    throw new TopicRefusal(
      ErrorCode.POLICY_VIOLATION,
      `${partitionCount} more partitions would make ${inAll}; milena.max.partitions is ${limit}`,
    );
  }
  const checked = parseTopicConfig(topic.configs, broker.config);
  if ("problem" in checked) throw new TopicRefusal(ErrorCode.INVALID_CONFIG, checked.problem);
  return partitionCount;
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
