/**
 * OffsetCommit (key 8).
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
