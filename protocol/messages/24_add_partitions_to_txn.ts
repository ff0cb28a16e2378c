/**
 * AddPartitionsToTxn (key 24): the producer's transaction is going to write to these partitions (KIP-98). The first one begins
 * it.
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: PRODUCER_FENCED may be answered (KIP-588)
 *  - 3: flexible (KIP-482)
 *  - 4: from broker to coordinator: several transactions at once, and whether they only are to be verified (KIP-890)
 *  - 5: TRANSACTION_ABORTABLE may be answered (KIP-890)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

const addPartitionsToTxnTopic = {
  name: field.string(),
  partitions: field.array({ of: "int32" }),
};

export const AddPartitionsToTxnRequest = message({
  name: "AddPartitionsToTxnRequest",
  apiKey: 24,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  transactions: field.array({ of: "AddPartitionsToTxnTransaction", since: 4 }, {
    transactionalId: field.string({ since: 4 }),
    producerId: field.int64({ since: 4 }),
    producerEpoch: field.int16({ since: 4 }),
    verifyOnly: field.bool({ since: 4 }),
    topics: field.array({ of: "AddPartitionsToTxnTopic", since: 4 }, addPartitionsToTxnTopic),
  }),
  v3AndBelowTransactionalId: field.string({ until: 3 }),
  v3AndBelowProducerId: field.int64({ until: 3 }),
  v3AndBelowProducerEpoch: field.int16({ until: 3 }),
  v3AndBelowTopics: field.array({ of: "AddPartitionsToTxnTopic", until: 3 }, addPartitionsToTxnTopic),
});
export type AddPartitionsToTxnRequest = MessageOf<typeof AddPartitionsToTxnRequest>;

const addPartitionsToTxnPartitionResult = {
  partitionIndex: field.int32(),
  partitionErrorCode: field.int16(),
};

const addPartitionsToTxnTopicResult = {
  name: field.string(),
  resultsByPartition: field.array(
    { of: "AddPartitionsToTxnPartitionResult" },
    addPartitionsToTxnPartitionResult,
  ),
};

export const AddPartitionsToTxnResponse = message({
  name: "AddPartitionsToTxnResponse",
  apiKey: 24,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16({ since: 4, ignorable: true }),
  resultsByTransaction: field.array({ of: "AddPartitionsToTxnResult", since: 4, ignorable: true }, {
    transactionalId: field.string({ since: 4, ignorable: true }),
    topicResults: field.array(
      { of: "AddPartitionsToTxnTopicResult", since: 4, ignorable: true },
      addPartitionsToTxnTopicResult,
    ),
  }),
  resultsByTopicV3AndBelow: field.array(
    { of: "AddPartitionsToTxnTopicResult", until: 3, ignorable: true },
    addPartitionsToTxnTopicResult,
  ),
});
export type AddPartitionsToTxnResponse = MessageOf<typeof AddPartitionsToTxnResponse>;
