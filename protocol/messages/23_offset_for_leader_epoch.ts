/**
 * OffsetForLeaderEpoch (key 23).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const OffsetForLeaderEpochRequest = message({
  name: "OffsetForLeaderEpochRequest",
  apiKey: 23,
  type: "request",
  versions: { min: 2, max: 4 },
  flexibleFrom: 4,
}, {
  replicaId: field.int32({ since: 3, default: -2 }),
  topics: field.array({ of: "OffsetForLeaderTopic" }, {
    topic: field.string(),
    partitions: field.array({ of: "OffsetForLeaderPartition" }, {
      partition: field.int32(),
      currentLeaderEpoch: field.int32({ since: 2, default: -1 }),
      leaderEpoch: field.int32(),
    }),
  }),
});
export type OffsetForLeaderEpochRequest = MessageOf<typeof OffsetForLeaderEpochRequest>;

export const OffsetForLeaderEpochResponse = message({
  name: "OffsetForLeaderEpochResponse",
  apiKey: 23,
  type: "response",
  versions: { min: 2, max: 4 },
  flexibleFrom: 4,
}, {
  throttleTimeMs: field.int32({ since: 2 }),
  topics: field.array({ of: "OffsetForLeaderTopicResult" }, {
    topic: field.string(),
    partitions: field.array({ of: "EpochEndOffset" }, {
      errorCode: field.int16(),
      partition: field.int32(),
      leaderEpoch: field.int32({ since: 1, default: -1 }),
      endOffset: field.int64({ default: -1 }),
    }),
  }),
});
export type OffsetForLeaderEpochResponse = MessageOf<typeof OffsetForLeaderEpochResponse>;
