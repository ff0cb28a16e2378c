/**
 * AddOffsetsToTxn (key 25): the producer's transaction is going to commit offsets of a group (KIP-98).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: PRODUCER_FENCED may be answered (KIP-588)
 *  - 3: flexible (KIP-482)
 *  - 4: TRANSACTION_ABORTABLE may be answered (KIP-890)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const AddOffsetsToTxnRequest = message({
  name: "AddOffsetsToTxnRequest",
  apiKey: 25,
  type: "request",
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
}, {
  transactionalId: field.string(),
  producerId: field.int64(),
  producerEpoch: field.int16(),
  groupId: field.string(),
});
export type AddOffsetsToTxnRequest = MessageOf<typeof AddOffsetsToTxnRequest>;

export const AddOffsetsToTxnResponse = message({
  name: "AddOffsetsToTxnResponse",
  apiKey: 25,
  type: "response",
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
});
export type AddOffsetsToTxnResponse = MessageOf<typeof AddOffsetsToTxnResponse>;
