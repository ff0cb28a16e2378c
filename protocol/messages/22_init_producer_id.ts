/**
 * InitProducerId (key 22): an id and an epoch for a producer that numbers its batches (KIP-98).
 *
 * Without transactional id the id is new. With one it is that id's own, the epoch goes up, and producers with an older
 * epoch are fenced. From version 3 on a producer may hand in what it has, to go on after an error (KIP-360).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: flexible (KIP-482)
 *  - 3: the producer's present id and epoch (KIP-360)
 *  - 4: PRODUCER_FENCED may be answered (KIP-588)
 *  - 5: TRANSACTION_ABORTABLE may be answered (KIP-890)
 *  - 6: two-phase commit: keep a prepared transaction (KIP-939)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const InitProducerIdRequest = message({
  name: "InitProducerIdRequest",
  apiKey: 22,
  type: "request",
  versions: { min: 0, max: 6 },
  flexibleFrom: 2,
}, {
  transactionalId: field.string({ nullable: 0 }),
  transactionTimeoutMs: field.int32(),
  producerId: field.int64({ since: 3, default: -1 }),
  producerEpoch: field.int16({ since: 3, default: -1 }),
  enable2Pc: field.bool({ since: 6, default: false }),
  keepPreparedTxn: field.bool({ since: 6, default: false }),
});
export type InitProducerIdRequest = MessageOf<typeof InitProducerIdRequest>;

export const InitProducerIdResponse = message({
  name: "InitProducerIdResponse",
  apiKey: 22,
  type: "response",
  versions: { min: 0, max: 6 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32({ ignorable: true }),
  errorCode: field.int16(),
  producerId: field.int64({ default: -1 }),
  producerEpoch: field.int16(),
  ongoingTxnProducerId: field.int64({ since: 6, default: -1 }),
  ongoingTxnProducerEpoch: field.int16({ since: 6, default: -1 }),
});
export type InitProducerIdResponse = MessageOf<typeof InitProducerIdResponse>;
