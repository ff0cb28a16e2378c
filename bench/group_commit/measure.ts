/**
 * What a disk gives and what a broker makes of it: a bare loop of append and fdatasync, and connections that each wait for
 * an acknowledgement after fdatasync before they send the next batch.
 * @module
 */
import { openNativeDisk } from "../../ffi/native_disk.ts";
import type { BrokerProcess } from "../peers/broker_process.ts";
import type { Settings } from "../peers/launchers.ts";
import { batchOf, produce } from "../peers/produce.ts";
import { TopicSet } from "../peers/topic_set.ts";

/** Acknowledge after fdatasync: what `milena serve --sync` sets. */
export const synced: Settings = { "log.flush.interval.messages": "1" };

const APPEND_BYTES = 4096;

/** Appends of 4 KiB a second, each followed by fdatasync, to a new file in `directory`. */
export function bareLoop(directory: string, ms: number): number {
  const path = `${directory}/bare-loop`;
  using file = openNativeDisk().open(path, { create: true });
  try {
    const bytes = new Uint8Array(APPEND_BYTES).fill(65);
    const begin = performance.now();
    let count = 0;
    for (; performance.now() - begin < ms; count++) {
      file.writeAt(bytes, count * APPEND_BYTES);
      file.syncData();
    }
    return count / ((performance.now() - begin) / 1000);
  } finally {
    Deno.removeSync(path);
  }
}

export interface CommitRun {
  readonly broker: string;
  readonly connections: number;
  readonly partitions: number;
  readonly batchesPerSecond: number;
  /** Of the broker, for each batch. */
  readonly cpuMicroseconds: number;
}

/** Batches of 4 KiB a second that `connections` get acknowledged, spread over the partitions of a new topic. */
export async function acknowledged(
  broker: BrokerProcess,
  { connections, partitions, ms }: {
    readonly connections: number;
    readonly partitions: number;
    readonly ms: number;
  },
): Promise<CommitRun> {
  using open = new DisposableStack();
  const all = await Promise.all(
    Array.from({ length: connections }, async () => open.use(await broker.connect())),
  );
  const topics = new TopicSet(`commit-${crypto.randomUUID().slice(0, 8)}`, partitions);
  await topics.create(all[0]!);
  const places = topics.places();
  const records = batchOf(APPEND_BYTES);
  const before = broker.figures();
  const begin = performance.now();
  let count = 0;
  await Promise.all(all.map(async (connection, at) => {
    const place = places[at % places.length]!;
    while (performance.now() - begin < ms) {
      await produce(connection, place, records, -1);
      count++;
    }
  }));
  const seconds = (performance.now() - begin) / 1000;
  const after = broker.figures();
  const cpuSeconds = after.userSeconds + after.systemSeconds - before.userSeconds - before.systemSeconds;
  return {
    broker: broker.name,
    connections,
    partitions,
    batchesPerSecond: count / seconds,
    cpuMicroseconds: cpuSeconds / count * 1e6,
  };
}
