/**
 * AddOffsetsToTxn: the transaction will commit offsets of a group (KIP-98). The partition of `__consumer_offsets` that
 * keeps the group's is added to it, like any other by AddPartitionsToTxn.
 *
 * - Versions below 2 are told INVALID_PRODUCER_EPOCH for PRODUCER_FENCED (KIP-588).
 * - By the second version of the transaction protocol clients do without it: TxnOffsetCommit adds the partition (KIP-890).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { LogError } from "../../storage/log_error.ts";
import { topicPartitions } from "../coordinator/transactions/topic_partitions.ts";
import { transactionLogErrorCode } from "../coordinator/transactions/transaction_log_error.ts";
import type { ApiHandler } from "./api_handler.ts";
import { fencingErrorFor } from "./fencing_error.ts";

export const addOffsetsToTxnHandler: ApiHandler = {
  api: api.AddOffsetsToTxn,
  versions: { from: 0, to: 4 },

  handle(broker, request) {
    const { transactionalId, producerId, producerEpoch, groupId } = request.decode(
      api.AddOffsetsToTxn.request,
    );
    const answer = (errorCode: number) => {
      request.answer(api.AddOffsetsToTxn.response, {
        throttleTimeMs: 0,
        errorCode: fencingErrorFor(request.version, errorCode),
      });
    };
    if (transactionalId === "") return answer(ErrorCode.INVALID_REQUEST);
    const { journal } = broker.groups;
    try {
      journal.ensureTopic();
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      return answer(transactionLogErrorCode(error));
    }
    broker.transactions.addPartitions(
      transactionalId,
      { producerId, producerEpoch },
      topicPartitions([[journal.topic, [journal.partitionOf(groupId)]]]),
      0,
      answer,
    );
  },
};
