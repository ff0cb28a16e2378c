/**
 * OffsetFetch (key 9): how far consumer groups have come.
 *
 * Where nothing is committed the offset is -1, and no error.
 *
 * Versions. Request and response have the same number.
 *  -  1: from the group's coordinator
 *  -  2: null for all topics; an error for the whole answer
 *  -  3: throttle time
 *  -  4: a throttled answer comes at once, and the client waits (KIP-219)
 *  -  5: the leader epoch (KIP-320)
 *  -  6: flexible (KIP-482)
 *  -  7: stable offsets only; UNSTABLE_OFFSET_COMMIT may be answered (KIP-447)
 *  -  8: several groups at once (KIP-709)
 *  -  9: on behalf of a member, whose epoch is checked (KIP-848)
 *  - 10: topics by id instead of by name; UNKNOWN_TOPIC_ID may be answered (KIP-848)
 *
 * 0 read from ZooKeeper; Kafka 4 refuses it (KIP-896).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const OffsetFetchRequest = message({
  name: "OffsetFetchRequest",
  apiKey: 9,
  type: "request",
  versions: { min: 1, max: 10 },
  flexibleFrom: 6,
}, {
  groupId: field.string({ until: 7 }),
  topics: field.array({ of: "OffsetFetchRequestTopic", until: 7, nullable: [2, 7] }, {
    name: field.string({ until: 7 }),
    partitionIndexes: field.array({ of: "int32", until: 7 }),
  }),
  groups: field.array({ of: "OffsetFetchRequestGroup", since: 8 }, {
    groupId: field.string({ since: 8 }),
    memberId: field.string({ since: 9, nullable: 9, default: null }),
    memberEpoch: field.int32({ since: 9, default: -1 }),
    topics: field.array({ of: "OffsetFetchRequestTopics", since: 8, nullable: 8 }, {
      name: field.string({ since: 8, until: 9 }),
      topicId: field.uuid({ since: 10 }),
      partitionIndexes: field.array({ of: "int32", since: 8 }),
    }),
  }),
  requireStable: field.bool({ since: 7 }),
});
export type OffsetFetchRequest = MessageOf<typeof OffsetFetchRequest>;

export const OffsetFetchResponse = message({
  name: "OffsetFetchResponse",
  apiKey: 9,
  type: "response",
  versions: { min: 1, max: 10 },
  flexibleFrom: 6,
}, {
  throttleTimeMs: field.int32({ since: 3, ignorable: true }),
  topics: field.array({ of: "OffsetFetchResponseTopic", until: 7, ignorable: true }, {
    name: field.string({ until: 7, ignorable: true }),
    partitions: field.array({ of: "OffsetFetchResponsePartition", until: 7, ignorable: true }, {
      partitionIndex: field.int32({ until: 7, ignorable: true }),
      committedOffset: field.int64({ until: 7, ignorable: true }),
      committedLeaderEpoch: field.int32({ since: 5, until: 7, default: -1, ignorable: true }),
      metadata: field.string({ until: 7, nullable: [0, 7], ignorable: true }),
      errorCode: field.int16({ until: 7, ignorable: true }),
    }),
  }),
  errorCode: field.int16({ since: 2, until: 7, default: 0, ignorable: true }),
  groups: field.array({ of: "OffsetFetchResponseGroup", since: 8, ignorable: true }, {
    groupId: field.string({ since: 8, ignorable: true }),
    topics: field.array({ of: "OffsetFetchResponseTopics", since: 8, ignorable: true }, {
      name: field.string({ since: 8, until: 9, ignorable: true }),
      topicId: field.uuid({ since: 10, ignorable: true }),
      partitions: field.array({ of: "OffsetFetchResponsePartitions", since: 8, ignorable: true }, {
        partitionIndex: field.int32({ since: 8, ignorable: true }),
        committedOffset: field.int64({ since: 8, ignorable: true }),
        committedLeaderEpoch: field.int32({ since: 8, default: -1, ignorable: true }),
        metadata: field.string({ since: 8, nullable: 8, ignorable: true }),
        errorCode: field.int16({ since: 8, ignorable: true }),
      }),
    }),
    errorCode: field.int16({ since: 8, default: 0, ignorable: true }),
  }),
});
export type OffsetFetchResponse = MessageOf<typeof OffsetFetchResponse>;
