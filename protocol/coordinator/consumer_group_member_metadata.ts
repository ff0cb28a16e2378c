/**
 * The record of a consumer group's member (key version 5): who it is and what it wants.
 *
 * `classicMemberMetadata` is there for a member that speaks the classic protocol: what its last JoinGroup said.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const CONSUMER_GROUP_MEMBER_METADATA = 5;

export const ConsumerGroupMemberMetadataKey = message({
  name: "ConsumerGroupMemberMetadataKey",
  apiKey: -1,
  type: "data",
  versions: { min: CONSUMER_GROUP_MEMBER_METADATA, max: CONSUMER_GROUP_MEMBER_METADATA },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
  memberId: field.string(),
});

export const ConsumerGroupMemberMetadataValue = message({
  name: "ConsumerGroupMemberMetadataValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  instanceId: field.string({ nullable: 0 }),
  rackId: field.string({ nullable: 0 }),
  clientId: field.string(),
  clientHost: field.string(),
  subscribedTopicNames: field.array({ of: "string" }),
  subscribedTopicRegex: field.string({ nullable: 0 }),
  rebalanceTimeoutMs: field.int32({ default: -1 }),
  serverAssignor: field.string({ nullable: 0 }),
  classicMemberMetadata: field.struct({ of: "ClassicMemberMetadata", nullable: 0, tag: 0, default: null }, {
    sessionTimeoutMs: field.int32(),
    supportedProtocols: field.array({ of: "ClassicProtocol" }, {
      name: field.string(),
      metadata: field.bytes(),
    }),
  }),
});
export type ConsumerGroupMemberMetadataValue = MessageOf<typeof ConsumerGroupMemberMetadataValue>;
