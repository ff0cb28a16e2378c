/**
 * ListOffsets (key 2): the first offset at or after a time, and the ends of a partition.
 *
 * `timestamp` is milliseconds, or one of: -1 the end (the last stable offset for isolation level 1), -2 the start,
 * -3 the record with the greatest timestamp, -4 the start of what lies on local disk, -5 the last offset in tiered
 * storage, -6 the first offset not yet uploaded to it. Nothing found is offset -1 and timestamp -1.
 *
 * Versions. Request and response have the same number.
 *  -  1: one offset per partition instead of a list (KIP-79)
 *  -  2: isolation level (KIP-98), throttle time
 *  -  3: a throttled answer comes at once, and the client waits (KIP-219)
 *  -  4: leader epoch, both ways (KIP-320)
 *  -  5: OFFSET_NOT_AVAILABLE may be answered (KIP-207)
 *  -  6: flexible (KIP-482)
 *  -  7: timestamp -3 (KIP-734)
 *  -  8: timestamp -4 (KIP-405)
 *  -  9: timestamp -5 (KIP-1005)
 *  - 10: how long a look-up in tiered storage may take (KIP-1075)
 *  - 11: timestamp -6 (KIP-1023)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ListOffsetsRequest = message({
  name: "ListOffsetsRequest",
  apiKey: 2,
  type: "request",
  versions: { min: 1, max: 11 },
  flexibleFrom: 6,
}, {
  replicaId: field.int32(),
  isolationLevel: field.int8({ since: 2 }),
  topics: field.array({ of: "ListOffsetsTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "ListOffsetsPartition" }, {
      partitionIndex: field.int32(),
      currentLeaderEpoch: field.int32({ since: 4, default: -1, ignorable: true }),
      timestamp: field.int64(),
    }),
  }),
  timeoutMs: field.int32({ since: 10, ignorable: true }),
});
export type ListOffsetsRequest = MessageOf<typeof ListOffsetsRequest>;

export const ListOffsetsResponse = message({
  name: "ListOffsetsResponse",
  apiKey: 2,
  type: "response",
  versions: { min: 1, max: 11 },
  flexibleFrom: 6,
}, {
  throttleTimeMs: field.int32({ since: 2, ignorable: true }),
  topics: field.array({ of: "ListOffsetsTopicResponse" }, {
    name: field.string(),
    partitions: field.array({ of: "ListOffsetsPartitionResponse" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
      timestamp: field.int64({ since: 1, default: -1 }),
      offset: field.int64({ since: 1, default: -1 }),
      leaderEpoch: field.int32({ since: 4, default: -1 }),
    }),
  }),
});
export type ListOffsetsResponse = MessageOf<typeof ListOffsetsResponse>;
