/**
 * EndTxn: commits or aborts the open transaction of a producer (KIP-98). Answered when it is complete in all partitions,
 * or, if one of them is long in taking its end, when the outcome can't change any more.
 *
 * - The same request again has the same answer, or CONCURRENT_TRANSACTIONS while the first is being executed; the opposite
 *   one INVALID_TXN_STATE.
 * - Version 5 gives the producer its next epoch, or a new id when epochs are used up (KIP-890).
 * - Versions below 2 are told INVALID_PRODUCER_EPOCH for PRODUCER_FENCED (KIP-588).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { NO_EPOCH, NO_PRODUCER_ID } from "../coordinator/transactions/transaction.ts";
import type { ProducerAnswer } from "../coordinator/transactions/transaction_coordinator.ts";
import type { ApiHandler } from "./api_handler.ts";
import { fencingErrorFor } from "./fencing_error.ts";

const NEW_EPOCH_FROM_VERSION = 5;

export const endTxnHandler: ApiHandler = {
  api: api.EndTxn,
  versions: { from: 0, to: 5 },

  handle(broker, request) {
    const { transactionalId, producerId, producerEpoch, committed } = request.decode(api.EndTxn.request);
    const answer = ({ errorCode, ...next }: ProducerAnswer) => {
      request.answer(api.EndTxn.response, {
        throttleTimeMs: 0,
        errorCode: fencingErrorFor(request.version, errorCode),
        ...next,
      });
    };
    if (transactionalId === "") {
      return answer({
        errorCode: ErrorCode.INVALID_REQUEST,
        producerId: NO_PRODUCER_ID,
        producerEpoch: NO_EPOCH,
      });
    }
    const clientVersion = request.version >= NEW_EPOCH_FROM_VERSION ? 2 : 0;
    const producer = { producerId, producerEpoch };
    broker.transactions.endTransaction(transactionalId, producer, committed, clientVersion, answer);
  },
};
