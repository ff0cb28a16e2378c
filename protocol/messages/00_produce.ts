/**
 * Produce (key 0): append record batches to partitions.
 *
 * One batch per partition. `acks` is 0 (no answer at all), 1 (the leader has appended) or -1 (all in-sync replicas
 * have). The broker gives the records their offsets and answers with the first one; an error stands per partition.
 *
 * Versions. Request and response have the same number.
 *  -  3: record batches of format 2, with producer id, epoch and sequence; transactional id (KIP-98)
 *  -  4: KAFKA_STORAGE_ERROR may be answered (KIP-112)
 *  -  5: answers tell the partition's first offset (KIP-107)
 *  -  6: a throttled answer comes at once, and the client waits (KIP-219)
 *  -  7: zstd is allowed (KIP-110)
 *  -  8: answers tell which records of a refused batch are at fault, and why (KIP-467)
 *  -  9: flexible (KIP-482)
 *  - 10: answers name the current leader where the request went to a former one (KIP-951)
 *  - 11: TRANSACTION_ABORTABLE may be answered (KIP-890)
 *  - 12: a transaction's partitions need not be announced before (KIP-890)
 *  - 13: topics by id instead of by name (KIP-516)
 *
 * 0 to 2 carried the record formats 0 and 1, which Kafka 4 refuses (KIP-896).
 *
 * Two tagged fields are Milena's own (MILENA_TAG; other brokers and clients skip them, as KIP-482 has it): a request may ask
 * for `durability`, and then the answer says where each batch was when it was acknowledged. Nobody who does not ask is told.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

/** Of fields that are not Kafka's; far beyond the tags that Kafka gives, one after the other. */
export const MILENA_TAG = 0x4d69;

/** Values of `durability` in an answer. */
export const ProduceDurability = { UNKNOWN: 0, PAGE_CACHE: 1, DISK: 2 } as const;

export const ProduceRequest = message({
  name: "ProduceRequest",
  apiKey: 0,
  type: "request",
  versions: { min: 3, max: 13 },
  flexibleFrom: 9,
}, {
  transactionalId: field.string({ since: 3, nullable: 3, default: null }),
  acks: field.int16(),
  timeoutMs: field.int32(),
  topicData: field.array({ of: "TopicProduceData" }, {
    name: field.string({ until: 12, ignorable: true }),
    topicId: field.uuid({ since: 13, ignorable: true }),
    partitionData: field.array({ of: "PartitionProduceData" }, {
      index: field.int32(),
      records: field.records({ nullable: 0 }),
    }),
  }),
  wantsDurability: field.bool({ since: 9, tag: MILENA_TAG, default: false, ignorable: true }),
});
export type ProduceRequest = MessageOf<typeof ProduceRequest>;

export const ProduceResponse = message({
  name: "ProduceResponse",
  apiKey: 0,
  type: "response",
  versions: { min: 3, max: 13 },
  flexibleFrom: 9,
}, {
  responses: field.array({ of: "TopicProduceResponse" }, {
    name: field.string({ until: 12, ignorable: true }),
    topicId: field.uuid({ since: 13, ignorable: true }),
    partitionResponses: field.array({ of: "PartitionProduceResponse" }, {
      index: field.int32(),
      errorCode: field.int16(),
      baseOffset: field.int64(),
      logAppendTimeMs: field.int64({ since: 2, default: -1, ignorable: true }),
      logStartOffset: field.int64({ since: 5, default: -1, ignorable: true }),
      recordErrors: field.array({ of: "BatchIndexAndErrorMessage", since: 8, ignorable: true }, {
        batchIndex: field.int32({ since: 8 }),
        batchIndexErrorMessage: field.string({ since: 8, nullable: 8, default: null }),
      }),
      errorMessage: field.string({ since: 8, nullable: 8, default: null, ignorable: true }),
      currentLeader: field.struct({ of: "LeaderIdAndEpoch", since: 10, tag: 0 }, {
        leaderId: field.int32({ since: 10, default: -1 }),
        leaderEpoch: field.int32({ since: 10, default: -1 }),
      }),
      durability: field.int8({ since: 9, tag: MILENA_TAG, default: 0, ignorable: true }),
    }),
  }),
  throttleTimeMs: field.int32({ since: 1, default: 0, ignorable: true }),
  nodeEndpoints: field.array({ of: "NodeEndpoint", since: 10, tag: 0 }, {
    nodeId: field.int32({ since: 10 }),
    host: field.string({ since: 10 }),
    port: field.int32({ since: 10 }),
    rack: field.string({ since: 10, nullable: 10, default: null }),
  }),
});
export type ProduceResponse = MessageOf<typeof ProduceResponse>;
