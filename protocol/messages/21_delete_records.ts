/**
 * DeleteRecords (key 21): move the start of partitions forward (KIP-107).
 *
 * Versions. Request and response have the same number.
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DeleteRecordsRequest = message({
  name: "DeleteRecordsRequest",
  apiKey: 21,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  topics: field.array({ of: "DeleteRecordsTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "DeleteRecordsPartition" }, {
      partitionIndex: field.int32(),
      /** Records before it go; -1: all that are acknowledged. */
      offset: field.int64(),
    }),
  }),
  timeoutMs: field.int32(),
});
export type DeleteRecordsRequest = MessageOf<typeof DeleteRecordsRequest>;

export const DeleteRecordsResponse = message({
  name: "DeleteRecordsResponse",
  apiKey: 21,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  topics: field.array({ of: "DeleteRecordsTopicResult" }, {
    name: field.string(),
    partitions: field.array({ of: "DeleteRecordsPartitionResult" }, {
      partitionIndex: field.int32(),
      /** Where the partition begins now; -1 with an error. */
      lowWatermark: field.int64(),
      errorCode: field.int16(),
    }),
  }),
});
export type DeleteRecordsResponse = MessageOf<typeof DeleteRecordsResponse>;
