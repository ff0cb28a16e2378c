/**
 * How a fenced producer is told, in AddPartitionsToTxn, AddOffsetsToTxn and EndTxn (KIP-588).
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";

const FENCED_FROM_VERSION = 2;

/** `errorCode` as clients of that version of the request know it. */
export function fencingErrorFor(version: number, errorCode: number): number {
  return errorCode === ErrorCode.PRODUCER_FENCED && version < FENCED_FROM_VERSION
    ? ErrorCode.INVALID_PRODUCER_EPOCH
    : errorCode;
}
