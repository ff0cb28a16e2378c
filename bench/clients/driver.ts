/**
 * A client under measurement. Each has a file in `drivers/`, is loaded in a process of its own, and is used as its own
 * documentation shows the fastest way to be.
 * @module
 */
import type { Task } from "./workload.ts";

export interface Driver {
  /** Sends to all partitions; `meter` is told when what warms up is done, and when all is acknowledged. */
  produce(task: Task, values: Values, meter: Meter): Promise<void>;
  /** Reads from the beginning until `meter` has had enough. */
  consume(task: Task, meter: Meter): Promise<void>;
}

/** Told how it goes. */
export interface Meter {
  /** What went before does not count. */
  begin(): void;
  end(): void;
  /** Of a consumer: so many more records have come. Begins and ends by itself; returns whether it is enough. */
  take(records: number): boolean;
}

/** What records have in them: many values, used around and around. */
export interface Values {
  readonly list: readonly Uint8Array[];
  next(): Uint8Array;
}

/** Bytes of records that every client is to have in one batch, so that none pays for more requests than another. */
export const BATCH_BYTES = 131_072;
/** Of requests at the same time, as many as idempotent producers may have. */
export const IN_FLIGHT = 5;
/** Beside the value: length, attributes, deltas. */
const OVERHEAD_BYTES = 10;

export function recordsPerBatch({ recordBytes }: Task): number {
  return Math.floor(BATCH_BYTES / (recordBytes + OVERHEAD_BYTES));
}

/**
 * Sends `count` records by calls of `send` with a batch each, {@link IN_FLIGHT} of them at a time: what clients without a
 * buffer of their own leave to their callers.
 */
export async function sendBatches(
  task: Task,
  count: number,
  send: (records: number, partition: number) => Promise<unknown>,
): Promise<void> {
  const perBatch = recordsPerBatch(task);
  let left = count;
  let turn = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (left > 0) {
      const records = Math.min(perBatch, left);
      left -= records;
      await send(records, turn++ % task.partitions);
    }
  }));
}
