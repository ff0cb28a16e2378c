/**
 * DeleteTopics: by name, from version 6 on also by topic id.
 *
 * - A topic is gone for all once this is answered, and with it what groups have committed of it; its files are removed in the
 *   background.
 * - `delete.topic.enable=false` answers TOPIC_DELETION_DISABLED, or INVALID_REQUEST to those that can't know it (below
 *   version 3), as Kafka does. A topic that comes twice is INVALID_REQUEST.
 * - The topics of coordinators can be deleted too, as in Kafka.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { LogError } from "../../storage/log_error.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type { Broker } from "../broker.ts";
import { apiHandler } from "./api_handler.ts";

const KNOWS_DELETION_DISABLED_FROM_VERSION = 3;

interface Asked {
  readonly name: string | null;
  readonly topicId: string;
}

export const deleteTopicsHandler = apiHandler(
  api.DeleteTopics,
  { from: 1, to: 6 },
  (broker, body, request) => {
    const asked: readonly Asked[] = request.version >= 6
      ? body.topics
      : body.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
    const byName = Map.groupBy(asked, ({ name, topicId }) => name ?? topicId);
    return {
      throttleTimeMs: 0,
      responses: Array.from(
        byName.values(),
        ([topic, ...more]) =>
          more.length > 0
            ? refused(topic!, ErrorCode.INVALID_REQUEST, "the request names this topic more than once")
            : remove(broker, topic!, request.version),
      ),
    };
  },
);

function remove(broker: Broker, asked: Asked, version: number) {
  if (!broker.config.deleteTopics) {
    const errorCode = version >= KNOWS_DELETION_DISABLED_FROM_VERSION
      ? ErrorCode.TOPIC_DELETION_DISABLED
      : ErrorCode.INVALID_REQUEST;
    return refused(asked, errorCode, "delete.topic.enable is false");
  }
  const { name, topicId } = asked;
  if ((name === null) === (topicId === ZERO_UUID)) {
    return refused(
      asked,
      ErrorCode.INVALID_REQUEST,
      "name a topic by its name or by its id, not by both and not by neither",
    );
  }
  const topic = name === null ? broker.topics.topicById(topicId) : broker.topics.topic(name);
  if (topic === undefined) {
    return name === null
      ? refused(asked, ErrorCode.UNKNOWN_TOPIC_ID, `there is no topic with the id ${topicId}`)
      : refused(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
  }
  try {
    broker.topics.deleteTopic(topic.name);
  } catch (error) {
    if (error instanceof LogError) return outcome(topic.name, topic.id, error.code, error.message);
    throw error;
  }
  for (const log of topic.partitions) broker.fetchWaiters.mark(log);
  broker.groups.topicDeleted(topic);
  return outcome(topic.name, topic.id, ErrorCode.NONE, null);
}

function refused({ name, topicId }: Asked, errorCode: number, errorMessage: string) {
  return outcome(name, topicId, errorCode, errorMessage);
}

function outcome(name: string | null, topicId: string, errorCode: number, errorMessage: string | null) {
  return { name, topicId, errorCode, errorMessage };
}
