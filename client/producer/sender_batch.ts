/**
 * A batch as the sender knows it.
 * @module
 */
import type { PartitionQueue } from "./partition_queue.ts";

/** Under whose name a batch is written, and where it stands in the order of its partition (KIP-98). */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export class SenderBatch {
  readonly queue: PartitionQueue;
  /** Its first slot. */
  readonly head: number;
  /** In the order that batches of a partition were opened. */
  readonly serial: number;
  readonly openedAt: number;
  /** Records; 0 while it is open. */
  count = 0;
  identity: ProducerIdentity | undefined;
  /** -1: not given yet. */
  sequence = -1;
  attempts = 0;
  /** Whether it may have been written though nobody said so. */
  isUncertain = false;
  /** What the last attempt came to. */
  lastError: Error | undefined;

  constructor(queue: PartitionQueue, head: number, serial: number, openedAt: number) {
    this.queue = queue;
    this.head = head;
    this.serial = serial;
    this.openedAt = openedAt;
  }

  get isClosed(): boolean {
    return this.count > 0;
  }
}
