/**
 * Topics and brokers: listing and describing in the v2 shapes, and `PUT`/`DELETE` of a topic.
 *
 * PUT says how a topic should be, so it may be sent again: 201 if it made the topic, 200 if the topic is like that
 * already, 409 if it is another.
 * @module
 */
import type { Context } from "hono";
import { ResponseError } from "../../client/response_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ApiError, ApiErrorCode, wrongShape } from "./api_error.ts";
import type { TopicMetadata } from "./gateway.ts";
import type { JsonScanner } from "./json_scanner.ts";
import { metadataType } from "./media_types.ts";
import { partitionOf, topicOf } from "./path_parameters.ts";
import { parseJson } from "./records_request.ts";
import { readBody } from "./request_body.ts";
import { json, type Route, type Services } from "./route.ts";

const MAX_PARTITIONS = 2 ** 31 - 1;

export const topicRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/topics",
    tag: "topics",
    summary: "the names of all topics",
    example: "HOST/topics",
    handle: listTopics,
  },
  {
    method: "GET",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "a topic and its partitions",
    example: "HOST/topics/orders",
    handle: describeTopic,
  },
  {
    method: "PUT",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "create a topic; the body may say partitions and configs",
    example: `-X PUT HOST/topics/orders -d '{"partitions":3,"configs":{"retention.ms":"604800000"}}'`,
    handle: createTopic,
  },
  {
    method: "DELETE",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "delete a topic and all its records",
    example: "-X DELETE HOST/topics/orders",
    handle: deleteTopic,
  },
  {
    method: "GET",
    path: "/topics/{topic}/partitions",
    tag: "topics",
    summary: "the partitions of a topic",
    example: "HOST/topics/orders/partitions",
    handle: listPartitions,
  },
  {
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}",
    tag: "topics",
    summary: "one partition",
    example: "HOST/topics/orders/partitions/0",
    handle: describePartition,
  },
  {
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/offsets",
    tag: "topics",
    summary: "the first offset, and the one after the last",
    example: "HOST/topics/orders/partitions/0/offsets",
    handle: showOffsets,
  },
  {
    method: "GET",
    path: "/brokers",
    tag: "topics",
    summary: "the ids of the brokers",
    example: "HOST/brokers",
    handle: listBrokers,
  },
];

/** An answer of the v2 API, in the type that the caller asks for. */
function answer(context: Context, body: unknown): Response {
  return json(body, { type: metadataType(context.req.raw.headers.get("accept")) });
}

async function listTopics(context: Context, { gateway }: Services): Promise<Response> {
  const { topics } = await gateway.describe();
  return answer(context, topics.map(({ name }) => name ?? "").filter((name) => name !== "").sort());
}

async function describeTopic(context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  const { topics } = await gateway.describe(topic);
  // Configurations are not asked for yet; v2 has the member.
  return answer(context, { name: topic, configs: {}, partitions: partitionsOf(topics[0]!) });
}

async function listPartitions(context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  const { topics } = await gateway.describe(topic);
  return answer(context, partitionsOf(topics[0]!));
}

async function describePartition(context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  return answer(context, partitionShape(await gateway.describePartition(topic, partition)));
}

async function showOffsets(context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const { start, end } = await gateway.offsetRange(topic, partition);
  return answer(context, { beginning_offset: start, end_offset: end });
}

async function listBrokers(context: Context, { gateway }: Services): Promise<Response> {
  const { brokers } = await gateway.describe();
  return answer(context, { brokers: brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b) });
}

function partitionsOf(topic: TopicMetadata): unknown[] {
  return [...topic.partitions].sort((a, b) => a.partitionIndex - b.partitionIndex).map(partitionShape);
}

function partitionShape(partition: TopicMetadata["partitions"][number]): unknown {
  const { partitionIndex, leaderId, replicaNodes, isrNodes } = partition;
  return {
    partition: partitionIndex,
    leader: leaderId,
    replicas: replicaNodes.map((broker) => ({
      broker,
      leader: broker === leaderId,
      in_sync: isrNodes.includes(broker),
    })),
  };
}

interface TopicToCreate {
  /** undefined: the broker's default. */
  partitions?: number;
  configs: Map<string, string>;
}

async function createTopic(context: Context, { gateway, body }: Services): Promise<Response> {
  const topic = topicOf(context);
  const bytes = await readBody(context.req.raw, body);
  const wanted = bytes.length === 0 ? { configs: new Map<string, string>() } : parseJson(bytes, parseTopic);
  try {
    const partitions = await gateway.create(topic, wanted.partitions ?? -1, wanted.configs);
    const created = partitions >= 0
      ? partitions
      : (await gateway.describe(topic)).topics[0]!.partitions.length;
    return json({ name: topic, partitions: created, created: true }, {
      status: 201,
      headers: { location: `/topics/${topic}` },
    });
  } catch (error) {
    if (!(error instanceof ResponseError && error.code === ErrorCode.TOPIC_ALREADY_EXISTS)) throw error;
  }
  const existing = (await gateway.describe(topic)).topics[0]!.partitions.length;
  if (wanted.partitions !== undefined && wanted.partitions !== existing) {
    throw differs(
      `Topic ${
        JSON.stringify(topic)
      } exists with ${existing} partitions, not ${wanted.partitions}: leave "partitions" ` +
        "out to take it as it is, or take another name.",
    );
  }
  if (wanted.configs.size > 0) {
    throw differs(
      `Topic ${
        JSON.stringify(topic)
      } exists, and whether its configs are the same cannot be told here: leave "configs" ` +
        "out to take it as it is, or change them with a Kafka admin client.",
    );
  }
  return json({ name: topic, partitions: existing, created: false });
}

async function deleteTopic(context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  await gateway.delete(topic);
  return new Response(null, { status: 204 });
}

function differs(message: string): ApiError {
  return new ApiError(409, ApiErrorCode.TOPIC_DIFFERS, message);
}

function parseTopic(scanner: JsonScanner): TopicToCreate {
  const topic: TopicToCreate = { configs: new Map() };
  scanner.openObject("the body");
  for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
    if (name === "partitions") topic.partitions = scanner.integer("partitions", 1, MAX_PARTITIONS);
    else if (name === "configs") parseConfigs(scanner, topic.configs);
    else {
      throw wrongShape(
        `${JSON.stringify(name.slice(0, 100))} is not known here: the body may be empty, or ` +
          '{"partitions":3,"configs":{"retention.ms":"604800000"}} with one or both of the two.',
      );
    }
  }
  return topic;
}

/** Kafka's values are text; numbers and true or false are taken as they are spelt. */
function parseConfigs(scanner: JsonScanner, configs: Map<string, string>): void {
  scanner.openObject("configs");
  for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
    const kind = scanner.peek();
    if (kind === "string") configs.set(name, scanner.string(`configs.${name}`));
    else if (kind === "number" || kind === "boolean") {
      configs.set(name, new TextDecoder().decode(scanner.raw()));
    } else scanner.fail(`the value of "${name}" must be a string, a number, true or false`);
  }
}
