/**
 * Parameters of the path, checked: each refusal names the parameter, what was given and what may be.
 * @module
 */
import type { Context } from "hono";
import { badParameter } from "./api_error.ts";
import { wholeNumber } from "./parameter.ts";

const MAX_PARTITION = 2 ** 31 - 1;

/** The `{topic}` of the path, a name that Kafka allows. */
export function topicOf(context: Context): string {
  const topic = context.req.param("topic") ?? "";
  if (/^[A-Za-z0-9._-]{1,249}$/.test(topic) && topic !== "." && topic !== "..") return topic;
  throw badParameter(
    `${
      JSON.stringify(topic.slice(0, 260))
    } cannot be the name of a topic: a name has 1 to 249 of the characters ` +
      'A–Z a–z 0–9 . _ - and is not "." or "..".',
  );
}

/** The `{partition}` of the path. */
export function partitionOf(context: Context): number {
  return wholeNumber(context.req.param("partition") ?? "", "The partition in the path", 0, MAX_PARTITION);
}
