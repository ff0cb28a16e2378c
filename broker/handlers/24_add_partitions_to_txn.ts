/**
 * AddPartitionsToTxn: the open transaction of a producer, or its next one, will write to these partitions (KIP-98).
 *
 * - All or none: if a partition does not exist, it has UNKNOWN_TOPIC_OR_PARTITION and the others OPERATION_NOT_ATTEMPTED.
 *   Otherwise each has the same answer.
 * - CONCURRENT_TRANSACTIONS while the transaction before is being completed: clients ask again.
 * - Versions below 2 are told INVALID_PRODUCER_EPOCH for PRODUCER_FENCED (KIP-588).
 * - Versions 4 and 5 are for brokers that ask for several producers at once: there is one broker.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { AddPartitionsToTxnRequest } from "../../protocol/messages/24_add_partitions_to_txn.ts";
import type { Broker } from "../broker.ts";
import { topicPartitions } from "../coordinator/transactions/topic_partitions.ts";
import { fencingErrorFor } from "./fencing_error.ts";
import type { ApiHandler } from "./api_handler.ts";

type Topics = AddPartitionsToTxnRequest["v3AndBelowTopics"];

export const addPartitionsToTxnHandler: ApiHandler = {
  api: api.AddPartitionsToTxn,
  versions: { from: 0, to: 3 },

  handle(broker, request) {
    const {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: topics,
    } = request.decode(api.AddPartitionsToTxn.request);
    const answer = (errorOf: (topic: string, partition: number) => number) => {
      request.answer(api.AddPartitionsToTxn.response, {
        throttleTimeMs: 0,
        resultsByTopicV3AndBelow: topics.map(({ name, partitions }) => ({
          name,
          resultsByPartition: partitions.map((partitionIndex) => ({
            partitionIndex,
            partitionErrorCode: errorOf(name, partitionIndex),
          })),
        })),
      });
    };
    if (!allExist(broker, topics)) {
      return answer((topic, partition) =>
        exists(broker, topic, partition)
          ? ErrorCode.OPERATION_NOT_ATTEMPTED
          : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      );
    }
    if (transactionalId === "") return answer(() => ErrorCode.INVALID_REQUEST);
    const added = topicPartitions(topics.map(({ name, partitions }) => [name, partitions]));
    broker.transactions.addPartitions(
      transactionalId,
      { producerId, producerEpoch },
      added,
      0,
      (errorCode) => answer(() => fencingErrorFor(request.version, errorCode)),
    );
  },
};

function allExist(broker: Broker, topics: Topics): boolean {
  return topics.every(({ name, partitions }) =>
    partitions.every((partition) => exists(broker, name, partition))
  );
}

function exists({ topics }: Broker, topic: string, partition: number): boolean {
  return topics.topic(topic)?.partitions[partition] !== undefined;
}
