/**
 * AddOffsetsToTxn (key 25).
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
