/**
 * ListTransactions (key 66): transactional ids that the coordinator knows, with their state (KIP-664).
 *
 * Versions. Request and response have the same number; flexible from the beginning.
 *  - 0: filters by state and producer id
 *  - 1: a filter by how long the transaction is open (KIP-994)
 *  - 2: a filter by a regular expression for the transactional id (KIP-1152)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ListTransactionsRequest = message({
  name: "ListTransactionsRequest",
  apiKey: 66,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
}, {
  stateFilters: field.array({ of: "string" }),
  producerIdFilters: field.array({ of: "int64" }),
  durationFilter: field.int64({ since: 1, default: -1 }),
  transactionalIdPattern: field.string({ since: 2, nullable: 2, default: null }),
});
export type ListTransactionsRequest = MessageOf<typeof ListTransactionsRequest>;

export const ListTransactionsResponse = message({
  name: "ListTransactionsResponse",
  apiKey: 66,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  unknownStateFilters: field.array({ of: "string" }),
  transactionStates: field.array({ of: "TransactionState" }, {
    transactionalId: field.string(),
    producerId: field.int64(),
    transactionState: field.string(),
  }),
});
export type ListTransactionsResponse = MessageOf<typeof ListTransactionsResponse>;
