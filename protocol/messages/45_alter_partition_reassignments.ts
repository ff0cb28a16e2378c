/**
 * AlterPartitionReassignments (key 45): moves partitions to other brokers, or takes that back (`replicas` null) (KIP-455).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning, flexible
 *  - 1: whether the number of replicas may change by it (KIP-860)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const AlterPartitionReassignmentsRequest = message({
  name: "AlterPartitionReassignmentsRequest",
  apiKey: 45,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  timeoutMs: field.int32({ default: 60000 }),
  allowReplicationFactorChange: field.bool({ since: 1, default: true }),
  topics: field.array({ of: "ReassignableTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "ReassignablePartition" }, {
      partitionIndex: field.int32(),
      replicas: field.array({ of: "int32", nullable: 0, default: null }),
    }),
  }),
});
export type AlterPartitionReassignmentsRequest = MessageOf<typeof AlterPartitionReassignmentsRequest>;

export const AlterPartitionReassignmentsResponse = message({
  name: "AlterPartitionReassignmentsResponse",
  apiKey: 45,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  allowReplicationFactorChange: field.bool({ since: 1, default: true, ignorable: true }),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0 }),
  responses: field.array({ of: "ReassignableTopicResponse" }, {
    name: field.string(),
    partitions: field.array({ of: "ReassignablePartitionResponse" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
      errorMessage: field.string({ nullable: 0 }),
    }),
  }),
});
export type AlterPartitionReassignmentsResponse = MessageOf<typeof AlterPartitionReassignmentsResponse>;
