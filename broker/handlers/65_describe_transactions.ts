/**
 * DescribeTransactions: how far the transactions of some transactional ids are (KIP-664). An id that is not known has
 * TRANSACTIONAL_ID_NOT_FOUND; an empty one INVALID_REQUEST.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { TransactionCoordinator } from "../coordinator/transactions/transaction_coordinator.ts";
import { apiHandler } from "./api_handler.ts";

export const describeTransactionsHandler = apiHandler(
  api.DescribeTransactions,
  { from: 0, to: 0 },
  ({ transactions }, { transactionalIds }) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((id) => describe(transactions, id)),
  }),
);

function describe(transactions: TransactionCoordinator, transactionalId: string) {
  const transaction = transactions.transaction(transactionalId);
  if (transaction === undefined) {
    return {
      errorCode: transactionalId === "" ? ErrorCode.INVALID_REQUEST : ErrorCode.TRANSACTIONAL_ID_NOT_FOUND,
      transactionalId,
      transactionState: "",
      transactionTimeoutMs: 0,
      transactionStartTimeMs: 0,
      producerId: 0,
      producerEpoch: 0,
      topics: [],
    };
  }
  const { status, timeoutMs, startMs, producerId, producerEpoch, partitions } = transaction;
  return {
    errorCode: ErrorCode.NONE,
    transactionalId,
    transactionState: status,
    transactionTimeoutMs: timeoutMs,
    transactionStartTimeMs: startMs,
    producerId,
    producerEpoch,
    topics: Array.from(partitions, ([topic, numbers]) => ({ topic, partitions: [...numbers] })),
  };
}
