/**
 * Who is told what a group does with a consumer's partitions.
 *
 * Each is awaited, one after the other. What it throws comes out of the next poll: a rebalance can't be refused.
 * @module
 */
import type { TopicPartition } from "./topic_partitions.ts";

export interface RebalanceListener {
  /** These are its own now, besides those it had. Nothing of them is given before this is done: it may `seek`. */
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /**
   * These are its own no more when this is done. What was given of them has been worked on: the reader has asked for more
   * (or max.poll.interval.ms is over). Offsets may be committed here.
   */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** These may be others' already: nothing can be committed. Default: as onRevoked. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}
