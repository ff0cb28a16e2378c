/**
 * InitProducerId: a producer id for an idempotent producer, never given out before (KIP-98).
 *
 * - Each answer is a new id with epoch 0, also to a producer that had one (versions 3+ name it, KIP-360): its old
 *   sequences can't be mixed up with new ones.
 * - While the next block of ids is being reserved on disk, COORDINATOR_LOAD_IN_PROGRESS, which clients retry.
 * - Transactional ids are not served yet: error 35, at once and not retriable.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { apiHandler } from "./api_handler.ts";

export const initProducerIdHandler = apiHandler(api.InitProducerId, { from: 0, to: 5 }, (broker, body) => {
  if (body.transactionalId !== null) return refused(ErrorCode.UNSUPPORTED_VERSION);
  const producerId = broker.producerIds.next();
  if (producerId === undefined) return refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 };
});

function refused(errorCode: number) {
  return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 };
}
