/**
 * DescribeTopicPartitions (key 75): topics with their partitions, a page at a time (KIP-966). An answer with a cursor is
 * continued by a request that brings it back. No topics: all.
 *
 * Versions. 0 is the only one, and flexible.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeTopicPartitionsRequest = message({
  name: "DescribeTopicPartitionsRequest",
  apiKey: 75,
  type: "request",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  topics: field.array({ of: "TopicRequest" }, {
    name: field.string(),
  }),
  responsePartitionLimit: field.int32({ default: 2000 }),
  cursor: field.struct({ of: "Cursor", nullable: 0, default: null }, {
    topicName: field.string(),
    partitionIndex: field.int32(),
  }),
});
export type DescribeTopicPartitionsRequest = MessageOf<typeof DescribeTopicPartitionsRequest>;

export const DescribeTopicPartitionsResponse = message({
  name: "DescribeTopicPartitionsResponse",
  apiKey: 75,
  type: "response",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  topics: field.array({ of: "DescribeTopicPartitionsResponseTopic" }, {
    errorCode: field.int16(),
    name: field.string({ nullable: 0 }),
    topicId: field.uuid(),
    isInternal: field.bool(),
    partitions: field.array({ of: "DescribeTopicPartitionsResponsePartition" }, {
      errorCode: field.int16(),
      partitionIndex: field.int32(),
      leaderId: field.int32(),
      leaderEpoch: field.int32({ default: -1 }),
      replicaNodes: field.array({ of: "int32" }),
      isrNodes: field.array({ of: "int32" }),
      eligibleLeaderReplicas: field.array({ of: "int32", nullable: 0, default: null }),
      lastKnownElr: field.array({ of: "int32", nullable: 0, default: null }),
      offlineReplicas: field.array({ of: "int32" }),
    }),
    topicAuthorizedOperations: field.int32({ default: -2147483648 }),
  }),
  nextCursor: field.struct({ of: "Cursor", nullable: 0, default: null }, {
    topicName: field.string(),
    partitionIndex: field.int32(),
  }),
});
export type DescribeTopicPartitionsResponse = MessageOf<typeof DescribeTopicPartitionsResponse>;
