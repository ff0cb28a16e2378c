/**
 * Reads partitions of a topic from an offset to an offset, each to its end.
 * @module
 */
import { Consumer } from "../../client/consumer/consumer.ts";
import type { ConsumerBatch } from "../../client/consumer/consumer_batch.ts";
import { CommandFailure } from "../command.ts";
import { showMany } from "../units.ts";
import type { ConsumerInput } from "./client_configs.ts";
import type { PerfJob } from "./perf_job.ts";
import type { OffsetRange } from "./perf_topic.ts";

export interface Reading {
  readonly topic: string;
  readonly ranges: readonly OffsetRange[];
  readonly onRecord: (partition: number, offset: number, value: Uint8Array | null) => void;
  /** Enough has been read. Asked after each batch. */
  readonly isEnough?: () => boolean;
}

/** So long nothing may come while there is something to come. */
const STALLED_MS = 60_000;
/** So often is looked whether the ends have been reached without a record at them: transactions leave markers there. */
const LOOK_MS = 200;

/** As a measurement wants it unless something else was said: large answers, and nothing to commit. */
const usual: ConsumerInput = { "auto.offset.reset": "none", "enable.auto.commit": false };

/** Returns when each partition has been read to its end. Throws if one of them can't be, or the job is to end. */
export async function readTopic(job: PerfJob, { topic, ranges, onRecord, isEnough }: Reading): Promise<void> {
  const ends = new Map(
    ranges.filter(({ from, to }) => from < to).map(({ partition, to }) => [partition, to]),
  );
  if (ends.size === 0) return;
  const consumer = newConsumer(job);
  const done = new AbortController();
  let lastMs = performance.now();
  let isStalled = false;
  const timer = setInterval(() => {
    for (const [partition, end] of ends) {
      if ((consumer.position({ topic, partition }) ?? 0) >= end) ends.delete(partition);
    }
    isStalled = ends.size > 0 && performance.now() - lastMs > STALLED_MS;
    if (isStalled || ends.size === 0) done.abort();
  }, LOOK_MS);
  try {
    await consumer.assign(
      ranges.filter(({ partition }) => ends.has(partition))
        .map(({ partition, from }) => ({ topic, partition, offset: from })),
    );
    for await (const batch of consumer.batches({ signal: AbortSignal.any([done.signal, job.signal]) })) {
      lastMs = performance.now();
      takeRecords(batch, ends, onRecord);
      if (ends.size === 0 || isEnough?.() === true) break;
    }
  } finally {
    clearInterval(timer);
    await consumer.close();
  }
  job.signal.throwIfAborted();
  if (isStalled) {
    throw new CommandFailure(
      `${showMany(ends.size, "partition")} of ${topic} can't be read to the end: nothing has come for ${
        STALLED_MS / 1000
      } s (partition ${[...ends.keys()].join(", ")})`,
    );
  }
}

export function newConsumer(job: PerfJob, own: ConsumerInput = {}): Consumer {
  return new Consumer(job.configs.consumer({ ...usual, ...own }));
}

function takeRecords(
  { partition, nextOffset, records }: ConsumerBatch,
  ends: Map<number, number>,
  onRecord: Reading["onRecord"],
): void {
  const end = ends.get(partition);
  if (end === undefined) return;
  for (const record of records) {
    const { offset } = record;
    if (offset >= end) break;
    onRecord(partition, offset, record.value);
  }
  if (nextOffset >= end) ends.delete(partition);
}
