/**
 * A topic as the caller's thread knows it: its partitions, and the batch that is open in each.
 * @module
 */
import type { OpenBatch } from "./open_batch.ts";

export class ProducerTopic {
  readonly name: string;
  /** What the sender calls it. */
  readonly id: number;
  partitionCount: number;
  /** Partitions that have a leader; null: all have. */
  available: readonly number[] | null;
  /** By partition. */
  readonly open: (OpenBatch | undefined)[] = [];
  /** Batches of each partition that are not done. */
  readonly outstanding: number[] = [];
  /** Where records without a key go at the moment, -1: not chosen yet; and how many bytes of them went there. */
  stickyPartition = -1;
  stickyBytes = 0;

  constructor(name: string, id: number, partitionCount: number, available: readonly number[] | null) {
    this.name = name;
    this.id = id;
    this.partitionCount = partitionCount;
    this.available = available;
  }
}
