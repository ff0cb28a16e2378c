/**
 * Topics and brokers: listing and describing in the v2 shapes, and `PUT`/`DELETE` of a topic.
 *
 * PUT says how a topic should be, so it may be sent again: 201 if it made the topic, 200 if the topic is like that
 * already, 409 if it is another.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { describeConfigsOf } from "../../client/admin/configs.ts";
import {
  createTopic,
  deleteTopic,
  describeTopic,
  listTopics,
  type PartitionDescription,
} from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { ResponseError } from "../../client/response_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { readJsonBody } from "./json_body.ts";
import { noSuchPartition } from "./kafka_failures.ts";
import { metadataType, V2_METADATA_TYPE } from "./media_types.ts";
import { partitionOf, topicOf } from "./path_parameters.ts";
import { type Answer, json, type Route, type Services } from "./route.ts";
import { offsetRange } from "./start_offset.ts";

const whole = v.pipe(v.number(), v.integer());
const count = v.pipe(whole, v.minValue(1), v.maxValue(2 ** 31 - 1));
const offset = v.pipe(whole, v.minValue(0));

const partitionSchema = v.pipe(
  v.strictObject({
    partition: v.pipe(whole, v.minValue(0)),
    /** -1: it has none at the moment. */
    leader: whole,
    replicas: v.array(v.strictObject({ broker: whole, leader: v.boolean(), in_sync: v.boolean() })),
  }),
  v.title("Partition"),
);

const topicSchema = v.pipe(
  v.strictObject({
    name: v.string(),
    configs: v.record(v.string(), v.nullable(v.string())),
    partitions: v.array(partitionSchema),
  }),
  v.title("Topic"),
);

/** Kafka's values are text. A number of more digits than JSON's readers keep must be given as text. */
const configValue = v.union([
  v.string(),
  v.boolean(),
  v.pipe(v.number(), v.minValue(-Number.MAX_SAFE_INTEGER), v.maxValue(Number.MAX_SAFE_INTEGER)),
]);

const wantedTopic = v.pipe(
  v.strictObject({
    partitions: v.optional(count),
    configs: v.optional(v.record(v.string(), configValue)),
  }),
  v.title("WantedTopic"),
);

const placedTopic = v.pipe(
  v.strictObject({ name: v.string(), partitions: v.pipe(whole, v.minValue(1)), created: v.boolean() }),
  v.title("PlacedTopic"),
);

const bridgeTopic = v.pipe(
  v.strictObject({
    topic_name: v.string(),
    partitions_count: v.optional(v.nullable(count)),
    replication_factor: v.optional(v.nullable(v.pipe(whole, v.minValue(1), v.maxValue(2 ** 15 - 1)))),
  }),
  v.title("BridgeTopic"),
);

/** In plain JSON, or in the v2 type for those who accept that. */
function v2Answer(description: string, schema: v.GenericSchema): Answer {
  return { description, content: { "application/json": schema, [V2_METADATA_TYPE]: schema } };
}

export const topicRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/topics",
    tag: "topics",
    summary: "the names of all topics",
    example: "HOST/topics",
    answers: { 200: v2Answer("Names, sorted.", v.array(v.string())) },
    handle: listNames,
  },
  {
    method: "GET",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "a topic, its settings and its partitions",
    example: "HOST/topics/orders",
    answers: { 200: v2Answer("The topic.", topicSchema) },
    handle: describe,
  },
  {
    method: "PUT",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "create a topic; the body may say partitions and configs",
    description:
      "The body may be empty. The same may be sent again: what is there already and as wanted is a 200, and what " +
      "is there otherwise a 409.",
    example: `-X PUT HOST/topics/orders -d '{"partitions":3,"configs":{"retention.ms":"604800000"}}'`,
    body: {
      description: "How the topic shall be; what is left out is the broker's default.",
      isRequired: false,
      content: { "application/json": wantedTopic },
      example: { partitions: 3, configs: { "retention.ms": "604800000" } },
    },
    answers: {
      200: { description: "It is like that already.", content: { "application/json": placedTopic } },
      201: {
        description: "It has been created.",
        content: { "application/json": placedTopic },
        headers: { Location: "where it is" },
      },
    },
    handle: putTopic,
  },
  {
    method: "DELETE",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "delete a topic and all its records",
    example: "-X DELETE HOST/topics/orders",
    answers: { 204: { description: "It is gone." } },
    handle: removeTopic,
  },
  {
    method: "POST",
    path: "/admin/topics",
    tag: "topics",
    summary: "create a topic, as Strimzi's Bridge has it",
    example: `HOST/admin/topics -d '{"topic_name":"orders","partitions_count":3}'`,
    body: {
      description: "The topic.",
      content: { "application/json": bridgeTopic, "application/vnd.kafka.json.v2+json": bridgeTopic },
      example: { topic_name: "orders", partitions_count: 3, replication_factor: 1 },
    },
    answers: { 201: { description: "It has been created." } },
    handle: createBridgeTopic,
  },
  {
    method: "GET",
    path: "/topics/{topic}/partitions",
    tag: "topics",
    summary: "the partitions of a topic",
    example: "HOST/topics/orders/partitions",
    answers: { 200: v2Answer("By number.", v.array(partitionSchema)) },
    handle: listPartitions,
  },
  {
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}",
    tag: "topics",
    summary: "one partition",
    example: "HOST/topics/orders/partitions/0",
    answers: { 200: v2Answer("The partition.", partitionSchema) },
    handle: describePartition,
  },
  {
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/offsets",
    tag: "topics",
    summary: "the first offset, and the one after the last",
    example: "HOST/topics/orders/partitions/0/offsets",
    answers: {
      200: v2Answer(
        "The two offsets.",
        v.pipe(v.strictObject({ beginning_offset: offset, end_offset: offset }), v.title("PartitionOffsets")),
      ),
    },
    handle: showOffsets,
  },
  {
    method: "GET",
    path: "/brokers",
    tag: "cluster",
    summary: "the ids of the brokers",
    example: "HOST/brokers",
    answers: {
      200: v2Answer("Ids.", v.pipe(v.strictObject({ brokers: v.array(whole) }), v.title("BrokerIds"))),
    },
    handle: listBrokers,
  },
];

