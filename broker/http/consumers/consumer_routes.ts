/**
 * Consumer instances of the v2 API: made, deleted, subscribed, and read from. Where they stand: position_routes.ts.
 * @module
 */
import type { Context } from "hono";
import { RegexSyntaxError } from "../../coordinator/consumer/topic_regex_parser.ts";
import { ApiError, ApiErrorCode, wrongShape } from "../api_error.ts";
import { MAX_TIMEOUT_MS } from "../fetch_routes.ts";
import { readJsonBody } from "../json_body.ts";
import { V2_METADATA_TYPE } from "../media_types.ts";
import { integer, readQuery } from "../parameter.ts";
import { groupOf } from "../path_parameters.ts";
import { Records } from "../record_schema.ts";
import type { Route, Services } from "../route.ts";
import { ByteResponse } from "../server/byte_response.ts";
import { told } from "./consumer_failures.ts";
import { instanceType, writeConsumed } from "./consumer_records.ts";
import { InstanceAnswer, PartitionsBody, SubscriptionAnswer, SubscriptionBody } from "./consumer_shapes.ts";
import { configOf, InstanceBody } from "./instance_config.ts";
import { answer, done, INSTANCE, v2Body, v2Content, withInstance } from "./instance_route.ts";

const MAX_BYTES = 64 * 1024 * 1024;

const recordsParameters = {
  timeout: integer({
    description: "how long to wait for records, ms; left out: as the instance was made",
    min: 0,
    max: MAX_TIMEOUT_MS,
  }),
  max_bytes: integer({
    description: "about how many bytes of records; one record always comes",
    min: 1,
    max: MAX_BYTES,
    default: 16 * 1024 * 1024,
  }),
};

export const consumerRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/consumers/{group}",
    tag: "groups",
    summary: "make a consumer instance in a group (v2)",
    description:
      "A member of the group lives in this gateway until it is deleted, or nobody has used it for five " +
      "minutes. All requests for it go to base_uri.",
    example:
      `HOST/consumers/billing -H 'content-type: ${V2_METADATA_TYPE}' -d '{"format":"json","auto.offset.reset":"earliest"}'`,
    body: {
      description: "How it is to be; empty: all as usual.",
      isRequired: false,
      content: v2Body(InstanceBody),
      example: { name: "worker-1", format: "json", "auto.offset.reset": "earliest" },
    },
    answers: { 200: { description: "Its id and where it is.", content: v2Content(InstanceAnswer) } },
    handle: create,
  },
  {
    method: "DELETE",
    path: INSTANCE,
    tag: "groups",
    summary: "delete a consumer instance: others get its partitions",
    example: "-X DELETE HOST/consumers/billing/instances/worker-1",
    answers: { 204: { description: "It has left its group." } },
    handle: remove,
  },
  {
    method: "POST",
    path: `${INSTANCE}/subscription`,
    tag: "groups",
    summary: "subscribe an instance to topics, or to all that match a pattern",
    description:
      "In place of what it was subscribed to. A pattern is a regular expression (RE2) for the whole name.",
    example: `HOST/consumers/billing/instances/worker-1/subscription -d '{"topics":["orders"]}'`,
    body: {
      description: "Topics, or a pattern.",
      content: v2Body(SubscriptionBody),
      example: { topics: ["orders"] },
    },
    answers: { 204: { description: "It joins its group." } },
    handle: subscribe,
  },
  {
    method: "GET",
    path: `${INSTANCE}/subscription`,
    tag: "groups",
    summary: "the topics that an instance is subscribed to",
    example: "HOST/consumers/billing/instances/worker-1/subscription",
    answers: { 200: { description: "Their names.", content: v2Content(SubscriptionAnswer) } },
    handle: (context, services) =>
      withInstance(
        context,
        services,
        ({ consumer }) => answer(context, { topics: [...consumer.subscription] }),
      ),
  },
  {
    method: "DELETE",
    path: `${INSTANCE}/subscription`,
    tag: "groups",
    summary: "end an instance's subscription, or what it was assigned",
    example: "-X DELETE HOST/consumers/billing/instances/worker-1/subscription",
    answers: { 204: { description: "It has left its group." } },
    handle: (context, services) =>
      withInstance(context, services, async ({ consumer }) => {
        await consumer.unsubscribe();
        return done();
      }),
  },
  {
    method: "GET",
    path: `${INSTANCE}/records`,
    tag: "groups",
    summary: "the next records for an instance",
    description:
      "In the format that the instance was made with: Accept has to allow its media type. Asking says that " +
      "what came before was worked on; with auto.commit.enable that is committed every five seconds.",
    example:
      `HOST/consumers/billing/instances/worker-1/records -H 'accept: application/vnd.kafka.json.v2+json'`,
    query: recordsParameters,
    answers: {
      200: {
        description: "Records, none if none came in time.",
        content: {
          "application/vnd.kafka.binary.v2+json": Records,
          "application/vnd.kafka.json.v2+json": Records,
          [V2_METADATA_TYPE]: Records,
          "application/json": Records,
        },
      },
    },
    handle: readRecords,
  },
  {
    method: "POST",
    path: `${INSTANCE}/assignments`,
    tag: "groups",
    summary: "give an instance partitions, without the group's help",
    example:
      `HOST/consumers/billing/instances/worker-1/assignments -d '{"partitions":[{"topic":"orders","partition":0}]}'`,
    body: {
      description: "The partitions, in place of those it had.",
      content: v2Body(PartitionsBody),
      example: { partitions: [{ topic: "orders", partition: 0 }] },
    },
    answers: { 204: { description: "They are its own." } },
    handle: (context, services) =>
      withInstance(context, services, async ({ consumer }) => {
        const { partitions } = await readJsonBody(context.req.raw, services.body, PartitionsBody);
        await told(() => consumer.assign(partitions));
        return done();
      }),
  },
  {
    method: "GET",
    path: `${INSTANCE}/assignments`,
    tag: "groups",
    summary: "the partitions that an instance has",
    example: "HOST/consumers/billing/instances/worker-1/assignments",
    answers: { 200: { description: "At the moment.", content: v2Content(PartitionsBody) } },
    handle: (context, services) =>
      withInstance(context, services, ({ consumer }) => answer(context, { partitions: consumer.assignment })),
  },
];

