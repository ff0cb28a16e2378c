/**
 * Partitions of several topics. Never changed once made.
 * @module
 */

/** Partition numbers by topic. */
export type TopicPartitions = ReadonlyMap<string, ReadonlySet<number>>;

export const NO_PARTITIONS: TopicPartitions = new Map();

export function topicPartitions(entries: Iterable<readonly [string, Iterable<number>]>): TopicPartitions {
  const result = new Map<string, Set<number>>();
  for (const [topic, partitions] of entries) {
    const set = result.get(topic);
    if (set === undefined) result.set(topic, new Set(partitions));
    else for (const partition of partitions) set.add(partition);
  }
  return result;
}

export function hasPartition(all: TopicPartitions, topic: string, partition: number): boolean {
  return all.get(topic)?.has(partition) ?? false;
}

/** Whether `all` has each of `some`. */
export function includesAll(all: TopicPartitions, some: TopicPartitions): boolean {
  for (const [topic, partitions] of some) {
    for (const partition of partitions) if (!hasPartition(all, topic, partition)) return false;
  }
  return true;
}

export function union(a: TopicPartitions, b: TopicPartitions): TopicPartitions {
  return topicPartitions([...a, ...b]);
}

/** One by one. */
export function* eachPartition(all: TopicPartitions): Generator<{ topic: string; partition: number }> {
  for (const [topic, partitions] of all) {
    for (const partition of partitions) yield { topic, partition };
  }
}
