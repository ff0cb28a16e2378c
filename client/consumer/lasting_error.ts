/**
 * Which failures a consumer tells its user. Most pass: brokers restart, leaders move, and it goes on by itself.
 * @module
 */
import { ConnectionError } from "../connection_error.ts";
import { PoolExhaustedError } from "../connection_pool.ts";
import { ResponseError } from "../response_error.ts";
import { UnknownTopicError } from "../unknown_topic_error.ts";

/** `error`, if trying again will bring it again; undefined if it may pass. */
export function lastingError(error: unknown): Error | undefined {
  // A topic may be made yet.
  if (error instanceof UnknownTopicError || error instanceof PoolExhaustedError) return undefined;
  if (error instanceof ConnectionError || error instanceof ResponseError) {
    return error.retriable ? undefined : error;
  }
  return error instanceof Error ? error : new Error(String(error));
}
