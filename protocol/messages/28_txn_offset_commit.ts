/**
 * TxnOffsetCommit (key 28): keep how far a consumer group has come, if and when a transaction is committed (KIP-98).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: the leader epoch of the last record that was consumed (KIP-320)
 *  - 3: flexible (KIP-482); the consumer's member id, generation and instance id, so that zombies are told (KIP-447)
 *  - 4: TRANSACTION_ABORTABLE may be answered (KIP-890)
 *  - 5: the group need not be added to the transaction before: this does it (KIP-890)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const TxnOffsetCommitRequest = message({
  name: "TxnOffsetCommitRequest",
  apiKey: 28,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  transactionalId: field.string(),
  groupId: field.string(),
  producerId: field.int64(),
  producerEpoch: field.int16(),
  generationId: field.int32({ since: 3, default: -1 }),
  memberId: field.string({ since: 3 }),
  groupInstanceId: field.string({ since: 3, nullable: 3, default: null }),
  topics: field.array({ of: "TxnOffsetCommitRequestTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "TxnOffsetCommitRequestPartition" }, {
      partitionIndex: field.int32(),
      committedOffset: field.int64(),
      committedLeaderEpoch: field.int32({ since: 2, default: -1 }),
      committedMetadata: field.string({ nullable: 0 }),
    }),
  }),
});
export type TxnOffsetCommitRequest = MessageOf<typeof TxnOffsetCommitRequest>;

export const TxnOffsetCommitResponse = message({
  name: "TxnOffsetCommitResponse",
  apiKey: 28,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  throttleTimeMs: field.int32(),
  topics: field.array({ of: "TxnOffsetCommitResponseTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "TxnOffsetCommitResponsePartition" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
    }),
  }),
});
export type TxnOffsetCommitResponse = MessageOf<typeof TxnOffsetCommitResponse>;
