/**
 * FindCoordinator: who looks after a group or a transactional producer: always this broker.
 *
 * - The topic that the coordinator keeps its records in is made when somebody first asks for it, as Kafka does; where Kafka
 *   answers COORDINATOR_NOT_AVAILABLE meanwhile, it is there at once.
 * - Key types: 0 group, 1 transactional id (version 1+). Share groups (2) are not served: INVALID_REQUEST, as every unknown
 *   type.
 * - Version 4+ asks for many keys of one type (KIP-699), each with an answer of its own.
 * - The address told is one that works for this connection: see `Broker.advertisedTo`.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode, errorMessage } from "../../protocol/errors.ts";
import { errorText, LogError } from "../../storage/log_error.ts";
import type { Broker } from "../broker.ts";
import type { Request } from "../request.ts";
import { apiHandler } from "./api_handler.ts";

const GROUP = 0;
const TRANSACTION = 1;
const BATCHES_FROM_VERSION = 4;

export const findCoordinatorHandler = apiHandler(
  api.FindCoordinator,
  { from: 0, to: 6 },
  (broker, { keyType, coordinatorKeys }, request) => {
    const found = find(broker, keyType, request);
    if (request.version < BATCHES_FROM_VERSION) return { throttleTimeMs: 0, ...found };
    return { throttleTimeMs: 0, coordinators: coordinatorKeys.map((key) => ({ key, ...found })) };
  },
);

function find(broker: Broker, keyType: number, request: Request) {
  const errorCode = check(broker, keyType);
  if (errorCode !== ErrorCode.NONE) {
    return { errorCode, errorMessage: errorMessage(errorCode), nodeId: -1, host: "", port: -1 };
  }
  const { host, port } = broker.advertisedTo(request.connection);
  return { errorCode, errorMessage: null, nodeId: broker.nodeId, host, port };
}

function check(broker: Broker, keyType: number): number {
  if (keyType === TRANSACTION) return ErrorCode.NONE;
  if (keyType !== GROUP) return ErrorCode.INVALID_REQUEST;
  try {
    broker.groups.journal.ensureTopic();
    return ErrorCode.NONE;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    broker.log("warn", `could not make ${broker.groups.journal.topic}: ${errorText(error)}`);
    return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  }
}
