/**
 * A classic group that a member of the new protocol joins, as the facts of the consumer group that it is then. Its members stay, with
 * the partitions that they have, and go on speaking the classic protocol. Pure.
 * Source: Kafka's ConsumerGroup.fromClassicGroup, and KIP-848 on migration.
 * @module
 */
import {
  CONSUMER_PROTOCOL_TYPE,
  ConsumerProtocolAssignment,
  decodeAssignment,
  decodeSubscription,
} from "../../../protocol/consumer_protocol.ts";
import type { InputOf } from "../../../protocol/codec.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Uuid } from "../../../protocol/uuid.ts";
import type { ConsumerGroupConfig } from "../../config.ts";
import type { ClassicGroup } from "../classic/classic_group.ts";
import type { ClassicMember } from "../classic/classic_member.ts";
import { type ConsumerMember, nameList } from "./consumer_member.ts";
import { GroupError } from "./group_error.ts";
import type { GroupFact } from "./group_fact.ts";
import { type GroupTopics, hashOfTopics } from "./group_topics.ts";
import { heldSince, NO_PARTITIONS, type Partitions, partitionsOf } from "./partitions.ts";

type AssignedPartitions = NonNullable<InputOf<typeof ConsumerProtocolAssignment>["assignedPartitions"]>;

/** Throws GroupError if the group can't be taken over. */
export function upgradeFacts(
  group: ClassicGroup,
  { migrationPolicy, maxSize }: Pick<ConsumerGroupConfig, "migrationPolicy" | "maxSize">,
  topics: GroupTopics,
): GroupFact[] {
  if (migrationPolicy !== "bidirectional" && migrationPolicy !== "upgrade") {
    throw refused(group, `group.consumer.migration.policy is ${migrationPolicy}`);
  }
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) {
    throw refused(group, `its protocol type is "${group.protocolType}"`);
  }
  if (group.memberCount > maxSize) {
    throw refused(group, `it has ${group.memberCount} members, and group.consumer.max.size is ${maxSize}`);
  }
  const members = Array.from(group.members, (member) => memberOf(member, group, topics));
  const names = new Set(members.flatMap(({ metadata }) => metadata.subscribedTopicNames));
  const { generationId: epoch } = group;
  return [
    ...members.map(({ id, metadata }): GroupFact => ({ kind: "member", memberId: id, value: metadata })),
    { kind: "group", value: { epoch, metadataHash: hashOfTopics(names, topics) } },
    ...members.map(({ id, current }): GroupFact => ({
      kind: "target",
      memberId: id,
      value: new Map([...current.assigned].map(([topicId, epochs]) => [topicId, new Set(epochs.keys())])),
    })),
    { kind: "targetEpoch", value: { epoch, timestampMs: 0 } },
    ...members.map(({ id, current }): GroupFact => ({ kind: "current", memberId: id, value: current })),
  ];
}

/** By the topics' ids; those that are not there are left out. */
export function partitionsByName(list: AssignedPartitions, topics: GroupTopics): Partitions {
  return partitionsOf(
    list.flatMap(({ topic, partitions }): { topicId: Uuid; partitions: readonly number[] }[] => {
      const topicId = topics.topic(topic)?.id;
      return topicId === undefined ? [] : [{ topicId, partitions }];
    }),
  );
}

function memberOf(member: ClassicMember, group: ClassicGroup, topics: GroupTopics): ConsumerMember {
  const { generationId: epoch, protocolName } = group;
  const metadata = member.metadata(protocolName) ?? member.protocols[0]?.metadata;
  const subscription = metadata && decodeSubscription(metadata)?.value;
  const assignment = member.assignment.length === 0 ? undefined : decodeAssignment(member.assignment);
  if (subscription === undefined || (member.assignment.length > 0 && assignment === undefined)) {
    throw refused(group, "its members' subscriptions or assignments can't be read");
  }
  if ((assignment?.value.userData?.length ?? 0) > 0) {
    throw refused(group, "its assignor tells members things that would be lost: switch to another one first");
  }
  const assigned = partitionsByName(assignment?.value.assignedPartitions ?? [], topics);
  return {
    id: member.id,
    metadata: {
      instanceId: member.instanceId,
      rackId: subscription.rackId === "" ? null : subscription.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: nameList(subscription.topics),
      subscribedTopicRegex: null,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: null,
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, protocols: member.protocols },
    },
    current: {
      epoch,
      previousEpoch: epoch,
      state: "stable",
      assigned: heldSince(assigned, epoch),
      pendingRevocation: NO_PARTITIONS,
    },
  };
}

function refused(group: ClassicGroup, why: string): GroupError {
  return new GroupError(
    ErrorCode.GROUP_ID_NOT_FOUND,
    `the group "${group.id}" has members of the classic protocol and can't become a consumer group: ${why}`,
  );
}
