/**
 * Clusters: there is one.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import type { Route, Services } from "../route.ts";
import { json } from "../route.ts";
import { link, Resource, type ResourceJson } from "./resource.ts";
import { Scope, V3, V3_ALIAS } from "./scope.ts";
import { answered, v3Route } from "./v3_route.ts";

const kafkaCluster = new Resource("KafkaCluster", {
  controller: v.nullable(link),
  acls: link,
  brokers: link,
  broker_configs: link,
  consumer_groups: link,
  topics: link,
  partition_reassignments: link,
});

export const clusterRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${V3}/clusters`,
    alias: `${V3_ALIAS}/clusters`,
    tag: "cluster",
    summary: "the cluster behind this port; its id begins all other paths of v3",
    example: "HOST/v3/clusters",
    answers: { 200: answered("A list of one.", kafkaCluster.listSchema) },
    handle: listClusters,
  },
  v3Route({
    method: "GET",
    path: "",
    tag: "cluster",
    summary: "the cluster, and where to find what belongs to it",
    example: "HOST/v3/clusters/$CLUSTER",
    answers: { 200: answered("The cluster.", kafkaCluster.schema) },
    handle: async (scope, _, { gateway: { cluster } }) => {
      return json(clusterShape(scope, (await cluster.describe()).controllerId));
    },
  }),
];

async function listClusters({ req }: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const { clusterId, controllerId } = await cluster.describe();
  return kafkaCluster.list(req.url, [clusterShape(new Scope(clusterId ?? "", req.url), controllerId)]);
}

function clusterShape(scope: Scope, controllerId: number): ResourceJson {
  return kafkaCluster.at(scope, scope.link(), "", {
    controller: controllerId < 0 ? null : scope.related("brokers", controllerId),
    acls: scope.related("acls"),
    brokers: scope.related("brokers"),
    broker_configs: scope.related("broker-configs"),
    consumer_groups: scope.related("consumer-groups"),
    topics: scope.related("topics"),
    partition_reassignments: scope.related("topics", "-", "partitions", "-", "reassignment"),
  });
}
