/**
 * Consumer groups and their members in the shapes of the v3 API.
 * @module
 */
import type { Context } from "hono";
import type { Cluster } from "../../../client/cluster.ts";
import { groupLags } from "../../../client/admin/group_lags.ts";
import {
  deleteGroup,
  describeGroup,
  describeGroups,
  type GroupDescription,
  type GroupMember,
  listGroups,
} from "../../../client/admin/groups.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { readQuery } from "../parameter.ts";
import { groupOf, partitionOf, topicOf } from "../path_parameters.ts";
import { json, type Route, type Services } from "../route.ts";
import {
  assignmentShape,
  consumerShape,
  groupShape,
  type GroupStatsShape,
  kafkaConsumer,
  kafkaConsumerAssignment,
  kafkaConsumerGroup,
} from "./group_resource.ts";
import { pageOf, pageParameters } from "./page.ts";
import type { Scope } from "./scope.ts";
import { includeStats } from "./topic_resource.ts";
import { answered, NO_CONTENT, v3Route } from "./v3_route.ts";

const listParameters = { ...pageParameters, include: includeStats };
const oneParameters = { include: includeStats };
const GROUP = "/consumer-groups/{group}";
const CONSUMER = `${GROUP}/consumers/{consumer}`;

export const groupRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/consumer-groups",
    tag: "groups",
    summary: "all consumer groups, with include=stats also their members and lag",
    example: "'HOST/v3/clusters/$CLUSTER/consumer-groups?include=stats'",
    query: listParameters,
    answers: { 200: answered("Groups by id.", kafkaConsumerGroup.listSchema) },
    handle: list,
  }),
  v3Route({
    method: "GET",
    path: GROUP,
    tag: "groups",
    summary: "one consumer group: its state, protocol, assignor and coordinator",
    query: oneParameters,
    answers: { 200: answered("The group.", kafkaConsumerGroup.schema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const { include } = readQuery(context.req.url, oneParameters);
      const group = await describeGroup(cluster, groupOf(context));
      return json((await shapes(scope, cluster, [group], include !== undefined))[0]);
    },
  }),
  v3Route({
    method: "DELETE",
    path: GROUP,
    tag: "groups",
    summary: "forget a group without members, and all that it committed",
    example: "-X DELETE HOST/v3/clusters/$CLUSTER/consumer-groups/billing",
    answers: { 204: NO_CONTENT },
    async handle(_scope, context, { gateway: { cluster } }) {
      await deleteGroup(cluster, groupOf(context));
      return new Response(null, { status: 204 });
    },
  }),
  v3Route({
    method: "GET",
    path: `${GROUP}/consumers`,
    tag: "groups",
    summary: "the members of a group",
    query: pageParameters,
    answers: { 200: answered("Members by id.", kafkaConsumer.listSchema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const { req } = context;
      const group = await describeGroup(cluster, groupOf(context));
      const { items, next } = pageOf(group.members, readQuery(req.url, pageParameters), ({ id }) => id);
      return kafkaConsumer.list(req.url, items.map((member) => consumerShape(scope, group.id, member)), next);
    },
  }),
  v3Route({
    method: "GET",
    path: CONSUMER,
    tag: "groups",
    summary: "one member",
    answers: { 200: answered("The member.", kafkaConsumer.schema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const { group, member } = await memberIn(context, cluster);
      return json(consumerShape(scope, group, member));
    },
  }),
  v3Route({
    method: "GET",
    path: `${CONSUMER}/assignments`,
    tag: "groups",
    summary: "the partitions that a member has",
    answers: { 200: answered("Partitions.", kafkaConsumerAssignment.listSchema) },
    async handle(scope, context, { gateway: { cluster } }) {
      const { group, member } = await memberIn(context, cluster);
      return kafkaConsumerAssignment.list(
        context.req.url,
        member.assignment.map((one) => assignmentShape(scope, group, member, one)),
      );
    },
  }),
  v3Route({
    method: "GET",
    path: `${CONSUMER}/assignments/{topic}/partitions/{partition}`,
    tag: "groups",
    summary: "whether a member has a partition: if not, a 404",
    answers: { 200: answered("It has.", kafkaConsumerAssignment.schema) },
    handle: describeAssignment,
  }),
];

async function list(scope: Scope, { req }: Context, { gateway: { cluster } }: Services): Promise<Response> {
  const query = readQuery(req.url, listParameters);
  const { items, next } = pageOf(await listGroups(cluster), query, ({ id }) => id);
  const groups = await describeGroups(cluster, items);
  const data = await shapes(scope, cluster, groups, query.include !== undefined);
  return kafkaConsumerGroup.list(req.url, data, next);
}

async function shapes(
  scope: Scope,
  cluster: Cluster,
  groups: readonly GroupDescription[],
  withStats: boolean,
) {
  if (!withStats) return groups.map((group) => groupShape(scope, group));
  const lags = await groupLags(cluster, groups.map(({ id }) => id));
  return groups.map((group) => {
    const partitions = lags.get(group.id) ?? [];
    const stats: GroupStatsShape = {
      members_count: group.members.length,
      topics_count: new Set(partitions.map(({ topic }) => topic)).size,
      total_lag: partitions.some(({ lag }) => lag === undefined)
        ? null
        : partitions.reduce((total, { lag }) => total + lag!, 0),
    };
    return groupShape(scope, group, stats);
  });
}

async function describeAssignment(
  scope: Scope,
  context: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const { group, member } = await memberIn(context, cluster);
  const found = member.assignment.find((one) => one.topic === topic && one.partition === partition);
  if (found !== undefined) return json(assignmentShape(scope, group, member, found));
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_MEMBER,
    `Member ${JSON.stringify(member.id)} does not have partition ${partition} of ${JSON.stringify(topic)}.`,
  );
}

/** The member that the path names. Throws an ApiError 404 or a ResponseError. */
async function memberIn(
  context: Context,
  cluster: Cluster,
): Promise<{ group: string; member: GroupMember }> {
  const { id, members } = await describeGroup(cluster, groupOf(context));
  const wanted = context.req.param("consumer") ?? "";
  const member = members.find((one) => one.id === wanted);
  if (member !== undefined) return { group: id, member };
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_MEMBER,
    `Group ${JSON.stringify(id)} has no member ${
      JSON.stringify(wanted.slice(0, 100))
    }: it has ${members.length}, ` +
      "and GET …/consumers lists them.",
  );
}
