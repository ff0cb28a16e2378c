/**
 * OffsetForLeaderEpoch (key 23): where the records of a leader epoch end, so that a client finds out where two histories of a
 * partition part (KIP-101, for consumers KIP-320).
 *
 * `leaderEpoch` is the epoch asked about, `currentLeaderEpoch` the one the client believes in. The answer is for the largest
 * epoch up to the one asked about that has records; -1 and -1: unknown.
 *
 * Versions. Request and response have the same number.
 *  - 2: the current leader epoch, throttle time (KIP-320, KIP-219)
 *  - 3: the replica's id; -1 is a consumer, -2 somebody who does not say
 *  - 4: flexible (KIP-482)
 *
 * 0 and 1 are gone with Kafka 4 (KIP-896).
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
