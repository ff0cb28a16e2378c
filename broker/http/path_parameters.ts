/**
 * Parameters of the path, checked: each refusal names the parameter, what was given and what may be.
 * @module
 */
import type { Context } from "hono";
import { badParameter } from "./api_error.ts";
import { type JsonSchema, wholeNumber } from "./parameter.ts";

const MAX_PARTITION = 2 ** 31 - 1;
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;

interface PathParameter {
  /** A clause for the documentation. */
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string | number;
}

const TEXT: JsonSchema = { type: "string", minLength: 1 };

/** All that stand in paths of routes, by name. */
export const pathParameters: Readonly<Record<string, PathParameter>> = {
  topic: {
    description: "the name of a topic",
    schema: { type: "string", pattern: TOPIC_NAME.source },
    example: "orders",
  },
  partition: {
    description: "the number of a partition",
    schema: { type: "integer", minimum: 0, maximum: MAX_PARTITION },
    example: 0,
  },
  cluster_id: { description: "the id of the cluster, as GET /v3/clusters tells it", schema: TEXT },
  broker: {
    description: "the id of a broker",
    schema: { type: "integer", minimum: 0, maximum: 2 ** 31 - 1 },
    example: 1,
  },
  config: { description: "the name of a setting", schema: TEXT, example: "retention.ms" },
  group: { description: "the id of a consumer group", schema: TEXT, example: "billing" },
  instance: {
    description: "the id of a consumer instance, as it was answered when it was made",
    schema: TEXT,
  },
  consumer: { description: "the id of a member of the group", schema: TEXT },
};

/** The `{topic}` of the path, a name that Kafka allows. */
export function topicOf(context: Context): string {
  const topic = context.req.param("topic") ?? "";
  if (TOPIC_NAME.test(topic) && topic !== "." && topic !== "..") return topic;
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

/** The `{broker}` of the path. */
export function brokerOf(context: Context): number {
  return wholeNumber(context.req.param("broker") ?? "", "The broker in the path", 0, 2 ** 31 - 1);
}

/** The `{group}` of the path. */
export function groupOf(context: Context): string {
  return context.req.param("group") ?? "";
}
