/**
 * What a group has committed: asked of its coordinator, and told to it.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode } from "../response_error.ts";
import { byTopic, PartitionMap, type TopicPartition } from "./topic_partitions.ts";

export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  /** Of the last record before `offset`; left out: unknown. */
  readonly leaderEpoch?: number;
  readonly metadata?: string;
}

/** In whose name is committed. Left out: a group without members is (a "simple consumer"). */
export interface CommittingMember {
  readonly memberId: string;
  /** With the consumer protocol: the member's epoch. */
  readonly generationId: number;
  readonly instanceId: string | null;
}

export interface CommittedOffsetsOptions {
  /** Refuse with UNSTABLE_OFFSET_COMMIT while a transaction is about to commit an offset (KIP-447). Default false. */
  readonly requireStable?: boolean;
  /** Who asks: a group of the consumer protocol tells its members only, by their epoch. */
  readonly member?: CommittingMember | undefined;
  readonly timeoutMs?: number;
}

/** From version 10 on topics go by id. */
const MAX_VERSION = 9;

/**
 * What `groupId` has committed of `partitions`; those without are left out. A group that there is not has committed
 * nothing. Throws a ResponseError.
 */
export async function fetchCommitted(
  cluster: Cluster,
  groupId: string,
  partitions: Iterable<TopicPartition>,
  options: CommittedOffsetsOptions = {},
): Promise<PartitionMap<CommittedOffset>> {
  const what = `fetch the offsets of group ${groupId}`;
  const answer = await cluster.askCoordinator("group", groupId, api.OffsetFetch, {
    groups: [{
      groupId,
      ...options.member?.memberId
        ? { memberId: options.member.memberId, memberEpoch: options.member.generationId }
        : {},
      topics: byTopic(partitions, ({ partition }) => partition)
        .map(({ name, partitions }) => ({ name, partitionIndexes: partitions })),
    }],
    requireStable: options.requireStable ?? false,
  }, {
    maxVersion: MAX_VERSION,
    ...options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs },
    codeOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.NONE,
  });
  const [group] = answer.groups;
  checkCode(group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, what);
  const committed = new PartitionMap<CommittedOffset>();
  for (const { name: topic, partitions } of group!.topics) {
    for (const { partitionIndex: partition, errorCode, ...found } of partitions) {
      if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
      checkCode(errorCode, `${what} for ${topic}-${partition}`);
      if (found.committedOffset < 0) continue;
      committed.set({ topic, partition }, {
        offset: found.committedOffset,
        leaderEpoch: found.committedLeaderEpoch,
        metadata: found.metadata ?? "",
      });
    }
  }
  return committed;
}

/** Commits offsets; the code of each partition is answered. Throws what can't be asked at all. */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: Iterable<OffsetToCommit>,
  member?: CommittingMember,
  options: { readonly timeoutMs?: number } = {},
): Promise<PartitionMap<number>> {
  const answer = await cluster.askCoordinator("group", groupId, api.OffsetCommit, {
    groupId,
    generationIdOrMemberEpoch: member?.generationId ?? -1,
    memberId: member?.memberId ?? "",
    groupInstanceId: member?.instanceId ?? null,
    topics: byTopic(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch ?? -1,
      committedMetadata: metadata ?? "",
    })),
  }, {
    maxVersion: MAX_VERSION,
    ...options,
    codeOf: ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? ErrorCode.NONE,
  });
  const codes = new PartitionMap<number>();
  for (const { name: topic, partitions } of answer.topics) {
    for (const { partitionIndex: partition, errorCode } of partitions) {
      codes.set({ topic, partition }, errorCode);
    }
  }
  return codes;
}

/** Throws a ResponseError for the first code that is one. */
export function checkCommitted(codes: PartitionMap<number>, groupId: string): void {
  for (const { topic, partition, value } of codes) {
    checkCode(value, `commit the offset of ${topic}-${partition} for group ${groupId}`);
  }
}
