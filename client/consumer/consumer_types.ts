/**
 * What consumers are told, and tell.
 * @module
 */
import type { TopicPartition } from "./topic_partitions.ts";

export interface PollOptions {
  /** How long to wait while there is nothing. Default 1000. */
  readonly timeoutMs?: number;
  /** At most so many. Default: max.poll.records. */
  readonly maxRecords?: number;
  /** About so many bytes of keys and values at most; one record always comes. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
}

/** A partition, and where to begin in it; left out: where the group has committed, or by the reset policy. */
export interface AssignedPartition extends TopicPartition {
  readonly offset?: number;
}

export interface PartitionLag extends TopicPartition {
  /** undefined: it has none yet. */
  readonly position: number | undefined;
  /** Of the next record to be written; with read_committed, of the first that is not decided. */
  readonly endOffset: number;
  readonly lag: number | undefined;
}

/** Who commits, for a producer's transaction (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}
