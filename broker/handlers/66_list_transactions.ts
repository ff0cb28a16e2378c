/**
 * ListTransactions: transactional ids with their producer and the state of their transaction (KIP-664).
 *
 * - Filters are joined by "and": one of the states, one of the producer ids, and (version 1+, KIP-994) begun more than so
 *   many milliseconds ago. States that do not exist are told.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ListTransactionsRequest } from "../../protocol/messages/66_list_transactions.ts";
import type { Transaction } from "../coordinator/transactions/transaction.ts";
import { isStatusName } from "../coordinator/transactions/transaction_status.ts";
import { apiHandler } from "./api_handler.ts";

export const listTransactionsHandler = apiHandler(
  api.ListTransactions,
  { from: 0, to: 1 },
  ({ transactions, clock }, body) => {
    const isWanted = filterOf(body, clock.now());
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      unknownStateFilters: body.stateFilters.filter((name) => !isStatusName(name)),
      transactionStates: [...transactions.transactions()].filter(isWanted).map((
        { transactionalId, producerId, status },
      ) => ({ transactionalId, producerId, transactionState: status })),
    };
  },
);

function filterOf(
  { stateFilters, producerIdFilters, durationFilter }: ListTransactionsRequest,
  nowMs: number,
): (transaction: Transaction) => boolean {
  const states = new Set(stateFilters);
  const producerIds = new Set(producerIdFilters);
  return ({ status, producerId, startMs }) =>
    (states.size === 0 || states.has(status)) &&
    (producerIds.size === 0 || producerIds.has(producerId)) &&
    (durationFilter < 0 || nowMs - startMs > durationFilter);
}
