/**
 * ConsumerGroupHeartbeat (key 68): a member of a group of the new consumer protocol joins, stays or leaves, and learns its assignment
 * (KIP-848).
 *
 * `memberEpoch` says which assignment the member knows: 0 joins, -1 leaves, -2 is a static member that leaves and means to come back.
 * What is null, or -1 for `rebalanceTimeoutMs`, is as the member said before. `topicPartitions` is what it holds; in the answer,
 * `assignment` is what it is to hold, null if that has not changed.
 *
 * Versions. Request and response have the same number.
 *  - 1: a regular expression to subscribe by; clients choose their member ids themselves (KIP-1082), and always tell them
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ConsumerGroupHeartbeatRequest = message({
  name: "ConsumerGroupHeartbeatRequest",
  apiKey: 68,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  groupId: field.string(),
  memberId: field.string(),
  memberEpoch: field.int32(),
  instanceId: field.string({ nullable: 0, default: null }),
  rackId: field.string({ nullable: 0, default: null }),
  rebalanceTimeoutMs: field.int32({ default: -1 }),
  subscribedTopicNames: field.array({ of: "string", nullable: 0, default: null }),
  subscribedTopicRegex: field.string({ since: 1, nullable: 1, default: null }),
  serverAssignor: field.string({ nullable: 0, default: null }),
  topicPartitions: field.array({ of: "TopicPartitions", nullable: 0, default: null }, {
    topicId: field.uuid(),
    partitions: field.array({ of: "int32" }),
  }),
});
export type ConsumerGroupHeartbeatRequest = MessageOf<typeof ConsumerGroupHeartbeatRequest>;

const topicPartitions = {
  topicId: field.uuid(),
  partitions: field.array({ of: "int32" }),
};

export const ConsumerGroupHeartbeatResponse = message({
  name: "ConsumerGroupHeartbeatResponse",
  apiKey: 68,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0, default: null }),
  memberId: field.string({ nullable: 0, default: null }),
  memberEpoch: field.int32(),
  heartbeatIntervalMs: field.int32(),
  assignment: field.struct({ of: "Assignment", nullable: 0, default: null }, {
    topicPartitions: field.array({ of: "TopicPartitions" }, topicPartitions),
  }),
});
export type ConsumerGroupHeartbeatResponse = MessageOf<typeof ConsumerGroupHeartbeatResponse>;
