/**
 * DescribeProducers (key 61): who writes to partitions with a producer id, and since which offset a transaction of theirs is
 * open (KIP-664). For whoever looks for transactions that hang.
 *
 * Versions. 0, flexible from the beginning.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeProducersRequest = message({
  name: "DescribeProducersRequest",
  apiKey: 61,
  type: "request",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  topics: field.array({ of: "TopicRequest" }, {
    name: field.string(),
    partitionIndexes: field.array({ of: "int32" }),
  }),
});
export type DescribeProducersRequest = MessageOf<typeof DescribeProducersRequest>;

export const DescribeProducersResponse = message({
  name: "DescribeProducersResponse",
  apiKey: 61,
  type: "response",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  topics: field.array({ of: "TopicResponse" }, {
    name: field.string(),
    partitions: field.array({ of: "PartitionResponse" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
      errorMessage: field.string({ nullable: 0, default: null }),
      activeProducers: field.array({ of: "ProducerState" }, {
        producerId: field.int64(),
        producerEpoch: field.int32(),
        lastSequence: field.int32({ default: -1 }),
        lastTimestamp: field.int64({ default: -1 }),
        coordinatorEpoch: field.int32(),
        currentTxnStartOffset: field.int64({ default: -1 }),
      }),
    }),
  }),
});
export type DescribeProducersResponse = MessageOf<typeof DescribeProducersResponse>;
