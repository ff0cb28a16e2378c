/**
 * How it looks when a request came to the wrong broker, or at the wrong moment: what a leader, a controller or a
 * coordinator says that is one no more, or not yet.
 * @module
 */
import { ErrorCode } from "../protocol/errors.ts";
import { ClusterAwayError, ConnectionError } from "./connection_error.ts";
import { ResponseError } from "./response_error.ts";
import { UnknownTopicError } from "./unknown_topic_error.ts";

const LEADER_CODES: ReadonlySet<number> = new Set([
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.OFFSET_NOT_AVAILABLE,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  // It has no replica of it any more, or has not heard yet that it has one.
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
]);

const COORDINATOR_CODES: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
]);

/**
 * Whether a broker that answers so about a partition does not lead it, or soon will no more. `mayRepeat`: so it is also
 * where its disk has failed, which may have been after it had written.
 */
export function isNotLeading(code: number, mayRepeat: boolean): boolean {
  return LEADER_CODES.has(code) || (mayRepeat && code === ErrorCode.KAFKA_STORAGE_ERROR);
}

/** Whether a broker that answers so about a group or transactional id does not coordinate it, or not yet. */
export function isNotCoordinating(code: number): boolean {
  return COORDINATOR_CODES.has(code);
}

/** Whether an answer, of any API, is that of a broker that is not the controller: for all that was asked, or none. */
export function isNotControlling(answer: unknown): boolean {
  const saysSo = (part: unknown) => {
    return typeof part === "object" && part !== null && "errorCode" in part &&
      part.errorCode === ErrorCode.NOT_CONTROLLER;
  };
  return saysSo(answer) ||
    Object.values(answer as object).some((parts) => Array.isArray(parts) && parts.some(saysSo));
}

/**
 * Whether what failed so may succeed soon, and trying it again does no harm. `mayRepeat`: even if it was carried out the
 * first time.
 */
export function mayPass(error: unknown, mayRepeat: boolean): boolean {
  // Nobody can tell where else to go, and all have been asked for a while: people are better told than kept waiting.
  if (error instanceof ClusterAwayError) return false;
  if (error instanceof ConnectionError) return error.retriable && (mayRepeat || !error.sent);
  // The cluster itself says so.
  if (error instanceof UnknownTopicError || !(error instanceof ResponseError)) return false;
  return isNotLeading(error.code, mayRepeat) || isNotCoordinating(error.code);
}
