/**
 * Partitions whose replicas are being moved, in the shapes of the v3 API. A cluster of one broker never has any.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { listReassignments, type Reassignment } from "../../../client/admin/reassignments.ts";
import { describeTopic } from "../../../client/admin/topics.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { noSuchPartition } from "../kafka_failures.ts";
import { partitionOf, topicOf } from "../path_parameters.ts";
import { json, type Route, type Services } from "../route.ts";
import { id, link, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, v3Route } from "./v3_route.ts";

const kafkaReassignment = new Resource("KafkaReassignment", {
  topic_name: v.string(),
  partition_id: id,
  adding_replicas: v.array(id),
  removing_replicas: v.array(id),
  replicas: link,
});

export const reassignmentRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/topics/-/partitions/-/reassignment",
    tag: "cluster",
    summary: "partitions whose replicas are being moved",
    answers: { 200: answered("Those on their way.", kafkaReassignment.listSchema) },
    handle: async (scope, { req }, { gateway: { cluster } }) => {
      const all = await listReassignments(cluster);
      return kafkaReassignment.list(req.url, all.map((one) => shapeOf(scope, one)));
    },
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions/-/reassignment",
    tag: "cluster",
    summary: "those of a topic",
    answers: { 200: answered("Those on their way.", kafkaReassignment.listSchema) },
    handle: listOfTopic,
  }),
  v3Route({
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/reassignment",
    tag: "cluster",
    summary: "whether the replicas of a partition are being moved: if they are not, a 404",
    answers: { 200: answered("It is on its way.", kafkaReassignment.schema) },
    handle: describe,
  }),
];

async function listOfTopic(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const { name, partitions } = await describeTopic(cluster, topicOf(context));
  const indexes = partitions.map(({ partition }) => partition);
  const found = await listReassignments(cluster, { name, partitions: indexes });
  return kafkaReassignment.list(context.req.url, found.map((one) => shapeOf(scope, one)));
}

async function describe(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const partition = partitionOf(context);
  const { name, partitions } = await describeTopic(cluster, topicOf(context));
  if (partition >= partitions.length) throw noSuchPartition(name, partition, partitions.length);
  const [found] = await listReassignments(cluster, { name, partitions: [partition] });
  if (found !== undefined) return json(shapeOf(scope, found));
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_REASSIGNMENT,
    `The replicas of partition ${partition} of ${JSON.stringify(name)} are not being moved.`,
  );
}

function shapeOf(scope: Scope, { topic, partition, adding, removing }: Reassignment): ResourceJson {
  const path = ["topics", topic, "partitions", partition];
  const name = `topic=${topic}/partition=${partition}/reassignment`;
  return kafkaReassignment.at(scope, scope.link(...path, "reassignment"), name, {
    topic_name: topic,
    partition_id: partition,
    adding_replicas: [...adding],
    removing_replicas: [...removing],
    replicas: scope.related(...path, "replicas"),
  });
}
