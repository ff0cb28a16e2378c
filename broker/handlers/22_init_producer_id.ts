/**
 * InitProducerId: an id and an epoch for a producer (KIP-98).
 *
 * - Without a transactional id: a new id with epoch 0 each time, also for a producer that had one (versions 3+ name it,
 *   KIP-360): its old sequences can't be mixed up with new ones.
 * - With one: the id's own producer id with the next epoch, which fences whoever had it before. Its open transaction is
 *   aborted first; meanwhile CONCURRENT_TRANSACTIONS, which clients retry.
 * - Version 3+ names what the producer has, to go on after an error: PRODUCER_FENCED if somebody came in between; versions
 *   below 4 are told INVALID_PRODUCER_EPOCH instead (KIP-588).
 * - While the next block of ids is being reserved on disk, COORDINATOR_LOAD_IN_PROGRESS, which clients retry.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { InitProducerIdRequest } from "../../protocol/messages/22_init_producer_id.ts";
import type { Broker } from "../broker.ts";
import { NO_EPOCH, NO_PRODUCER_ID, type ProducerIdentity } from "../coordinator/transactions/transaction.ts";
import type { ProducerAnswer } from "../coordinator/transactions/transaction_coordinator.ts";
import type { ApiHandler } from "./api_handler.ts";

const FENCED_FROM_VERSION = 4;

export const initProducerIdHandler: ApiHandler = {
  api: api.InitProducerId,
  versions: { from: 0, to: 5 },

  handle(broker, request) {
    const body = request.decode(api.InitProducerId.request);
    init(broker, body, ({ errorCode, producerId, producerEpoch }) => {
      const isOld = errorCode === ErrorCode.PRODUCER_FENCED && request.version < FENCED_FROM_VERSION;
      request.answer(api.InitProducerId.response, {
        throttleTimeMs: 0,
        errorCode: isOld ? ErrorCode.INVALID_PRODUCER_EPOCH : errorCode,
        producerId,
        producerEpoch,
      });
    });
  },
};

function init(
  broker: Broker,
  { transactionalId, transactionTimeoutMs, producerId, producerEpoch }: InitProducerIdRequest,
  answer: (answer: ProducerAnswer) => void,
): void {
  const hasId = producerId !== NO_PRODUCER_ID;
  // One without the other says nothing.
  if (hasId !== (producerEpoch !== NO_EPOCH)) return answer(refusal(ErrorCode.INVALID_REQUEST));
  if (transactionalId === null) return answer(newProducer(broker));
  if (transactionalId === "") return answer(refusal(ErrorCode.INVALID_REQUEST));
  const expected: ProducerIdentity | undefined = hasId ? { producerId, producerEpoch } : undefined;
  broker.transactions.initProducer({ transactionalId, timeoutMs: transactionTimeoutMs, expected }, answer);
}

function newProducer({ producerIds }: Broker): ProducerAnswer {
  const producerId = producerIds.next();
  if (producerId === undefined) return refusal(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  return { errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 };
}

function refusal(errorCode: number): ProducerAnswer {
  return { errorCode, producerId: NO_PRODUCER_ID, producerEpoch: NO_EPOCH };
}
