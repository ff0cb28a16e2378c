/**
 * What is read of which partitions: which records are wanted, and when nothing more is to come.
 * @module
 */
import { PartitionMap, type TopicPartition } from "../../client/consumer/topic_partitions.ts";
import type { Stretch } from "./stretch.ts";

/** What is asked of a consumer. */
export interface Reader {
  readonly assignment: readonly TopicPartition[];
  /** Whether it knows what it is to read. */
  readonly isStable: boolean;
  position(partition: TopicPartition): number | undefined;
}

export class Stretches {
  readonly #stretches = new PartitionMap<Stretch>();
  readonly #finished = new PartitionMap<true>();
  /** Whether it comes to an end by itself. */
  readonly haveEnds: boolean;
  #last: Stretch | undefined;

  /** `isUntilEnd`: of a partition that came later nothing is wanted. */
  constructor(stretches: readonly Stretch[], isUntilEnd: boolean) {
    for (const stretch of stretches) this.#stretches.set(stretch, stretch);
    this.haveEnds = isUntilEnd || stretches.length > 0 && stretches.every(({ to }) => to < Infinity);
  }

  /** Those of which something is to be read. */
  get open(): Stretch[] {
    return Array.from(this.#stretches, ({ value }) => value).filter(({ position, to }) => position < to);
  }

  wants({ topic, partition, offset }: TopicPartition & { readonly offset: number }): boolean {
    let stretch = this.#last;
    if (stretch?.partition !== partition || stretch.topic !== topic) {
      stretch = this.#last = this.#stretches.get({ topic, partition });
      if (stretch === undefined) return !this.haveEnds;
    }
    return offset >= stretch.from && offset < stretch.to;
  }

  /** Whether `reader` is where all of it ends. */
  areDone(reader: Reader): boolean {
    if (!this.haveEnds || !reader.isStable) return false;
    return reader.assignment.every((one) => {
      const to = this.#stretches.get(one)?.to ?? 0;
      const position = reader.position(one);
      return to === 0 || position !== undefined && position >= to;
    });
  }

  /** What `reader` has read to its end: nobody need fetch more of it. Each is told once. */
  newlyFinished(reader: Reader): TopicPartition[] {
    if (!this.haveEnds) return [];
    const finished = reader.assignment.filter((one) => {
      const to = this.#stretches.get(one)?.to ?? Infinity;
      return !this.#finished.has(one) && (reader.position(one) ?? -1) >= to;
    });
    for (const one of finished) this.#finished.set(one, true);
    return finished;
  }
}
