/**
 * OffsetCommit (key 8): keep how far a consumer group has come in partitions.
 *
 * A consumer on its own names no generation (-1) and no member (""). `committedMetadata` is a note that comes back with the
 * offset.
 *
 * Versions. Request and response have the same number.
 *  -  2: a retention time instead of a timestamp for each partition
 *  -  3: throttle time
 *  -  4: a throttled answer comes at once, and the client waits (KIP-219)
 *  -  5: no retention time any more: the broker's counts (KIP-211)
 *  -  6: the leader epoch of the last record that was consumed (KIP-320)
 *  -  7: static members (KIP-345)
 *  -  8: flexible (KIP-482)
 *  -  9: a member's epoch in the place of the generation; GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH may be answered (KIP-848)
 *  - 10: topics by id instead of by name; UNKNOWN_TOPIC_ID may be answered (KIP-848)
 *
 * 0 and 1 wrote to ZooKeeper or had timestamps of their own; Kafka 4 refuses them (KIP-896).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const OffsetCommitRequest = message({
  name: "OffsetCommitRequest",
  apiKey: 8,
  type: "request",
  versions: { min: 2, max: 10 },
  flexibleFrom: 8,
}, {
  groupId: field.string(),
  generationIdOrMemberEpoch: field.int32({ since: 1, default: -1 }),
  memberId: field.string({ since: 1 }),
  groupInstanceId: field.string({ since: 7, nullable: 7, default: null }),
  retentionTimeMs: field.int64({ since: 2, until: 4, default: -1 }),
  topics: field.array({ of: "OffsetCommitRequestTopic" }, {
    name: field.string({ until: 9 }),
    topicId: field.uuid({ since: 10 }),
    partitions: field.array({ of: "OffsetCommitRequestPartition" }, {
      partitionIndex: field.int32(),
      committedOffset: field.int64(),
      committedLeaderEpoch: field.int32({ since: 6, default: -1 }),
      committedMetadata: field.string({ nullable: 0 }),
    }),
  }),
});
export type OffsetCommitRequest = MessageOf<typeof OffsetCommitRequest>;

export const OffsetCommitResponse = message({
  name: "OffsetCommitResponse",
  apiKey: 8,
  type: "response",
  versions: { min: 2, max: 10 },
  flexibleFrom: 8,
}, {
  throttleTimeMs: field.int32({ since: 3, ignorable: true }),
  topics: field.array({ of: "OffsetCommitResponseTopic" }, {
    name: field.string({ until: 9, ignorable: true }),
    topicId: field.uuid({ since: 10, ignorable: true }),
    partitions: field.array({ of: "OffsetCommitResponsePartition" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
    }),
  }),
});
export type OffsetCommitResponse = MessageOf<typeof OffsetCommitResponse>;
