/**
 * EndTxn (key 26).
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