/** An answer of the v2 API, in the type that the caller asks for. */
function answer(context: Context, body: unknown): Response {
  return json(body, { type: metadataType(context.req.raw.headers.get("accept")) });
}

async function listNames(context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  return answer(context, (await listTopics(cluster)).map(({ name }) => name));
}

async function describe(context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const topic = topicOf(context);
  const [{ partitions }, configs] = await Promise.all([
    describeTopic(cluster, topic),
    describeConfigsOf(cluster, { type: "topic", name: topic }),
  ]);
  return answer(context, {
    name: topic,
    configs: Object.fromEntries(configs.map(({ name, value }) => [name, value])),
    partitions: partitions.map(partitionShape),
  });
}

async function listPartitions(context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const { partitions } = await describeTopic(cluster, topicOf(context));
  return answer(context, partitions.map(partitionShape));
}

async function describePartition(context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const { partitions } = await describeTopic(cluster, topic);
  const found = partitions.find((one) => one.partition === partition);
  if (found === undefined) throw noSuchPartition(topic, partition, partitions.length);
  return answer(context, partitionShape(found));
}

async function showOffsets(context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const { start, end } = await offsetRange(gateway.cluster, topic, partition, "read_uncommitted");
  return answer(context, { beginning_offset: start, end_offset: end });
}

async function listBrokers(context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const brokers = await cluster.brokers();
  return answer(context, { brokers: brokers.map(({ id }) => id) });
}

function partitionShape({ partition, leader, replicas, inSync }: PartitionDescription): unknown {
  return {
    partition,
    leader: leader ?? -1,
    replicas: replicas.map((broker) => ({
      broker,
      leader: broker === leader,
      in_sync: inSync.includes(broker),
    })),
  };
}

async function putTopic(context: Context, { gateway: { cluster }, body }: Services): Promise<Response> {
  const name = topicOf(context);
  const wanted = await readJsonBody(context.req.raw, body, wantedTopic, {});
  const configs = new Map(
    Object.entries(wanted.configs ?? {}).map(([name, value]) => [name, String(value)]),
  );
  try {
    const { partitionCount } = await createTopic(cluster, {
      name,
      partitionCount: wanted.partitions,
      configs,
    });
    return json({ name, partitions: partitionCount, created: true }, {
      status: 201,
      headers: { location: `/topics/${name}` },
    });
  } catch (error) {
    if (!(error instanceof ResponseError && error.code === ErrorCode.TOPIC_ALREADY_EXISTS)) throw error;
  }
  const existing = (await describeTopic(cluster, name)).partitions.length;
  if (wanted.partitions !== undefined && wanted.partitions !== existing) {
    throw differs(
      `Topic ${JSON.stringify(name)} exists with ${existing} partitions, not ${wanted.partitions}: leave ` +
        '"partitions" out to take it as it is, or take another name.',
    );
  }
  await checkConfigs(cluster, name, configs);
  return json({ name, partitions: existing, created: false });
}

/** Throws an ApiError 409 if a setting of the topic is another than wanted. */
async function checkConfigs(
  cluster: Cluster,
  topic: string,
  wanted: ReadonlyMap<string, string>,
): Promise<void> {
  if (wanted.size === 0) return;
  const configs = await describeConfigsOf(cluster, { type: "topic", name: topic }, {
    names: [...wanted.keys()],
  });
  const values = new Map(configs.map(({ name, value }) => [name, value]));
  for (const [name, value] of wanted) {
    if (values.get(name) === value) continue;
    throw differs(
      values.has(name)
        ? `Topic ${JSON.stringify(topic)} exists with ${name}=${
          values.get(name)
        }, not ${value}: leave it out to take ` +
          `the topic as it is, or change it with PUT /v3/clusters/…/topics/${topic}/configs/${name}.`
        : `Topic ${JSON.stringify(topic)} exists, and has no setting ${JSON.stringify(name)}: ` +
          `GET /topics/${topic} shows those there are.`,
    );
  }
}

async function createBridgeTopic(
  { req }: Context,
  { gateway: { cluster }, body }: Services,
): Promise<Response> {
  const wanted = await readJsonBody(req.raw, body, bridgeTopic);
  await createTopic(cluster, {
    name: wanted.topic_name,
    partitionCount: wanted.partitions_count ?? undefined,
    replicationFactor: wanted.replication_factor ?? undefined,
  });
  return new Response(null, { status: 201 });
}

async function removeTopic(context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  await deleteTopic(cluster, topicOf(context));
  return new Response(null, { status: 204 });
}

function differs(message: string): ApiError {
  return new ApiError(409, ApiErrorCode.TOPIC_DIFFERS, message);
}
