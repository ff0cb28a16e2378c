/**
 * Metadata: which topics there are and who leads their partitions: always this broker.
 *
 * - All topics: null, and in version 0 also the empty list (later versions: the empty list asks for none).
 * - An unknown topic is made if the broker (`auto.create.topics.enable`) and the client (version 4+) both want it,
 *   and answered as it then is, so that no client needs a second round.
 * - Version 10+ tells topic ids, which are stable; version 12+ also asks by them. Versions 10 and 11 have the field, but
 *   not the meaning: INVALID_REQUEST.
 * - Version 13+ has room for an error of the whole answer, by which a broker sends clients back to their bootstrap servers
 *   (REBOOTSTRAP_REQUIRED, KIP-1102). Like Kafka 4.3 this one never does.
 * - The address told is one that works for this connection: see `Broker.advertisedTo`.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { MetadataRequest } from "../../protocol/messages/03_metadata.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type { Topic } from "../../storage/topic_store.ts";
import type { Broker } from "../broker.ts";
import { createTopic } from "../metadata/create_topic.ts";
import { isInternalTopic } from "../coordinator/internal_topics.ts";
import { topicNameProblem } from "../metadata/topic_name.ts";
import { TopicRefusal } from "../metadata/topic_refusal.ts";
import { apiHandler } from "./api_handler.ts";

const ASKS_BY_ID_FROM_VERSION = 12;

type Asked = NonNullable<MetadataRequest["topics"]>[number];

export const metadataHandler = apiHandler(api.Metadata, { from: 0, to: 13 }, (broker, body, request) => {
  const wantsAll = body.topics === null || (request.version === 0 && body.topics.length === 0);
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId: broker.nodeId, ...broker.advertisedTo(request.connection), rack: null }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics: wantsAll
      ? [...broker.topics.topics()].map((topic) => found(broker, topic))
      : body.topics!.map((asked) => look(broker, asked, body.allowAutoTopicCreation, request.version)),
  };
});

function look(broker: Broker, { name, topicId }: Asked, mayCreate: boolean, version: number) {
  if (name === null) {
    if (version < ASKS_BY_ID_FROM_VERSION) return missing("", topicId, ErrorCode.INVALID_REQUEST);
    const topic = broker.topics.topicById(topicId);
    return topic === undefined ? missing(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID) : found(broker, topic);
  }
  const topic = broker.topics.topic(name);
  if (topic !== undefined) return found(broker, topic);
  if (topicNameProblem(name) !== undefined) {
    return missing(name, ZERO_UUID, ErrorCode.INVALID_TOPIC_EXCEPTION);
  }
  if (!mayCreate || !broker.config.autoCreateTopics) {
    return missing(name, ZERO_UUID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }
  try {
    return found(
      broker,
      createTopic(broker, { name, partitionCount: -1, replicationFactor: -1, configs: new Map() }),
    );
  } catch (error) {
    if (!(error instanceof TopicRefusal)) throw error;
    broker.log("warn", `could not create the topic "${name}" that a client asked for: ${error.message}`);
    return missing(name, ZERO_UUID, error.code);
  }
}

function found(broker: Broker, topic: Topic) {
  return {
    errorCode: ErrorCode.NONE as number,
    name: topic.name as string | null,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((log, partitionIndex) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex,
      leaderId: broker.nodeId,
      leaderEpoch: log.leaderEpoch,
      replicaNodes: [broker.nodeId],
      isrNodes: [broker.nodeId],
      offlineReplicas: [],
    })),
  };
}

function missing(name: string | null, topicId: string, errorCode: number): ReturnType<typeof found> {
  return { errorCode, name, topicId, isInternal: isInternalTopic(name ?? ""), partitions: [] };
}
