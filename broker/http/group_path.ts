/**
 * The consumer group in the path.
 * @module
 */
import type { Context } from "hono";
import { badParameter } from "./api_error.ts";

/** Kafka itself sets no limit; this one keeps keys of `__consumer_offsets` small. */
const MAX_LENGTH = 249;

export function groupOf(context: Context): string {
  const group = context.req.param("group") ?? "";
  if (group !== "" && group.length <= MAX_LENGTH && group.isWellFormed()) return group;
  throw badParameter(
    `The group in the path must have 1 to ${MAX_LENGTH} characters, but has ${group.length}.`,
  );
}
