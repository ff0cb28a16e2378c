/**
 * What is to be committed for a group: in each partition behind the last record that was written, or that the filter did not
 * want.
 *
 * What must be true: nothing is committed before whoever reads standard output has it.
 * @module
 */
import type { OffsetToCommit } from "../../client/consumer/committed_offsets.ts";
import { PartitionMap, type TopicPartition } from "../../client/consumer/topic_partitions.ts";

export class WrittenOffsets {
  /** Of records in the output's memory. */
  readonly #gathered = new PartitionMap<number>();
  /** Written, and not committed yet. */
  readonly #written = new PartitionMap<number>();

  add({ topic, partition, offset }: TopicPartition & { readonly offset: number }): void {
    this.#gathered.set({ topic, partition }, offset + 1);
  }

  /** What was gathered is written. */
  flushed(): void {
    for (const { value, ...one } of this.#gathered) this.#written.set(one, value);
    this.#gathered.clear();
  }

  /** What can be committed now; it is not given again. */
  take(partitions?: readonly TopicPartition[]): OffsetToCommit[] {
    const offsets = Array.from(
      this.#written,
      ({ topic, partition, value: offset }) => ({ topic, partition, offset }),
    );
    const taken = partitions === undefined
      ? offsets
      : offsets.filter((one) =>
        partitions.some(({ topic, partition }) => topic === one.topic && partition === one.partition)
      );
    for (const one of taken) this.#written.delete(one);
    return taken;
  }
}
