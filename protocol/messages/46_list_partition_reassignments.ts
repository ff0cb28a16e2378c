/**
 * ListPartitionReassignments (key 46): which partitions are being moved (KIP-455). null: of all topics.
 *
 * Versions. 0 is the only one, and flexible.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ListPartitionReassignmentsRequest = message({
  name: "ListPartitionReassignmentsRequest",
  apiKey: 46,
  type: "request",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  timeoutMs: field.int32({ default: 60000 }),
  topics: field.array({ of: "ListPartitionReassignmentsTopics", nullable: 0, default: null }, {
    name: field.string(),
    partitionIndexes: field.array({ of: "int32" }),
  }),
});
export type ListPartitionReassignmentsRequest = MessageOf<typeof ListPartitionReassignmentsRequest>;

export const ListPartitionReassignmentsResponse = message({
  name: "ListPartitionReassignmentsResponse",
  apiKey: 46,
  type: "response",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0 }),
  topics: field.array({ of: "OngoingTopicReassignment" }, {
    name: field.string(),
    partitions: field.array({ of: "OngoingPartitionReassignment" }, {
      partitionIndex: field.int32(),
      replicas: field.array({ of: "int32" }),
      addingReplicas: field.array({ of: "int32" }),
      removingReplicas: field.array({ of: "int32" }),
    }),
  }),
});
export type ListPartitionReassignmentsResponse = MessageOf<typeof ListPartitionReassignmentsResponse>;