async function create(context: Context, { gateway, body }: Services): Promise<Response> {
  const groupId = groupOf(context);
  const { id } = gateway.consumers.create(groupId, configOf(await readConfig(context, body)));
  const path = `/consumers/${encodeURIComponent(groupId)}/instances/${encodeURIComponent(id)}`;
  return answer(context, { instance_id: id, base_uri: originOf(context.req.raw) + path });
}

async function readConfig(context: Context, limits: Services["body"]) {
  try {
    return await readJsonBody(context.req.raw, limits, InstanceBody, {});
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== ApiErrorCode.WRONG_SHAPE) throw error;
    throw new ApiError(
      422,
      ApiErrorCode.INVALID_CONSUMER_CONFIG,
      `${error.message} Known are ${Object.keys(InstanceBody.entries).join(", ")}.`,
    );
  }
}

/** As the caller sees it: the host it asked for; a proxy in front tells what it was asked with. */
function originOf(request: Request): string {
  const { protocol, host } = new URL(request.url);
  const forwarded = request.headers.get("x-forwarded-proto");
  return `${forwarded === "http" || forwarded === "https" ? `${forwarded}:` : protocol}//${host}`;
}

async function remove(context: Context, { gateway }: Services): Promise<Response> {
  await gateway.consumers.delete(groupOf(context), context.req.param("instance") ?? "");
  return done();
}

async function subscribe(context: Context, services: Services): Promise<Response> {
  return await withInstance(context, services, async ({ consumer }) => {
    const wanted = await readJsonBody(context.req.raw, services.body, SubscriptionBody);
    if ("topics" in wanted) {
      await told(() => consumer.subscribe([...new Set(wanted.topics)]));
    } else {
      const matches = await matcherOf(wanted.topic_pattern);
      await told(() => consumer.subscribeTo(matches));
    }
    return done();
  });
}

/** Costs a name its length, whatever the pattern is: JavaScript's own expressions may take for ever. */
async function matcherOf(pattern: string): Promise<(topic: string) => boolean> {
  const { TopicRegex } = await import("../../coordinator/consumer/topic_regex.ts");
  try {
    const regex = new TopicRegex(pattern);
    return (topic) => regex.matches(topic);
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw wrongShape(`"topic_pattern" is no regular expression as RE2 has them: ${error.message}.`);
  }
}

async function readRecords(context: Context, services: Services): Promise<Response> {
  const request = context.req.raw;
  const { timeout, max_bytes } = readQuery(request.url, recordsParameters);
  return await withInstance(context, services, async ({ consumer, config }) => {
    const { contentType, shown } = instanceType(config.format, request.headers.get("accept"));
    const consumed = await told(() =>
      consumer.poll({
        timeoutMs: timeout ?? config.requestTimeoutMs,
        maxBytes: Math.min(max_bytes, services.gateway.maxFetchBytes),
        signal: request.signal,
      })
    );
    return new ByteResponse(writeConsumed(consumed, shown), [
      ["content-type", contentType],
      ["cache-control", "no-store"],
    ]);
  });
}
