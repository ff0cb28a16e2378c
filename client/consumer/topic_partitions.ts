/**
 * Values kept for partitions, by topic and partition: positions, committed offsets, codes.
 * @module
 */
import { groupBy } from "../group_by.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export class PartitionMap<T> implements Iterable<TopicPartition & { readonly value: T }> {
  readonly #topics = new Map<string, Map<number, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ topic, partition }: TopicPartition): T | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#topics.get(topic)?.has(partition) ?? false;
  }

  set({ topic, partition }: TopicPartition, value: T): this {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) this.#topics.set(topic, partitions = new Map());
    if (!partitions.has(partition)) this.#size++;
    partitions.set(partition, value);
    return this;
  }

  delete({ topic, partition }: TopicPartition): boolean {
    const partitions = this.#topics.get(topic);
    if (partitions === undefined || !partitions.delete(partition)) return false;
    if (partitions.size === 0) this.#topics.delete(topic);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#topics.clear();
    this.#size = 0;
  }

  /** In the order in which topics and their partitions came. */
  *[Symbol.iterator](): Generator<TopicPartition & { readonly value: T }, void> {
    for (const [topic, partitions] of this.#topics) {
      for (const [partition, value] of partitions) yield { topic, partition, value };
    }
  }
}

/** `items` by their topics, as requests have them. */
export function byTopic<Item extends TopicPartition, T>(
  items: Iterable<Item>,
  shape: (item: Item) => T,
): { name: string; partitions: T[] }[] {
  const topics = groupBy(items, ({ topic }) => topic);
  return Array.from(topics, ([name, ofTopic]) => ({ name, partitions: ofTopic.map(shape) }));
}

export function samePartition(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition;
}
