/**
 * OffsetFetch: how far groups have come.
 *
 * - No topics (null, from version 2 on): all that the group has committed. An empty list: nothing.
 * - Where nothing is committed, or of a group that is not there: offset -1 and no error.
 * - `requireStable` (version 7+): UNSTABLE_OFFSET_COMMIT instead of an offset that an open transaction is about to replace.
 * - Version 8+ asks for several groups at once, 9+ on behalf of a member, whose epoch is checked; 10 by topic ids, and an id
 *   that is not there is UNKNOWN_TOPIC_ID.
 * - Answered when all that is told is acknowledged.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { OffsetFetchRequest, OffsetFetchResponse } from "../../protocol/messages/09_offset_fetch.ts";
import { type Uuid, ZERO_UUID } from "../../protocol/uuid.ts";
import type { Broker } from "../broker.ts";
import type { FetchedOffsets, FetchedTopic, TopicFetch } from "../coordinator/offsets/offset_commit.ts";
import type { ApiHandler } from "./api_handler.ts";

const GROUP_ERROR_FROM_VERSION = 2;
const GROUPS_FROM_VERSION = 8;
const TOPIC_IDS_FROM_VERSION = 10;

type AskedGroup = OffsetFetchRequest["groups"][number];
type Answer = InputOf<typeof OffsetFetchResponse>;

/** What is asked of one group, and what is answered. */
interface GroupAnswer extends FetchedOffsets {
  readonly groupId: string;
}

export const offsetFetchHandler: ApiHandler = {
  api: api.OffsetFetch,
  versions: { from: 1, to: 10 },

  handle(broker, request) {
    const body = request.decode(api.OffsetFetch.request);
    const { version } = request;
    const asked: readonly AskedGroup[] = version >= GROUPS_FROM_VERSION ? body.groups : [{
      groupId: body.groupId,
      memberId: null,
      memberEpoch: -1,
      topics: body.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null,
    }];
    const answers = asked.map((group) => answerFor(broker, group, body.requireStable, version));
    // One more than groups: so that nothing is answered before all have been asked.
    let waitingCount = answers.length + 1;
    const goOn = () => {
      if (--waitingCount === 0) request.answer(api.OffsetFetch.response, responseOf(answers, asked, version));
    };
    for (const [index, { groupId }] of asked.entries()) {
      broker.groups.offsets.whenAcknowledged(groupId, (errorCode) => {
        if (errorCode !== ErrorCode.NONE) answers[index] = { groupId, errorCode, topics: [] };
        goOn();
      });
    }
    goOn();
  },
};

function answerFor(broker: Broker, asked: AskedGroup, requireStable: boolean, version: number): GroupAnswer {
  const { groupId, memberId, memberEpoch } = asked;
  const usesIds = version >= TOPIC_IDS_FROM_VERSION;
  const topics = asked.topics?.map((topic) => usesIds ? named(broker, topic) : topic);
  const known = topics?.filter(({ name }) => !usesIds || name !== "");
  const found = broker.groups.offsets.fetch({ groupId, memberId, memberEpoch, topics: known, requireStable });
  if (found.errorCode !== ErrorCode.NONE || !usesIds) return { ...found, groupId };
  const unknown = topics?.filter(({ name }) => name === "") ?? [];
  return {
    groupId,
    errorCode: found.errorCode,
    topics: [
      ...found.topics.map((topic) => withId(broker, topic)).filter(({ topicId }) => topicId !== ZERO_UUID),
      ...unknown.map((topic) => failed(topic, ErrorCode.UNKNOWN_TOPIC_ID)),
    ],
  };
}

function named(broker: Broker, topic: TopicFetch): TopicFetch {
  return { ...topic, name: broker.topics.topicById(topic.topicId)?.name ?? "" };
}

/** Of a topic that is not there any more nobody knows the id; Kafka leaves it out. */
function withId(broker: Broker, topic: FetchedTopic): FetchedTopic {
  if (topic.topicId !== ZERO_UUID) return topic;
  const topicId: Uuid = broker.topics.topic(topic.name)?.id ?? ZERO_UUID;
  return { ...topic, topicId };
}

function failed({ name, topicId, partitionIndexes }: TopicFetch, errorCode: number): FetchedTopic {
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: "",
      errorCode,
    })),
  };
}

function responseOf(
  answers: readonly GroupAnswer[],
  asked: readonly AskedGroup[],
  version: number,
): Answer {
  if (version >= GROUPS_FROM_VERSION) return { throttleTimeMs: 0, groups: answers };
  const { errorCode, topics } = answers[0]!;
  if (version >= GROUP_ERROR_FROM_VERSION || errorCode === ErrorCode.NONE) {
    return { throttleTimeMs: 0, errorCode, topics };
  }
  // There is no place for it but the partitions.
  return { topics: asked[0]!.topics?.map((topic) => failed(topic, errorCode)) ?? [] };
}
