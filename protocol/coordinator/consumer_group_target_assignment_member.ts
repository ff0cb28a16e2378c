/**
 * The record of what a member of a consumer group is to have (key version 7), sooner or later.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";
import { topicPartitions } from "./topic_partitions.ts";

export const CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER = 7;

export const ConsumerGroupTargetAssignmentMemberKey = message({
  name: "ConsumerGroupTargetAssignmentMemberKey",
  apiKey: -1,
  type: "data",
  versions: { min: CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER, max: CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
  memberId: field.string(),
});

export const ConsumerGroupTargetAssignmentMemberValue = message({
  name: "ConsumerGroupTargetAssignmentMemberValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  topicPartitions: field.array({ of: "TopicPartition" }, topicPartitions),
});
export type ConsumerGroupTargetAssignmentMemberValue = MessageOf<
  typeof ConsumerGroupTargetAssignmentMemberValue
>;
