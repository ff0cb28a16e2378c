/**
 * CreateTopics: makes topics, each for itself: one that can't be made does not keep the others from it.
 *
 * - A name that comes twice in one request is refused each time (INVALID_REQUEST), as Kafka does.
 * - `assignments` must name this broker alone, for partitions 0, 1, 2, …; then `numPartitions` must be -1.
 * - More than one copy is refused, or taken for one where `replication.factor.clamp` says so.
 * - Version 5+ answers with the topic's size and all its settings (Java's admin client relies on them). Version 7+: its id.
 * - `validateOnly` checks all and makes nothing. `timeoutMs` has no meaning here: creation is done when answered.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { CreateTopicsRequest } from "../../protocol/messages/19_create_topics.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type { Broker } from "../broker.ts";
import { topicConfigEntries } from "../configs/topic_entries.ts";
import { checkNewTopic, createTopic, type NewTopic } from "../metadata/create_topic.ts";
import { assignmentProblem } from "../metadata/replica_assignment.ts";
import { TopicRefusal } from "../metadata/topic_refusal.ts";
import { apiHandler } from "./api_handler.ts";

type Creatable = CreateTopicsRequest["topics"][number];

export const createTopicsHandler = apiHandler(api.CreateTopics, { from: 2, to: 7 }, (broker, body) => {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of body.topics) (seen.has(name) ? twice : seen).add(name);
  const once = body.topics.filter(({ name }) => !twice.has(name));
  return {
    throttleTimeMs: 0,
    topics: [
      ...once.map((topic) => create(broker, topic, body.validateOnly)),
      ...[...twice].map((name) => refused(name, namedTwice(name))),
    ],
  };
});

function namedTwice(name: string): TopicRefusal {
  return new TopicRefusal(ErrorCode.INVALID_REQUEST, `the request names "${name}" more than once`);
}

function create(broker: Broker, creatable: Creatable, validateOnly: boolean): Result {
  try {
    const topic = newTopic(broker, creatable);
    if (validateOnly) return made(broker, topic, ZERO_UUID, checkNewTopic(broker, topic));
    const { id, partitions } = createTopic(broker, topic);
    return made(broker, topic, id, partitions.length);
  } catch (error) {
    if (error instanceof TopicRefusal) return refused(creatable.name, error);
    throw error;
  }
}

function newTopic(broker: Broker, creatable: Creatable): NewTopic {
  const { name, assignments, numPartitions, replicationFactor } = creatable;
  const configs = new Map<string, string>();
  for (const { name: setting, value } of creatable.configs) {
    if (value === null) throw new TopicRefusal(ErrorCode.INVALID_CONFIG, `"${setting}" has no value (null)`);
    configs.set(setting, value);
  }
  if (assignments.length === 0) return { name, partitionCount: numPartitions, replicationFactor, configs };
  if (numPartitions !== -1 || replicationFactor !== -1) {
    throw new TopicRefusal(
      ErrorCode.INVALID_REQUEST,
      "with replica assignments, the number of partitions and the replication factor must both be -1",
    );
  }
  const indexes = assignments.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b);
  const isComplete = indexes.every((partitionIndex, i) => partitionIndex === i);
  const problem = isComplete
    ? assignments.map(({ brokerIds }) => assignmentProblem(broker, brokerIds)).find((found) =>
      found !== undefined
    )
    : "assignments must be there for each of the partitions 0, 1, 2, … once";
  if (problem !== undefined) throw new TopicRefusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
  return { name, partitionCount: assignments.length, replicationFactor: 1, configs };
}

type Result = InputOf<typeof api.CreateTopics.response>["topics"][number];

function made(broker: Broker, { name, configs }: NewTopic, topicId: string, numPartitions: number): Result {
  return {
    name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions,
    replicationFactor: 1,
    configs: topicConfigEntries(configs, broker.configs.layers),
  };
}

function refused(name: string, { code, message }: TopicRefusal): Result {
  return { name, topicId: ZERO_UUID, errorCode: code, errorMessage: message, configs: [] };
}
