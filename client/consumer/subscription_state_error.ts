/**
 * What a consumer can't do as it is used.
 * @module
 */

/** It subscribes to topics, or is given partitions: not both; and only what it has can be sought or committed. */
export class SubscriptionStateError extends Error {
  override name = "SubscriptionStateError";
  /** The same again is refused again. */
  readonly retriable = false;
}
