/**
 * The record of what a member of a consumer group has (key version 8), and must still give up.
 *
 * `assignmentEpochs` goes with `partitions`: the member epoch in which each was assigned (KIP-1251). Without it they count as
 * assigned in the member's epoch.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";
import { topicPartitions } from "./topic_partitions.ts";

export const CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT = 8;

export const ConsumerGroupCurrentMemberAssignmentKey = message({
  name: "ConsumerGroupCurrentMemberAssignmentKey",
  apiKey: -1,
  type: "data",
  versions: { min: CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT, max: CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
  memberId: field.string(),
});

const heldPartitions = {
  ...topicPartitions,
  assignmentEpochs: field.array({ of: "int32", nullable: 0, tag: 0, default: null }),
};

export const ConsumerGroupCurrentMemberAssignmentValue = message({
  name: "ConsumerGroupCurrentMemberAssignmentValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  memberEpoch: field.int32(),
  previousMemberEpoch: field.int32(),
  state: field.int8(),
  assignedPartitions: field.array({ of: "TopicPartitions" }, heldPartitions),
  partitionsPendingRevocation: field.array({ of: "TopicPartitions" }, heldPartitions),
});
export type ConsumerGroupCurrentMemberAssignmentValue = MessageOf<
  typeof ConsumerGroupCurrentMemberAssignmentValue
>;
