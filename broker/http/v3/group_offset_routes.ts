/**
 * Setting what a consumer group has committed: to read again, or to pass over.
 *
 * What must be true: nothing is set while the group has members, which would go on from where they are and commit over it;
 * the broker refuses it too, for a member that comes meanwhile.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { isAnswer, type TopicPartition } from "../../../client/admin/by_leader.ts";
import { commitOffsets, committedOffsets } from "../../../client/admin/group_offsets.ts";
import { describeGroup } from "../../../client/admin/groups.ts";
import {
  type FoundOffset,
  type OffsetRange,
  offsetRanges,
  offsetsAt,
} from "../../../client/admin/offsets.ts";
import { findTopics } from "../../../client/admin/topics.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { checkCode, ResponseError } from "../../../client/response_error.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { ApiError, ApiErrorCode, wrongShape } from "../api_error.ts";
import { readJsonBody } from "../json_body.ts";
import { noSuchPartition, noSuchTopic } from "../kafka_failures.ts";
import { groupOf } from "../path_parameters.ts";
import type { Route, Services } from "../route.ts";
import { newOffset, type OffsetReset, offsetReset, type Target, targetOf } from "./offset_reset.ts";
import { id, offset, Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, jsonBody, v3Route } from "./v3_route.ts";

const kafkaConsumerGroupOffset = new Resource("KafkaConsumerGroupOffset", {
  consumer_group_id: v.string(),
  topic_name: v.string(),
  partition_id: id,
  /** null: nothing was committed. */
  previous_offset: v.nullable(offset),
  current_offset: offset,
});

export const groupOffsetRoutes: readonly Route[] = [
  v3Route({
    method: "POST",
    path: "/consumer-groups/{group}/offsets:reset",
    tag: "groups",
    summary: "set a group without members back or forward",
    description:
      'One of `"to":"earliest"|"latest"`, `timestamp`, `offset` or `shift` says where to; what lies outside ' +
      "of a partition becomes its beginning or its end. Without `topics` it is all that the group has committed; a " +
      "group that does not exist is made if `topics` are named. With `validate_only` nothing is set.",
    example: `HOST/v3/clusters/$CLUSTER/consumer-groups/billing/offsets:reset -d '{"to":"earliest"}'`,
    body: jsonBody(offsetReset, "Where to, and in which partitions.", { to: "earliest" }),
    answers: { 200: answered("What is committed now, or would be.", kafkaConsumerGroupOffset.listSchema) },
    handle: reset,
  }),
];

async function reset(
  scope: Scope,
  context: Context,
  { gateway: { cluster }, body }: Services,
): Promise<Response> {
  const group = groupOf(context);
  const wanted = await readJsonBody(context.req.raw, body, offsetReset);
  const target = targetOf(wanted);
  if (target === undefined) {
    throw wrongShape(
      'Say where to by one of "to":"earliest", "to":"latest", "timestamp", "offset" and "shift", and only one.',
    );
  }
  await checkEmpty(cluster, group, wanted.topics !== undefined);
  const committed = new Map((await committedOffsets(cluster, group)).map((one) => [placeOf(one), one]));
  const partitions = wanted.topics === undefined
    ? [...committed.values()]
    : await partitionsOf(cluster, wanted.topics);
  const offsets = await newOffsets(cluster, target, partitions, (one) => committed.get(placeOf(one))?.offset);
  if (!wanted.validate_only && offsets.length > 0) {
    for (const { topic, partition, errorCode } of await commitOffsets(cluster, group, offsets)) {
      checkCode(errorCode, `commit an offset of group ${group} for ${topic}-${partition}`);
    }
  }
  return kafkaConsumerGroupOffset.list(
    context.req.url,
    offsets.map(({ topic, partition, offset }) =>
      kafkaConsumerGroupOffset.at(
        scope,
        scope.link("consumer-groups", group, "lags", topic, "partitions", partition),
        `consumer-group=${group}/topic=${topic}/partition=${partition}`,
        {
          consumer_group_id: group,
          topic_name: topic,
          partition_id: partition,
          previous_offset: committed.get(placeOf({ topic, partition }))?.offset ?? null,
          current_offset: offset,
        },
      )
    ),
  );
}

/** Throws an ApiError 409 if the group has members. */
async function checkEmpty(cluster: Cluster, group: string, mayBeNew: boolean): Promise<void> {
  try {
    const { members } = await describeGroup(cluster, group);
    if (members.length === 0) return;
    throw new ApiError(
      409,
      ApiErrorCode.GROUP_NOT_EMPTY,
      `Group ${
        JSON.stringify(group)
      } has ${members.length} members, who would go on from where they are: stop them, ` +
        "and reset the offsets then.",
    );
  } catch (error) {
    const isUnknown = error instanceof ResponseError && error.code === ErrorCode.GROUP_ID_NOT_FOUND;
    if (!isUnknown || !mayBeNew) throw error;
  }
}

async function partitionsOf(
  cluster: Cluster,
  topics: NonNullable<OffsetReset["topics"]>,
): Promise<TopicPartition[]> {
  const found = await findTopics(cluster, topics.map(({ topic_name }) => topic_name));
  const wanted = new Map<string, TopicPartition>();
  for (const { topic_name: topic, partitions } of topics) {
    const all = found.get(topic)?.partitions.map(({ partition }) => partition);
    if (all === undefined) throw noSuchTopic(topic);
    for (const partition of partitions ?? all) {
      if (!all.includes(partition)) throw noSuchPartition(topic, partition, all.length);
      wanted.set(placeOf({ topic, partition }), { topic, partition });
    }
  }
  return [...wanted.values()];
}

async function newOffsets(
  cluster: Cluster,
  target: Target,
  partitions: readonly TopicPartition[],
  committedOf: (partition: TopicPartition) => number | undefined,
) {
  const [ranges, atTimestamp] = await Promise.all([
    offsetRanges(cluster, partitions),
    "timestamp" in target ? offsetsAt(cluster, target.timestamp, partitions) : undefined,
  ]);
  return partitions.flatMap(({ topic, partition }, i) => {
    const range = ranges[i]!;
    const found = atTimestamp?.[i];
    // Committed for a topic that is no more: there is nothing to go to.
    if (range.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return [];
    checkCode(range.errorCode, `list the offsets of ${topic}-${partition}`);
    checkCode(found?.errorCode ?? ErrorCode.NONE, `list the offsets of ${topic}-${partition}`);
    const { start, end } = range as OffsetRange;
    const committed = committedOf({ topic, partition });
    const time = found !== undefined && isAnswer<FoundOffset>(found) ? found.offset : undefined;
    return [{ topic, partition, offset: newOffset(target, { start, end, committed, atTimestamp: time }) }];
  });
}

function placeOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
