/**
 * The record of a consumer group's target assignment (key version 6): of which group epoch it is, and when it was computed.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA = 6;

export const ConsumerGroupTargetAssignmentMetadataKey = message({
  name: "ConsumerGroupTargetAssignmentMetadataKey",
  apiKey: -1,
  type: "data",
  versions: {
    min: CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA,
    max: CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA,
  },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
});

export const ConsumerGroupTargetAssignmentMetadataValue = message({
  name: "ConsumerGroupTargetAssignmentMetadataValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  assignmentEpoch: field.int32(),
  assignmentTimestamp: field.int64({ tag: 0, default: 0 }),
});
export type ConsumerGroupTargetAssignmentMetadataValue = MessageOf<
  typeof ConsumerGroupTargetAssignmentMetadataValue
>;
