/**
 * Chooses partitions as Java's producer does: by murmur2 of the key, or, without one, so that batches get full (KIP-794).
 * @module
 */
import { murmur2 } from "../murmur2.ts";
import type { Accumulator } from "./accumulator.ts";
import type { Partitioner } from "./partitioner.ts";
import { ProducerError } from "./producer_error.ts";
import type { ProducerTopic } from "./producer_topic.ts";
import type { RecordWriter } from "./record_writer.ts";
import { chooseStickyPartition } from "./sticky_partition.ts";

export interface PartitionChooserOptions {
  /** The user's own. */
  readonly partitioner: Partitioner | null;
  readonly areKeysIgnored: boolean;
  readonly isAdaptive: boolean;
  readonly batchBytes: number;
}

/** What a record's length, timestamp and offset take, mostly. */
export const MOST_OVERHEAD = 12;

export class PartitionChooser {
  readonly #options: PartitionChooserOptions;
  readonly #accumulator: Accumulator;

  constructor(accumulator: Accumulator, options: PartitionChooserOptions) {
    this.#accumulator = accumulator;
    this.#options = options;
  }

  /** For the record that `writer` has. */
  choose(topic: ProducerTopic, writer: RecordWriter): number {
    const { partitioner, areKeysIgnored } = this.#options;
    const key = writer.key === null ? null : writer.key.subarray(0, writer.keyLength);
    if (partitioner !== null) return chosenBy(partitioner, topic, key);
    if (key !== null && !areKeysIgnored) return (murmur2(key) & 0x7fffffff) % topic.partitionCount;
    return this.#sticky(topic, writer.payloadSize + MOST_OVERHEAD);
  }

  /** Bytes of a record went to the partition that was chosen. */
  chosen(topic: ProducerTopic, partition: number, byteCount: number): void {
    if (partition === topic.stickyPartition) topic.stickyBytes += byteCount;
  }

  /** The same until about a batch's bytes have gone there, and then not before its batch is full or gone. */
  #sticky(topic: ProducerTopic, size: number): number {
    const { batchBytes, isAdaptive } = this.#options;
    const { stickyPartition, stickyBytes } = topic;
    const isEnough = stickyBytes + size >= batchBytes &&
      (stickyBytes >= 2 * batchBytes || this.#accumulator.isFullFor(topic, stickyPartition, size));
    if (stickyPartition >= 0 && stickyPartition < topic.partitionCount && !isEnough) return stickyPartition;
    // What was filled need not wait for more.
    const batch = topic.open[stickyPartition];
    if (batch !== undefined) this.#accumulator.close(batch);
    topic.stickyPartition = chooseStickyPartition(topic, isAdaptive, Math.random());
    topic.stickyBytes = 0;
    return topic.stickyPartition;
  }
}

function chosenBy(
  partitioner: Partitioner,
  { name, partitionCount }: ProducerTopic,
  key: Uint8Array | null,
): number {
  try {
    return partitioner(name, key, partitionCount);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProducerError(
      "no-partition",
      `the partitioner chose none for a record of ${name}: ${reason}`,
      false,
      {
        cause: error,
      },
    );
  }
}
