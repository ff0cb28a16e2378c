/**
 * EndTxn (key 26): commits the producer's transaction, or aborts it (KIP-98).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: PRODUCER_FENCED may be answered (KIP-588)
 *  - 3: flexible (KIP-482)
 *  - 4: TRANSACTION_ABORTABLE may be answered (KIP-890)
 *  - 5: each end gives the producer a new epoch, or a new id, told in the answer (KIP-890)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const EndTxnRequest = message({
  name: "EndTxnRequest",
  apiKey: 26,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  transactionalId: field.string(),
  producerId: field.int64(),
  producerEpoch: field.int16(),
  committed: field.bool(),
});
export type EndTxnRequest = MessageOf<typeof EndTxnRequest>;

export const EndTxnResponse = message({
  name: "EndTxnResponse",
  apiKey: 26,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  producerId: field.int64({ since: 5, default: -1, ignorable: true }),
  producerEpoch: field.int16({ since: 5, default: -1, ignorable: true }),
});
export type EndTxnResponse = MessageOf<typeof EndTxnResponse>;
