/**
 * Fetch (key 1): read record batches from partitions, by consumers and by replicas.
 *
 * The answer waits until `minBytes` are there or `maxWaitMs` are over. `maxBytes` and `partitionMaxBytes` bound it, but
 * the first batch comes whole however large it is. Batches come whole: the first may begin before `fetchOffset`.
 * `sessionId` and `sessionEpoch` (KIP-227) let later requests name changed partitions only; 0 and -1 is no session.
 *
 * Versions. Request and response have the same number.
 *  -  4: record batches of format 2; isolation level, last stable offset, aborted transactions (KIP-98)
 *  -  5: first offset of the partition, both ways (KIP-107)
 *  -  6: KAFKA_STORAGE_ERROR may be answered (KIP-112)
 *  -  7: fetch sessions, an error for the whole answer (KIP-227)
 *  -  8: a throttled answer comes at once, and the client waits (KIP-219)
 *  -  9: the leader epoch the client believes in (KIP-320)
 *  - 10: zstd may be answered (KIP-110)
 *  - 11: the client's rack, and a replica nearer to it (KIP-392)
 *  - 12: flexible (KIP-482); last fetched epoch, diverging epoch, current leader, snapshot (KIP-595)
 *  - 13: topics by id instead of by name; UNKNOWN_TOPIC_ID may be answered (KIP-516)
 *  - 14: OFFSET_MOVED_TO_TIERED_STORAGE may be answered (KIP-405)
 *  - 15: a replica's id and epoch together, instead of the bare id (KIP-903)
 *  - 16: answers tell where new leaders can be reached (KIP-951)
 *  - 17: the replica's directory id (KIP-853)
 *  - 18: the replica's high watermark (KIP-1166)
 *
 * 0 to 3 carried the record formats 0 and 1, which Kafka 4 refuses (KIP-896).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

/** As a table's default it stands for Long.MAX: "not told". It is written clamped to int64. */
const LONG_MAX = 2 ** 63;

export const FetchRequest = message({
  name: "FetchRequest",
  apiKey: 1,
  type: "request",
  versions: { min: 4, max: 18 },
  flexibleFrom: 12,
}, {
  clusterId: field.string({ since: 12, nullable: 12, tag: 0, default: null, ignorable: true }),
  replicaId: field.int32({ until: 14, default: -1 }),
  replicaState: field.struct({ of: "ReplicaState", since: 15, tag: 1 }, {
    replicaId: field.int32({ since: 15, default: -1 }),
    replicaEpoch: field.int64({ since: 15, default: -1 }),
  }),
  maxWaitMs: field.int32(),
  minBytes: field.int32(),
  maxBytes: field.int32({ since: 3, default: 0x7fffffff, ignorable: true }),
  isolationLevel: field.int8({ since: 4, default: 0, ignorable: true }),
  sessionId: field.int32({ since: 7, default: 0, ignorable: true }),
  sessionEpoch: field.int32({ since: 7, default: -1, ignorable: true }),
  topics: field.array({ of: "FetchTopic" }, {
    topic: field.string({ until: 12, ignorable: true }),
    topicId: field.uuid({ since: 13, ignorable: true }),
    partitions: field.array({ of: "FetchPartition" }, {
      partition: field.int32(),
      currentLeaderEpoch: field.int32({ since: 9, default: -1, ignorable: true }),
      fetchOffset: field.int64(),
      lastFetchedEpoch: field.int32({ since: 12, default: -1 }),
      logStartOffset: field.int64({ since: 5, default: -1, ignorable: true }),
      partitionMaxBytes: field.int32(),
      replicaDirectoryId: field.uuid({ since: 17, tag: 0, ignorable: true }),
      highWatermark: field.int64({ since: 18, tag: 1, default: LONG_MAX, ignorable: true }),
    }),
  }),
  forgottenTopicsData: field.array({ of: "ForgottenTopic", since: 7 }, {
    topic: field.string({ since: 7, until: 12, ignorable: true }),
    topicId: field.uuid({ since: 13, ignorable: true }),
    partitions: field.array({ of: "int32", since: 7 }),
  }),
  rackId: field.string({ since: 11, default: "", ignorable: true }),
});
export type FetchRequest = MessageOf<typeof FetchRequest>;

export const FetchResponse = message({
  name: "FetchResponse",
  apiKey: 1,
  type: "response",
  versions: { min: 4, max: 18 },
  flexibleFrom: 12,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  errorCode: field.int16({ since: 7, ignorable: true }),
  sessionId: field.int32({ since: 7, default: 0 }),
  responses: field.array({ of: "FetchableTopicResponse" }, {
    topic: field.string({ until: 12, ignorable: true }),
    topicId: field.uuid({ since: 13, ignorable: true }),
    partitions: field.array({ of: "PartitionData" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
      highWatermark: field.int64(),
      lastStableOffset: field.int64({ since: 4, default: -1, ignorable: true }),
      logStartOffset: field.int64({ since: 5, default: -1, ignorable: true }),
      divergingEpoch: field.struct({ of: "EpochEndOffset", since: 12, tag: 0 }, {
        epoch: field.int32({ since: 12, default: -1 }),
        endOffset: field.int64({ since: 12, default: -1 }),
      }),
      currentLeader: field.struct({ of: "LeaderIdAndEpoch", since: 12, tag: 1 }, {
        leaderId: field.int32({ since: 12, default: -1 }),
        leaderEpoch: field.int32({ since: 12, default: -1 }),
      }),
      snapshotId: field.struct({ of: "SnapshotId", since: 12, tag: 2 }, {
        endOffset: field.int64({ default: -1 }),
        epoch: field.int32({ default: -1 }),
      }),
      abortedTransactions: field.array({ of: "AbortedTransaction", since: 4, nullable: 4, ignorable: true }, {
        producerId: field.int64({ since: 4 }),
        firstOffset: field.int64({ since: 4 }),
      }),
      preferredReadReplica: field.int32({ since: 11, default: -1 }),
      records: field.records({ nullable: 0 }),
    }),
  }),
  nodeEndpoints: field.array({ of: "NodeEndpoint", since: 16, tag: 0 }, {
    nodeId: field.int32({ since: 16 }),
    host: field.string({ since: 16 }),
    port: field.int32({ since: 16 }),
    rack: field.string({ since: 16, nullable: 16, default: null }),
  }),
});
export type FetchResponse = MessageOf<typeof FetchResponse>;
