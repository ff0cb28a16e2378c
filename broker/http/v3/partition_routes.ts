/**
 * Partitions, their replicas and offsets in the shapes of the v3 API.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { type PartitionStats, partitionStats } from "../../../client/admin/topic_stats.ts";
import { describeTopic, listTopics, type PartitionDescription } from "../../../client/admin/topics.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { noSuchPartition } from "../kafka_failures.ts";
import { readQuery } from "../parameter.ts";
import { brokerOf, partitionOf, topicOf } from "../path_parameters.ts";
import { json, type Route, type Services } from "../route.ts";
import { checkBroker } from "./broker_resource.ts";
import { pageOf, pageParameters } from "./page.ts";
import { id, link, offset, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { includeStats } from "./topic_resource.ts";
import { answered, v3Route } from "./v3_route.ts";
import { offsetRange } from "../start_offset.ts";

const listParameters = { ...pageParameters, include: includeStats };
const oneParameters = { include: includeStats };

const stats = v.pipe(
  v.strictObject({
    leader_id: v.nullable(id),
    in_sync_count: id,
    earliest_offset: v.nullable(offset),
    latest_offset: v.nullable(offset),
    size_bytes: v.nullable(offset),
  }),
  v.title("PartitionStats"),
);

const kafkaPartition = new Resource("KafkaPartition", {
  topic_name: v.string(),
  partition_id: id,
  leader: v.nullable(link),
  replicas: link,
  reassignment: link,
  stats: v.optional(stats),
});

const kafkaPartitionWithOffsets = new Resource("KafkaPartitionWithOffsets", {
  topic_name: v.string(),
  partition_id: id,
  earliest_offset: offset,
  latest_offset: offset,
});

const kafkaReplica = new Resource("KafkaReplica", {
  topic_name: v.string(),
  partition_id: id,
  broker_id: id,
  is_leader: v.boolean(),
  is_in_sync: v.boolean(),
  broker: link,
});

export const partitionRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions",
    tag: "topics",
    summary: "the partitions of a topic, with include=stats also their offsets and sizes",
    example: "'HOST/v3/clusters/$CLUSTER/topics/orders/partitions?include=stats'",
    query: listParameters,
    answers: { 200: answered("Partitions by number.", kafkaPartition.listSchema) },
    handle: list,
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}",
    tag: "topics",
    summary: "one partition",
    query: oneParameters,
    answers: { 200: answered("The partition.", kafkaPartition.schema) },
    handle: describe,
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/offset",
    tag: "topics",
    summary: "the first offset, and the one after the last",
    example: "HOST/v3/clusters/$CLUSTER/topics/orders/partitions/0/offset",
    answers: { 200: answered("The two offsets.", kafkaPartitionWithOffsets.schema) },
    handle: showOffsets,
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/replicas",
    tag: "topics",
    summary: "the replicas of a partition",
    answers: { 200: answered("Replicas in the order of preference.", kafkaReplica.listSchema) },
    handle: listReplicas,
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/replicas/{broker}",
    tag: "topics",
    summary: "one replica",
    answers: { 200: answered("The replica.", kafkaReplica.schema) },
    handle: describeReplica,
  }),
  v3Route({
    method: "GET",
    path: "/brokers/{broker}/partition-replicas",
    tag: "cluster",
    summary: "the replicas that a broker has",
    query: pageParameters,
    answers: { 200: answered("Replicas by topic and partition.", kafkaReplica.listSchema) },
    handle: listReplicasOfBroker,
  }),
];

async function list(scope: Scope, context: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const { req } = context;
  const query = readQuery(req.url, listParameters);
  const topic = await describeTopic(cluster, topicOf(context));
  const { items, next } = pageOf(topic.partitions, query, ({ partition }) => partition);
  const shapes = await shapesOf(scope, cluster, topic.name, items, query.include !== undefined);
  return kafkaPartition.list(req.url, shapes, next);
}

async function describe(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const { include } = readQuery(context.req.url, oneParameters);
  const { topic, found } = await partitionIn(context, cluster);
  return json((await shapesOf(scope, cluster, topic, [found], include !== undefined))[0]);
}

async function shapesOf(
  scope: Scope,
  cluster: Cluster,
  topic: string,
  partitions: readonly PartitionDescription[],
  withStats: boolean,
): Promise<ResourceJson[]> {
  const described = { name: topic, isInternal: false, partitions };
  const stats = withStats ? (await partitionStats(cluster, [described])).get(topic) : undefined;
  return partitions.map((partition, i) => partitionShape(scope, topic, partition, stats?.[i]));
}

function partitionShape(
  scope: Scope,
  topic: string,
  { partition, leader, inSync }: PartitionDescription,
  stats: PartitionStats | undefined,
): ResourceJson {
  const path = ["topics", topic, "partitions", partition];
  return kafkaPartition.at(scope, scope.link(...path), `topic=${topic}/partition=${partition}`, {
    topic_name: topic,
    partition_id: partition,
    leader: leader === undefined ? null : scope.related(...path, "replicas", leader),
    replicas: scope.related(...path, "replicas"),
    reassignment: scope.related(...path, "reassignment"),
    ...(stats === undefined ? {} : {
      stats: {
        leader_id: leader ?? null,
        in_sync_count: inSync.length,
        earliest_offset: stats.start ?? null,
        latest_offset: stats.end ?? null,
        size_bytes: stats.sizeInBytes ?? null,
      },
    }),
  });
}

async function showOffsets(scope: Scope, context: Context, { gateway }: Services): Promise<Response> {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const { start, end } = await offsetRange(gateway.cluster, topic, partition, "read_uncommitted");
  return json(kafkaPartitionWithOffsets.at(
    scope,
    scope.link("topics", topic, "partitions", partition, "offset"),
    `topic=${topic}/partition=${partition}`,
    { topic_name: topic, partition_id: partition, earliest_offset: start, latest_offset: end },
  ));
}

async function listReplicas(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const { topic, found } = await partitionIn(context, cluster);
  return kafkaReplica.list(
    context.req.url,
    found.replicas.map((broker) => replicaShape(scope, topic, found, broker)),
  );
}

async function describeReplica(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const broker = brokerOf(context);
  const { topic, found } = await partitionIn(context, cluster);
  if (found.replicas.includes(broker)) return json(replicaShape(scope, topic, found, broker));
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_BROKER,
    `Partition ${found.partition} of ${
      JSON.stringify(topic)
    } has no replica on broker ${broker}: it has them on ` +
      `${found.replicas.join(", ")}.`,
  );
}

async function listReplicasOfBroker(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const { req } = context;
  const query = readQuery(req.url, pageParameters);
  const broker = brokerOf(context);
  await checkBroker(cluster, broker);
  const replicas = (await listTopics(cluster)).flatMap(({ name, partitions }) =>
    partitions.filter(({ replicas }) => replicas.includes(broker)).map((found) => ({ topic: name, found }))
  );
  const { items, next } = pageOf(replicas, query, placeOf);
  return kafkaReplica.list(
    req.url,
    items.map(({ topic, found }) => replicaShape(scope, topic, found, broker)),
    next,
  );
}

/** Sorts as topics by name and partitions by number do: no name has a space, which comes before all that it may have. */
function placeOf({ topic, found }: { topic: string; found: PartitionDescription }): string {
  return `${topic} ${String(found.partition).padStart(10, "0")}`;
}

function replicaShape(
  scope: Scope,
  topic: string,
  { partition, leader, inSync }: PartitionDescription,
  broker: number,
): ResourceJson {
  const name = `topic=${topic}/partition=${partition}/replica=${broker}`;
  const self = scope.link("topics", topic, "partitions", partition, "replicas", broker);
  return kafkaReplica.at(scope, self, name, {
    topic_name: topic,
    partition_id: partition,
    broker_id: broker,
    is_leader: broker === leader,
    is_in_sync: inSync.includes(broker),
    broker: scope.related("brokers", broker),
  });
}

/** The partition that the path names. Throws an ApiError 404 or a ResponseError. */
async function partitionIn(context: Context, cluster: Cluster) {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const { partitions } = await describeTopic(cluster, topic);
  const found = partitions.find((one) => one.partition === partition);
  if (found === undefined) throw noSuchPartition(topic, partition, partitions.length);
  return { topic, found };
}
