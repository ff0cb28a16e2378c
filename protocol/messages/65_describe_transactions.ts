/**
 * DescribeTransactions (key 65): state, producer and partitions of the transactions of some transactional ids (KIP-664).
 *
 * Versions. 0, flexible from the beginning.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeTransactionsRequest = message({
  name: "DescribeTransactionsRequest",
  apiKey: 65,
  type: "request",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  transactionalIds: field.array({ of: "string" }),
});
export type DescribeTransactionsRequest = MessageOf<typeof DescribeTransactionsRequest>;

export const DescribeTransactionsResponse = message({
  name: "DescribeTransactionsResponse",
  apiKey: 65,
  type: "response",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  transactionStates: field.array({ of: "TransactionState" }, {
    errorCode: field.int16(),
    transactionalId: field.string(),
    transactionState: field.string(),
    transactionTimeoutMs: field.int32(),
    transactionStartTimeMs: field.int64(),
    producerId: field.int64(),
    producerEpoch: field.int16(),
    topics: field.array({ of: "TopicData" }, {
      topic: field.string(),
      partitions: field.array({ of: "int32" }),
    }),
  }),
});
export type DescribeTransactionsResponse = MessageOf<typeof DescribeTransactionsResponse>;
