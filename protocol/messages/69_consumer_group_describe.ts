/**
 * ConsumerGroupDescribe (key 69): state, members and assignments of groups of the new consumer protocol (KIP-848).
 *
 * Of a member, `assignment` is what it holds or has still to give up, and `targetAssignment` what it is to hold in the end.
 *
 * Versions. Request and response have the same number.
 *  - 1: which protocol a member speaks: 0 the classic, 1 the new one (KIP-1099)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ConsumerGroupDescribeRequest = message({
  name: "ConsumerGroupDescribeRequest",
  apiKey: 69,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  groupIds: field.array({ of: "string" }),
  includeAuthorizedOperations: field.bool(),
});
export type ConsumerGroupDescribeRequest = MessageOf<typeof ConsumerGroupDescribeRequest>;

const topicPartitions = {
  topicId: field.uuid(),
  topicName: field.string(),
  partitions: field.array({ of: "int32" }),
};

const assignment = {
  topicPartitions: field.array({ of: "TopicPartitions" }, topicPartitions),
};

export const ConsumerGroupDescribeResponse = message({
  name: "ConsumerGroupDescribeResponse",
  apiKey: 69,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  groups: field.array({ of: "DescribedGroup" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0, default: null }),
    groupId: field.string(),
    groupState: field.string(),
    groupEpoch: field.int32(),
    assignmentEpoch: field.int32(),
    assignorName: field.string(),
    members: field.array({ of: "Member" }, {
      memberId: field.string(),
      instanceId: field.string({ nullable: 0, default: null }),
      rackId: field.string({ nullable: 0, default: null }),
      memberEpoch: field.int32(),
      clientId: field.string(),
      clientHost: field.string(),
      subscribedTopicNames: field.array({ of: "string" }),
      subscribedTopicRegex: field.string({ nullable: 0, default: null }),
      assignment: field.struct({ of: "Assignment" }, assignment),
      targetAssignment: field.struct({ of: "Assignment" }, assignment),
      memberType: field.int8({ since: 1, default: -1, ignorable: true }),
    }),
    authorizedOperations: field.int32({ default: -2147483648 }),
  }),
});
export type ConsumerGroupDescribeResponse = MessageOf<typeof ConsumerGroupDescribeResponse>;
