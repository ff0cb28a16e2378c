/**
 * A consumer's part in a group, of either protocol.
 * @module
 */
import type { OffsetToCommit } from "./committed_offsets.ts";
import type { TopicPartition } from "./topic_partitions.ts";

/** Who is told. A rebalance can't be refused: what these throw, or reject with, is passed over. */
export interface GroupMemberOwner {
  /** `added` are its own now. */
  onAssigned(added: readonly TopicPartition[]): void;
  /** No more its own when this resolves. `isLost`: others may have them already, and nothing can be committed. */
  onRevoked(partitions: readonly TopicPartition[], isLost: boolean): Promise<void>;
  /** It is out of the group, and comes back only if it subscribes again. */
  onFailed(error: Error): void;
}

export interface GroupSession {
  /** "": it has none yet. */
  readonly memberId: string;
  /** With the consumer protocol: the member's epoch. -1: it has none. */
  readonly generationId: number;
  /** Whether it is a member in good standing, with all that was assigned to it. */
  readonly isStable: boolean;
  /** Joins with these topics, or goes on with others. */
  subscribe(topics: readonly string[]): void;
  /** Commits in the group's name, as a member of it. Throws a ResponseError. */
  commit(offsets: readonly OffsetToCommit[]): Promise<void>;
  /** Leaves the group; its owner is told first that it has lost what it had. Resolves when the group knows. */
  leave(): Promise<void>;
  /** Leaves at once, whatever is being worked on. Its owner, who knows why, is told nothing. */
  abandon(): void;
  /** Does nothing from now on. The group hears nothing of it: its session ends there when it ends. */
  stop(): void;
}
