/**
 * A topic as the sender knows it.
 * @module
 */
import type { PartitionQueue } from "./partition_queue.ts";

export interface SenderTopic {
  readonly name: string;
  readonly id: number;
  /** By partition; made when there is a batch. */
  readonly queues: (PartitionQueue | undefined)[];
  partitionCount: number;
  isRefreshing: boolean;
}
