/**
 * What consumer groups have committed, and committing or forgetting it in their place.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode } from "../response_error.ts";
import { byTopic, type PartitionAnswer, type TopicPartition } from "./by_leader.ts";

export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
}

/** From this version on topics go by id instead of by name. */
const BY_NAME = { maxVersion: 9 };

/** All that a group has committed, by topic and partition; nothing for a group that is none. Throws a ResponseError. */
export async function committedOffsets(cluster: Cluster, group: string): Promise<CommittedOffset[]> {
  const { groups: [found] } = await cluster.askCoordinator("group", group, api.OffsetFetch, {
    groups: [{ groupId: group, topics: null }],
  }, { ...BY_NAME, codeOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.NONE });
  checkCode(found?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, `fetch the offsets of group ${group}`);
  return found!.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ errorCode, committedOffset }) => errorCode === ErrorCode.NONE && committedOffset >= 0)
      .map(({ partitionIndex, committedOffset }) => ({
        topic: name,
        partition: partitionIndex,
        offset: committedOffset,
      }))
  ).sort((a, b) => a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1);
}

/**
 * Commits in the place of a group without members, which is made if there is none. Kafka answers UNKNOWN_MEMBER_ID for a
 * group that has some. The answers are in the order of `offsets`.
 */
export async function commitOffsets(
  cluster: Cluster,
  group: string,
  offsets: readonly CommittedOffset[],
): Promise<PartitionAnswer[]> {
  const { topics } = await cluster.askCoordinator("group", group, api.OffsetCommit, {
    groupId: group,
    memberId: "",
    topics: byTopic(offsets, ({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedMetadata: "",
    })),
  }, { ...BY_NAME, codeOf: ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? ErrorCode.NONE });
  return answersInOrder(offsets, topics);
}

/**
 * Forgets what a group has committed. Kafka answers GROUP_SUBSCRIBED_TO_TOPIC for topics that its members read. Throws a
 * ResponseError, GROUP_ID_NOT_FOUND if there is no such group.
 */
export async function deleteOffsets(
  cluster: Cluster,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<PartitionAnswer[]> {
  const { errorCode, topics } = await cluster.askCoordinator("group", group, api.OffsetDelete, {
    groupId: group,
    topics: byTopic(partitions, ({ partition }) => ({ partitionIndex: partition })),
  }, { codeOf: ({ errorCode }) => errorCode });
  checkCode(errorCode, `forget offsets of group ${group}`);
  return answersInOrder(partitions, topics);
}

/** The answers by topic and partition, in the order of what was asked. */
function answersInOrder(
  partitions: readonly TopicPartition[],
  topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
  }[],
): PartitionAnswer[] {
  const codes = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => [`${name}/${partitionIndex}`, errorCode] as const)
    ),
  );
  return partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    errorCode: codes.get(`${topic}/${partition}`) ?? ErrorCode.UNKNOWN_SERVER_ERROR,
  }));
}
