/**
 * Consumer groups and their members as the v3 API shows them.
 * @module
 */
import * as v from "valibot";
import type { GroupDescription, GroupMember } from "../../../client/admin/groups.ts";
import { id, link, offset, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";

const stats = v.pipe(
  v.strictObject({
    members_count: id,
    /** Topics with committed offsets. */
    topics_count: id,
    /** Of all partitions; null: one of them has no leader at the moment. */
    total_lag: v.nullable(offset),
  }),
  v.title("ConsumerGroupStats"),
);

export type GroupStatsShape = v.InferOutput<typeof stats>;

export const kafkaConsumerGroup = new Resource("KafkaConsumerGroup", {
  consumer_group_id: v.string(),
  is_simple: v.boolean(),
  partition_assignor: v.string(),
  /** STABLE, EMPTY, PREPARING_REBALANCE, COMPLETING_REBALANCE, ASSIGNING, RECONCILING, … */
  state: v.string(),
  type: v.picklist(["CLASSIC", "CONSUMER"]),
  is_mixed_consumer_group: v.boolean(),
  coordinator: link,
  consumers: link,
  lag_summary: link,
  stats: v.optional(stats),
});

export const kafkaConsumer = new Resource("KafkaConsumer", {
  consumer_group_id: v.string(),
  consumer_id: v.string(),
  instance_id: v.nullable(v.string()),
  client_id: v.string(),
  host: v.string(),
  assignments: link,
});

export const kafkaConsumerAssignment = new Resource("KafkaConsumerAssignment", {
  consumer_group_id: v.string(),
  consumer_id: v.string(),
  topic_name: v.string(),
  partition_id: id,
  partition: link,
  lag: link,
});

export function groupShape(scope: Scope, group: GroupDescription, stats?: GroupStatsShape): ResourceJson {
  const path = ["consumer-groups", group.id];
  return kafkaConsumerGroup.at(scope, scope.link(...path), `consumer-group=${group.id}`, {
    consumer_group_id: group.id,
    is_simple: group.isSimple,
    partition_assignor: group.assignor,
    state: upperSnake(group.state),
    type: group.type === "classic" ? "CLASSIC" : "CONSUMER",
    is_mixed_consumer_group: group.hasClassicMembers,
    coordinator: scope.related("brokers", group.coordinator),
    consumers: scope.related(...path, "consumers"),
    lag_summary: scope.related(...path, "lag-summary"),
    ...(stats === undefined ? {} : { stats }),
  });
}

export function consumerShape(scope: Scope, group: string, member: GroupMember): ResourceJson {
  const path = ["consumer-groups", group, "consumers", member.id];
  return kafkaConsumer.at(scope, scope.link(...path), `consumer-group=${group}/consumer=${member.id}`, {
    consumer_group_id: group,
    consumer_id: member.id,
    instance_id: member.instanceId,
    client_id: member.clientId,
    host: member.host,
    assignments: scope.related(...path, "assignments"),
  });
}

export function assignmentShape(
  scope: Scope,
  group: string,
  member: GroupMember,
  { topic, partition }: GroupMember["assignment"][number],
): ResourceJson {
  const place = [topic, "partitions", partition];
  return kafkaConsumerAssignment.at(
    scope,
    scope.link("consumer-groups", group, "consumers", member.id, "assignments", ...place),
    `consumer-group=${group}/consumer=${member.id}/assignment=${topic}/partition=${partition}`,
    {
      consumer_group_id: group,
      consumer_id: member.id,
      topic_name: topic,
      partition_id: partition,
      partition: scope.related("topics", ...place),
      lag: scope.related("consumer-groups", group, "lags", ...place),
    },
  );
}

/** "PreparingRebalance" → "PREPARING_REBALANCE" */
function upperSnake(state: string): string {
  return state.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
