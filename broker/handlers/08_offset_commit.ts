/**
 * OffsetCommit: keeps how far a group has come in partitions.
 *
 * - Answered when the commit is acknowledged, as a produce with acks=all is.
 * - A partition that is not there is UNKNOWN_TOPIC_OR_PARTITION, a topic id that is not there UNKNOWN_TOPIC_ID (version 10);
 *   the others are committed all the same. A note that is too long is OFFSET_METADATA_TOO_LARGE.
 * - A group's refusal (an old generation, an unknown member) is the answer for every partition that is there.
 * - Without a generation the committer is on its own: it needs a group that is empty, or gets one made.
 * - `retentionTimeMs` (up to version 4) is kept with the offset, and is when it expires.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { OffsetCommitRequest } from "../../protocol/messages/08_offset_commit.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type { Broker } from "../broker.ts";
import type { PartitionCommit, TopicCommit } from "../coordinator/offsets/offset_commit.ts";
import type { ApiHandler } from "./api_handler.ts";

const TOPIC_IDS_FROM_VERSION = 10;

export const offsetCommitHandler: ApiHandler = {
  api: api.OffsetCommit,
  versions: { from: 2, to: 10 },

  handle(broker, request) {
    const body = request.decode(api.OffsetCommit.request);
    const { groupId, generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = body;
    const apiVersion = request.version;
    const topics = body.topics.map((topic) => commitOf(broker, topic, apiVersion));
    const answer = () => request.answer(api.OffsetCommit.response, { throttleTimeMs: 0, topics });
    if (!hasAny(topics)) return answer();
    const committer = { memberId, groupInstanceId, generationId, isTransactional: false, apiVersion };
    broker.groups.offsets.commit({ groupId, committer, topics }, body.retentionTimeMs, answer);
  },
};

function commitOf(
  broker: Broker,
  { name, topicId, partitions }: OffsetCommitRequest["topics"][number],
  version: number,
): TopicCommit {
  const topic = version >= TOPIC_IDS_FROM_VERSION
    ? broker.topics.topicById(topicId)
    : broker.topics.topic(name);
  const unknown = version >= TOPIC_IDS_FROM_VERSION && topic === undefined
    ? ErrorCode.UNKNOWN_TOPIC_ID
    : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return {
    name: topic?.name ?? name,
    topicId: topic?.id ?? (version >= TOPIC_IDS_FROM_VERSION ? topicId : ZERO_UUID),
    partitions: partitions.map((partition): PartitionCommit => ({
      ...partition,
      errorCode: topic?.partitions[partition.partitionIndex] === undefined ? unknown : ErrorCode.NONE,
    })),
  };
}

/** Whether there is anything to commit. */
export function hasAny(topics: readonly TopicCommit[]): boolean {
  return topics.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode === ErrorCode.NONE));
}
