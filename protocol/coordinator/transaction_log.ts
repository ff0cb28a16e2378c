/**
 * Records of `__transaction_state`: by transactional id, what its producer is and how far its transaction has come.
 *
 * Versions of the value.
 *  - 0: the beginning (KIP-98)
 *  - 1: flexible; what the second version of the transaction protocol has to remember, in tagged fields (KIP-890)
 * @module
 */
import { message, type MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const TransactionLogKey = message({
  name: "TransactionLogKey",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: Infinity,
}, {
  transactionalId: field.string(),
});

export const TransactionLogValue = message({
  name: "TransactionLogValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
}, {
  producerId: field.int64(),
  /** The id before, if the last change was to a new one. */
  previousProducerId: field.int64({ since: 1, tag: 0, default: -1, ignorable: true }),
  /** The id that follows when the transaction is complete, because the epochs of this one are used up. */
  nextProducerId: field.int64({ since: 1, tag: 1, default: -1, ignorable: true }),
  producerEpoch: field.int16(),
  /** Of two-phase commit (KIP-939), which is not served: kept for whoever reads it. */
  nextProducerEpoch: field.int16({ since: 1, tag: 3, default: -1, ignorable: true }),
  transactionTimeoutMs: field.int32(),
  transactionStatus: field.int8(),
  transactionPartitions: field.array({ of: "PartitionsSchema", nullable: 0 }, {
    topic: field.string(),
    partitionIds: field.array({ of: "int32" }),
  }),
  transactionLastUpdateTimestampMs: field.int64(),
  transactionStartTimestampMs: field.int64(),
  /** `transaction.version` that the client spoke. */
  clientTransactionVersion: field.int16({ since: 1, tag: 2, default: 0, ignorable: true }),
});
export type TransactionLogValue = MessageOf<typeof TransactionLogValue>;
