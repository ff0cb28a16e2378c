/**
 * Members keep what they have as far as the loads come out even; what must move is given up by its owner first, and goes to
 * its new one in the rebalance that follows (KIP-429).
 * @module
 */
import { PartitionMap, type TopicPartition } from "../topic_partitions.ts";
import {
  type Assignments,
  type Assignor,
  type GroupMemberSubscription,
  inOrder,
  type PartitionCounts,
  wantedPartitions,
} from "./assignor.ts";

export const cooperativeStickyAssignor: Assignor = {
  name: "cooperative-sticky",
  isCooperative: true,
  assign(members, partitionCounts) {
    const owners = ownersOf(members);
    const target = balance(members, partitionCounts, owners);
    const assignments: Assignments = new Map(members.map(({ memberId }) => [memberId, []]));
    for (const { value: memberId, ...one } of target) {
      const owner = owners.get(one);
      if (owner === undefined || owner === memberId) assignments.get(memberId)!.push(one);
    }
    return assignments;
  },
};

/** Who has each partition. Of two that say so, who was told in a later generation; of the same, nobody for certain. */
function ownersOf(members: readonly GroupMemberSubscription[]): PartitionMap<string> {
  const claims = new PartitionMap<{ memberId: string | undefined; generationId: number }>();
  for (const { memberId, owned, generationId } of members) {
    for (const one of owned) {
      const other = claims.get(one);
      if (other === undefined || generationId > other.generationId) {
        claims.set(one, { memberId, generationId });
      } else if (generationId === other.generationId) claims.set(one, { memberId: undefined, generationId });
    }
  }
  const owners = new PartitionMap<string>();
  for (const { topic, partition, value: { memberId } } of claims) {
    if (memberId !== undefined) owners.set({ topic, partition }, memberId);
  }
  return owners;
}

function balance(
  members: readonly GroupMemberSubscription[],
  partitionCounts: PartitionCounts,
  owners: PartitionMap<string>,
): PartitionMap<string> {
  const subscribers = new Map<string, string[]>();
  for (const { memberId, topics } of inOrder(members)) {
    for (const topic of topics) subscribers.set(topic, [...subscribers.get(topic) ?? [], memberId]);
  }
  const loads = new Map(members.map(({ memberId }) => [memberId, 0]));
  const target = new PartitionMap<string>();
  const give = (one: TopicPartition, memberId: string) => {
    const before = target.get(one);
    if (before !== undefined) loads.set(before, loads.get(before)! - 1);
    target.set(one, memberId);
    loads.set(memberId, loads.get(memberId)! + 1);
  };
  const leastLoaded = ({ topic }: TopicPartition) =>
    subscribers.get(topic)!.reduce((least, one) => loads.get(one)! < loads.get(least)! ? one : least);

  const partitions = wantedPartitions(members, partitionCounts);
  for (const one of partitions) {
    const owner = owners.get(one);
    if (owner !== undefined && subscribers.get(one.topic)!.includes(owner)) give(one, owner);
  }
  for (const one of partitions) if (!target.has(one)) give(one, leastLoaded(one));
  // Each move makes the loads more even, so there is an end to it.
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const one of partitions) {
      const to = leastLoaded(one);
      if (loads.get(target.get(one)!)! <= loads.get(to)! + 1) continue;
      give(one, to);
      isMoving = true;
    }
  }
  return target;
}
