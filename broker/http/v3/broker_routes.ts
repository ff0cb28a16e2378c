/**
 * Brokers and their disks in the shapes of the v3 API.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import type { Broker } from "../../../client/cluster.ts";
import { describeLogDirs } from "../../../client/admin/log_dirs.ts";
import { ErrorCode, errorMessage } from "../../../protocol/errors.ts";
import { brokerOf } from "../path_parameters.ts";
import { json, type Route, type Services } from "../route.ts";
import { checkBroker } from "./broker_resource.ts";
import { id, link, offset, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, v3Route } from "./v3_route.ts";

const kafkaBroker = new Resource("KafkaBroker", {
  broker_id: id,
  host: v.nullable(v.string()),
  port: v.nullable(id),
  rack: v.nullable(v.string()),
  configs: link,
  partition_replicas: link,
  log_dirs: link,
});

const kafkaLogDir = new Resource("KafkaLogDir", {
  broker_id: id,
  path: v.string(),
  /** Of the file system. */
  total_bytes: v.nullable(offset),
  usable_bytes: v.nullable(offset),
  /** Of the replicas in it. */
  size_bytes: offset,
  replicas_count: id,
  /** Why it can't be used; null: it can. */
  error: v.nullable(v.string()),
});

export const brokerRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/brokers",
    tag: "cluster",
    summary: "the brokers of the cluster",
    example: "HOST/v3/clusters/$CLUSTER/brokers",
    answers: { 200: answered("Brokers by id.", kafkaBroker.listSchema) },
    handle: async (scope, { req }, { gateway: { cluster } }) => {
      const brokers = await cluster.brokers();
      return kafkaBroker.list(req.url, brokers.map((broker) => brokerShape(scope, broker)));
    },
  }),
  v3Route({
    method: "GET",
    path: "/brokers/{broker}",
    tag: "cluster",
    summary: "one broker",
    answers: { 200: answered("The broker.", kafkaBroker.schema) },
    handle: async (scope, context, { gateway: { cluster } }) =>
      json(brokerShape(scope, await checkBroker(cluster, brokerOf(context)))),
  }),
  v3Route({
    method: "GET",
    path: "/brokers/{broker}/log-dirs",
    tag: "cluster",
    summary: "the data directories of a broker, what lies in them, and the room on the disk",
    example: "HOST/v3/clusters/$CLUSTER/brokers/1/log-dirs",
    answers: { 200: answered("Data directories.", kafkaLogDir.listSchema) },
    handle: listLogDirs,
  }),
];

function brokerShape(scope: Scope, { id, host, port, rack }: Broker): ResourceJson {
  return kafkaBroker.at(scope, scope.link("brokers", id), `broker=${id}`, {
    broker_id: id,
    host,
    port,
    rack,
    configs: scope.related("brokers", id, "configs"),
    partition_replicas: scope.related("brokers", id, "partition-replicas"),
    log_dirs: scope.related("brokers", id, "log-dirs"),
  });
}

async function listLogDirs(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const broker = brokerOf(context);
  await checkBroker(cluster, broker);
  const directories = await describeLogDirs(cluster, broker);
  return kafkaLogDir.list(
    context.req.url,
    directories.map(({ path, errorCode, totalBytes, usableBytes, replicas }) =>
      kafkaLogDir.at(scope, scope.link("brokers", broker, "log-dirs"), `broker=${broker}/log-dir=${path}`, {
        broker_id: broker,
        path,
        total_bytes: totalBytes ?? null,
        usable_bytes: usableBytes ?? null,
        size_bytes: replicas.reduce((total, { sizeInBytes }) => total + sizeInBytes, 0),
        replicas_count: replicas.length,
        error: errorCode === ErrorCode.NONE ? null : errorMessage(errorCode),
      })
    ),
  );
}
