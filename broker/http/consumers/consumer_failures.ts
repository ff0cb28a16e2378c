/**
 * What a consumer refuses, as callers over HTTP are told it.
 * @module
 */
import { SubscriptionStateError } from "../../../client/consumer/subscription_state_error.ts";
import { ResponseError } from "../../../client/response_error.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";

const GONE_ON: ReadonlySet<number> = new Set([
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.UNKNOWN_MEMBER_ID,
]);

/** What comes of `work`. */
export async function told<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

function refusalOf(error: unknown): ApiError | undefined {
  if (error instanceof SubscriptionStateError) {
    return illegalState(`Not possible as things are: ${error.message}.`);
  }
  if (!(error instanceof ResponseError)) return undefined;
  if (GONE_ON.has(error.code)) {
    return illegalState(
      `The group is sharing out its partitions anew (${error.codeName}), and nothing was done: read on, and commit what ` +
        "comes then. What was not committed comes again, here or at another member.",
    );
  }
  if (error.code === ErrorCode.INCONSISTENT_GROUP_PROTOCOL) {
    return illegalState(
      "The group has members that share out partitions in another way. Instances here can do range and roundrobin: " +
        "set one of them as the others' partition.assignment.strategy, or take another group.",
    );
  }
  return undefined;
}

function illegalState(message: string): ApiError {
  return new ApiError(409, ApiErrorCode.ILLEGAL_STATE, message);
}
