/**
 * DescribeProducers: who has written to partitions lately with an id of its own, and whose transaction is open there
 * (KIP-664).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { apiHandler } from "./api_handler.ts";

export const describeProducersHandler = apiHandler(
  api.DescribeProducers,
  { from: 0, to: 0 },
  ({ topics }, body) => ({
    throttleTimeMs: 0,
    topics: body.topics.map(({ name, partitionIndexes }) => {
      const logs = topics.topic(name)?.partitions;
      return {
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          ...describe(logs?.[partitionIndex]),
        })),
      };
    }),
  }),
);

function describe(log: PartitionLog | undefined) {
  if (log === undefined) {
    return {
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      errorMessage: "This broker has no such topic or partition.",
      activeProducers: [],
    };
  }
  if (log.failure !== undefined) {
    return { errorCode: log.failure.code, errorMessage: log.failure.message, activeProducers: [] };
  }
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    activeProducers: Array.from(log.producers(), (producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.timestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTransactionFirstOffset,
    })),
  };
}
