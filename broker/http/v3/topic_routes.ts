/**
 * Topics in the shapes of the v3 API.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import {
  addPartitions,
  createTopic,
  deleteTopic,
  describeTopic,
  listTopics,
  type TopicDescription,
} from "../../../client/admin/topics.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { wrongShape } from "../api_error.ts";
import { readJsonBody } from "../json_body.ts";
import { readQuery } from "../parameter.ts";
import { topicOf } from "../path_parameters.ts";
import { json, type Route, type Services } from "../route.ts";
import { pageOf, pageParameters } from "./page.ts";
import type { Scope } from "./scope.ts";
import { includeStats, kafkaTopic, statsOf, summaryOf, topicShape } from "./topic_resource.ts";
import { answered, jsonBody, NO_CONTENT, v3Route } from "./v3_route.ts";

const listParameters = { ...pageParameters, include: includeStats };
const oneParameters = { include: includeStats };

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31 - 1));
const factor = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 15 - 1));
const brokerIds = v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1)));

const newTopic = v.pipe(
  v.strictObject({
    topic_name: v.string(),
    partitions_count: v.optional(v.nullable(count)),
    replication_factor: v.optional(v.nullable(factor)),
    replicas_assignments: v.optional(
      v.nullable(v.record(v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,8})$/)), brokerIds)),
    ),
    configs: v.optional(v.array(v.strictObject({
      name: v.string(),
      value: v.optional(v.nullable(v.string())),
    }))),
    validate_only: v.optional(v.boolean()),
  }),
  v.title("NewTopic"),
);

const newPartitions = v.pipe(v.strictObject({ partitions_count: count }), v.title("NewPartitions"));

export const v3TopicRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/topics",
    tag: "topics",
    summary: "all topics, with include=stats also their sizes and records",
    description: "One call gives all that a list of topics shows, for any number of them.",
    example: "'HOST/v3/clusters/$CLUSTER/topics?include=stats'",
    query: listParameters,
    answers: { 200: answered("Topics by name.", kafkaTopic.listSchema) },
    handle: list,
  }),
  v3Route({
    method: "POST",
    path: "/topics",
    tag: "topics",
    summary: "create a topic, or with validate_only say whether it could be",
    description:
      "Counts that are left out are the cluster's defaults. A topic of that name is a 400 with code 40002, as in Confluent's API.",
    example:
      `HOST/v3/clusters/$CLUSTER/topics -d '{"topic_name":"orders","partitions_count":3,"configs":[{"name":"retention.ms","value":"604800000"}]}'`,
    body: jsonBody(newTopic, "The topic.", {
      topic_name: "orders",
      partitions_count: 3,
      configs: [{ name: "retention.ms", value: "604800000" }],
    }),
    answers: {
      200: answered("With validate_only: it could be created.", kafkaTopic.schema),
      201: {
        ...answered("The topic has been created.", kafkaTopic.schema),
        headers: { Location: "where it is" },
      },
    },
    handle: create,
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "one topic",
    query: oneParameters,
    answers: { 200: answered("The topic.", kafkaTopic.schema) },
    handle: describe,
  }),
  v3Route({
    method: "PATCH",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "add partitions, until there are as many as the body says",
    description: "Records stay where they are: the same key may go to another partition from then on.",
    example: `-X PATCH HOST/v3/clusters/$CLUSTER/topics/orders -d '{"partitions_count":6}'`,
    body: jsonBody(newPartitions, "How many there shall be.", { partitions_count: 6 }),
    answers: { 200: answered("The topic.", kafkaTopic.schema) },
    handle: grow,
  }),
  v3Route({
    method: "DELETE",
    path: "/topics/{topic}",
    tag: "topics",
    summary: "delete a topic and all its records",
    answers: { 204: NO_CONTENT },
    handle: async (_scope, context, { gateway: { cluster } }) => {
      await deleteTopic(cluster, topicOf(context));
      return new Response(null, { status: 204 });
    },
  }),
];

async function list(scope: Scope, { req }: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const query = readQuery(req.url, listParameters);
  const { items, next } = pageOf(await listTopics(cluster), query, ({ name }) => name);
  return kafkaTopic.list(req.url, await shapes(scope, cluster, items, query.include !== undefined), next);
}

async function describe(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const { include } = readQuery(context.req.url, oneParameters);
  const topic = await describeTopic(cluster, topicOf(context));
  return json((await shapes(scope, cluster, [topic], include !== undefined))[0]);
}

async function shapes(
  scope: Scope,
  cluster: Cluster,
  topics: readonly TopicDescription[],
  withStats: boolean,
) {
  const stats = withStats ? await statsOf(cluster, topics) : [];
  return topics.map((topic, i) => topicShape(scope, summaryOf(topic), stats[i]));
}

async function create(
  scope: Scope,
  { req }: Context,
  { gateway: { cluster }, body }: Services,
): Promise<Response> {
  const wanted = await readJsonBody(req.raw, body, newTopic);
  const { topic_name: name, validate_only: validateOnly = false } = wanted;
  const assignments = wanted.replicas_assignments ?? undefined;
  if (assignments !== undefined && (wanted.partitions_count ?? wanted.replication_factor ?? null) !== null) {
    throw wrongShape(
      '"replicas_assignments" says how many partitions and replicas there are: leave "partitions_count" and ' +
        '"replication_factor" out.',
    );
  }
  const created = await createTopic(cluster, {
    name,
    partitionCount: wanted.partitions_count ?? undefined,
    replicationFactor: wanted.replication_factor ?? undefined,
    assignments: assignments &&
      new Map(Object.entries(assignments).map(([partition, brokers]) => [Number(partition), brokers])),
    configs: new Map(wanted.configs?.map(({ name, value }) => [name, value ?? null])),
    validateOnly,
  });
  const topic = topicShape(scope, {
    name,
    isInternal: false,
    partitionCount: Math.max(0, created.partitionCount),
    replicationFactor: Math.max(0, created.replicationFactor),
  });
  return validateOnly
    ? json(topic)
    : json(topic, { status: 201, headers: { location: scope.link("topics", name) } });
}

async function grow(
  scope: Scope,
  context: Context,
  { gateway: { cluster }, body }: Services,
): Promise<Response> {
  const name = topicOf(context);
  const { partitions_count: wanted } = await readJsonBody(context.req.raw, body, newPartitions);
  await addPartitions(cluster, name, wanted);
  // The broker that is asked may not have heard of them yet.
  const topic = { ...summaryOf(await describeTopic(cluster, name)), partitionCount: wanted };
  return json(topicShape(scope, topic));
}
