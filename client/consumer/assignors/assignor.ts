/**
 * How partitions are shared out among the members of a group. The member that leads it computes this for all.
 *
 * What must be true: every partition of a topic that anybody subscribes to goes to exactly one member that subscribes to
 * it (to none for now, where a cooperative assignor has to take it from another member first); and the same members,
 * subscriptions and partitions give the same assignment, whoever leads.
 * @module
 */
import type { TopicPartition } from "../topic_partitions.ts";

export interface GroupMemberSubscription {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  /** What it still has, and since which generation; for those that are told (KIP-429, KIP-792). */
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
}

/** By topic; topics that don't exist are not in it. */
export type PartitionCounts = ReadonlyMap<string, number>;

export type Assignments = Map<string, TopicPartition[]>;

export interface Assignor {
  /** The protocol's name in JoinGroup: members of a group must have one in common. */
  readonly name: string;
  /** Members keep what they have while the group rebalances (KIP-429). */
  readonly isCooperative: boolean;
  /** By member id; every member is in it. */
  assign(members: readonly GroupMemberSubscription[], partitionCounts: PartitionCounts): Assignments;
}

/** As Kafka's own assignors order members: static ones first, by their instance id, then the others by their member id. */
export function inOrder(members: readonly GroupMemberSubscription[]): GroupMemberSubscription[] {
  return [...members].sort((a, b) => {
    if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId);
    if (a.instanceId !== null || b.instanceId !== null) return a.instanceId !== null ? -1 : 1;
    return compare(a.memberId, b.memberId);
  });
}

/** All partitions of topics that somebody subscribes to, by topic and partition. */
export function wantedPartitions(
  members: readonly GroupMemberSubscription[],
  partitionCounts: PartitionCounts,
): TopicPartition[] {
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort(compare);
  return topics.flatMap((topic) =>
    Array.from({ length: partitionCounts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition }))
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
