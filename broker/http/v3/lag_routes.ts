/**
 * How far consumer groups are behind, in the shapes of the v3 API.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { groupLags, type PartitionLag } from "../../../client/admin/group_lags.ts";
import { describeGroup, type GroupDescription, type GroupMember } from "../../../client/admin/groups.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { groupOf, partitionOf, topicOf } from "../path_parameters.ts";
import { json, type Route } from "../route.ts";
import { id, link, offset, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, v3Route } from "./v3_route.ts";

const kafkaConsumerLag = new Resource("KafkaConsumerLag", {
  consumer_group_id: v.string(),
  topic_name: v.string(),
  partition_id: id,
  current_offset: offset,
  /** null: nobody leads the partition at the moment. */
  log_end_offset: v.nullable(offset),
  lag: v.nullable(offset),
  /** Whose partition it is; "": nobody's. */
  consumer_id: v.string(),
  instance_id: v.nullable(v.string()),
  client_id: v.string(),
});

const kafkaConsumerGroupLagSummary = new Resource("KafkaConsumerGroupLagSummary", {
  consumer_group_id: v.string(),
  max_lag_consumer_id: v.string(),
  max_lag_instance_id: v.nullable(v.string()),
  max_lag_client_id: v.string(),
  /** null: the group has committed nothing. */
  max_lag_topic_name: v.nullable(v.string()),
  max_lag_partition_id: v.nullable(id),
  max_lag: offset,
  total_lag: offset,
  max_lag_consumer: v.nullable(link),
  max_lag_partition: v.nullable(link),
});

const GROUP = "/consumer-groups/{group}";

export const lagRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: `${GROUP}/lags`,
    tag: "groups",
    summary: "how far a group is behind in each partition",
    description: "Partitions for which it has committed an offset.",
    example: "HOST/v3/clusters/$CLUSTER/consumer-groups/billing/lags",
    answers: { 200: answered("By topic and partition.", kafkaConsumerLag.listSchema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const { group, lags } = await lagsIn(context, cluster);
      const owners = ownersOf(group);
      return kafkaConsumerLag.list(
        context.req.url,
        lags.map((lag) => lagShape(scope, group.id, lag, owners)),
      );
    },
  }),
  v3Route({
    method: "GET",
    path: `${GROUP}/lags/{topic}/partitions/{partition}`,
    tag: "groups",
    summary: "how far a group is behind in one partition",
    answers: { 200: answered("The lag.", kafkaConsumerLag.schema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const topic = topicOf(context);
      const partition = partitionOf(context);
      const { group, lags } = await lagsIn(context, cluster);
      const found = lags.find((lag) => lag.topic === topic && lag.partition === partition);
      if (found !== undefined) return json(lagShape(scope, group.id, found, ownersOf(group)));
      throw new ApiError(
        404,
        ApiErrorCode.NOTHING_COMMITTED,
        `Group ${JSON.stringify(group.id)} has committed nothing for partition ${partition} of ${
          JSON.stringify(topic)
        }.`,
      );
    },
  }),
  v3Route({
    method: "GET",
    path: `${GROUP}/lag-summary`,
    tag: "groups",
    summary: "how far a group is behind in all, and where most",
    example: "HOST/v3/clusters/$CLUSTER/consumer-groups/billing/lag-summary",
    answers: { 200: answered("The sum and the worst.", kafkaConsumerGroupLagSummary.schema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const { group, lags } = await lagsIn(context, cluster);
      return json(summaryShape(scope, group, lags));
    },
  }),
];

async function lagsIn(
  context: Context,
  cluster: Cluster,
): Promise<{ group: GroupDescription; lags: PartitionLag[] }> {
  const group = await describeGroup(cluster, groupOf(context));
  return { group, lags: (await groupLags(cluster, [group.id])).get(group.id)! };
}

type Owners = ReadonlyMap<string, GroupMember>;

function ownersOf({ members }: GroupDescription): Owners {
  return new Map(members.flatMap((member) => member.assignment.map((one) => [placeOf(one), member])));
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

function lagShape(scope: Scope, group: string, lag: PartitionLag, owners: Owners): ResourceJson {
  const { topic, partition } = lag;
  const owner = owners.get(placeOf(lag));
  return kafkaConsumerLag.at(
    scope,
    scope.link("consumer-groups", group, "lags", topic, "partitions", partition),
    `consumer-group=${group}/lag=${topic}/partition=${partition}`,
    {
      consumer_group_id: group,
      topic_name: topic,
      partition_id: partition,
      current_offset: lag.offset,
      log_end_offset: lag.end ?? null,
      lag: lag.lag ?? null,
      consumer_id: owner?.id ?? "",
      instance_id: owner?.instanceId ?? null,
      client_id: owner?.clientId ?? "",
    },
  );
}

function summaryShape(scope: Scope, group: GroupDescription, lags: readonly PartitionLag[]): ResourceJson {
  const worst = lags.reduce<PartitionLag | undefined>(
    (most, lag) => most === undefined || (lag.lag ?? 0) > (most.lag ?? 0) ? lag : most,
    undefined,
  );
  const owner = worst && ownersOf(group).get(placeOf(worst));
  const path = ["consumer-groups", group.id];
  return kafkaConsumerGroupLagSummary.at(
    scope,
    scope.link(...path, "lag-summary"),
    `consumer-group=${group.id}/lag-summary`,
    {
      consumer_group_id: group.id,
      max_lag_consumer_id: owner?.id ?? "",
      max_lag_instance_id: owner?.instanceId ?? null,
      max_lag_client_id: owner?.clientId ?? "",
      max_lag_topic_name: worst?.topic ?? null,
      max_lag_partition_id: worst?.partition ?? null,
      max_lag: worst?.lag ?? 0,
      total_lag: lags.reduce((total, { lag }) => total + (lag ?? 0), 0),
      max_lag_consumer: owner === undefined ? null : scope.related(...path, "consumers", owner.id),
      max_lag_partition: worst === undefined
        ? null
        : scope.related("topics", worst.topic, "partitions", worst.partition),
    },
  );
}
