/**
 * A map from topic and partition, without a key made of both: looking up makes no string. A topic without partitions is not
 * kept.
 * @module
 */
export class TopicPartitionMap<T> {
  readonly #topics = new Map<string, Map<number, T>>();

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  get(topic: string, partition: number): T | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** What there is of a topic. */
  topic(topic: string): ReadonlyMap<number, T> | undefined {
    return this.#topics.get(topic);
  }

  topics(): IterableIterator<[topic: string, partitions: ReadonlyMap<number, T>]> {
    return this.#topics.entries();
  }

  set(topic: string, partition: number, value: T): void {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) this.#topics.set(topic, partitions = new Map());
    partitions.set(partition, value);
  }

  delete(topic: string, partition: number): void {
    const partitions = this.#topics.get(topic);
    if (partitions?.delete(partition) && partitions.size === 0) this.#topics.delete(topic);
  }
}
