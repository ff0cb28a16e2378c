/**
 * What clients ask of committed offsets, whatever the version of their request says it with.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";
import type { Committer } from "../group.ts";

/** One partition of a commit. What is asked and what is answered are one object: there are many of them. */
export interface PartitionCommit {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
  /** The answer. Whoever makes it sets an error for a partition that is not to be committed, else NONE. */
  errorCode: number;
}

export interface TopicCommit {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly PartitionCommit[];
}

export interface OffsetCommit {
  readonly groupId: string;
  readonly committer: Committer;
  readonly topics: readonly TopicCommit[];
}

/** A commit that counts when a transaction is committed. */
export interface TransactionalOffsetCommit extends OffsetCommit {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface OffsetFetch {
  readonly groupId: string;
  /** Null: of no member. */
  readonly memberId: string | null;
  readonly memberEpoch: number;
  /** Undefined: all that the group has. */
  readonly topics: readonly TopicFetch[] | undefined;
  /** Instead of an offset that an open transaction is about to replace, UNSTABLE_OFFSET_COMMIT. */
  readonly requireStable: boolean;
}

export interface TopicFetch {
  readonly name: string;
  /** The zero id: not known. */
  readonly topicId: Uuid;
  readonly partitionIndexes: readonly number[];
}

export interface FetchedPartition {
  readonly partitionIndex: number;
  /** -1: none. */
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

export interface FetchedTopic {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedOffsets {
  /** Of the group; the topics are empty then. */
  readonly errorCode: number;
  readonly topics: readonly FetchedTopic[];
}
