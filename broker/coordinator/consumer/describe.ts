/**
 * A consumer group as ConsumerGroupDescribe tells of it.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";
import { preferredAssignor } from "./advance_member.ts";
import type { ConsumerGroup } from "./consumer_group.ts";
import type { ConsumerMember } from "./consumer_member.ts";
import type { GroupTopics } from "./group_topics.ts";
import { listOf, type Partitions } from "./partitions.ts";

/** `memberType` in the answer. */
const CLASSIC = 0;
const CONSUMER = 1;

export function describeGroup(group: ConsumerGroup, topics: GroupTopics, assignors: readonly string[]) {
  return {
    groupId: group.id,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: preferredAssignor(group.members.values(), assignors),
    members: [...group.members.values()].map((member) => describeMember(member, group, topics)),
  };
}

function describeMember(
  { id, metadata, current }: ConsumerMember,
  group: ConsumerGroup,
  topics: GroupTopics,
) {
  const { instanceId, rackId, clientId, clientHost, subscribedTopicNames, subscribedTopicRegex } = metadata;
  const held = new Map<Uuid, Set<number>>();
  for (const part of [current.assigned, current.pendingRevocation]) {
    for (const [topicId, epochs] of part) {
      held.set(topicId, new Set([...held.get(topicId) ?? [], ...epochs.keys()]));
    }
  }
  return {
    memberId: id,
    instanceId,
    rackId,
    memberEpoch: current.epoch,
    clientId,
    clientHost,
    subscribedTopicNames,
    subscribedTopicRegex,
    assignment: { topicPartitions: named(held, topics) },
    targetAssignment: { topicPartitions: named(group.targetOf(id), topics) },
    memberType: metadata.classic === null ? CONSUMER : CLASSIC,
  };
}

/** Without topics that have been deleted. */
function named(partitions: Partitions, topics: GroupTopics) {
  return listOf(partitions).flatMap(({ topicId, partitions }) => {
    const topicName = topics.topicById(topicId)?.name;
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
  });
}
