/**
 * What consumer groups have committed, and committing in their place.
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
 * group that has some.
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
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({ topic: name, partition: partitionIndex, errorCode }))
  );
}
