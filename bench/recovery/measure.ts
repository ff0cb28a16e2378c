/**
 * One run: a broker takes so many bytes that it never flushes, is killed, and is started again on them.
 * @module
 */
import { type BrokerCommand, BrokerProcess } from "../peers/broker_process.ts";
import type { Launcher, Settings } from "../peers/launchers.ts";
import { batchOf, produce } from "../peers/produce.ts";
import { TopicSet } from "../peers/topic_set.ts";

/** No flush and no checkpoint comes while this runs, so that recovery has to read every byte. */
export const neverFlushed: Settings = {
  "log.flush.interval.ms": "86400000",
  "log.flush.offset.checkpoint.interval.ms": "86400000",
};

export interface RecoveryWorkload {
  readonly mebibytes: number;
  readonly partitions: number;
  readonly batchBytes: number;
}

export interface RecoveryRun {
  readonly broker: string;
  readonly workload: RecoveryWorkload;
  /** Of the log files when the broker was killed. */
  readonly logBytes: number;
  /** From exec to an answer from every partition, on a new data directory. */
  readonly emptyStartMs: number;
  /** The same after the kill. */
  readonly recoveredStartMs: number;
  /** Processor time of the broker until then. */
  readonly cpuSeconds: number;
}

const IN_FLIGHT = 8;
const START_WITHIN_MS = 600_000;

/** Throws if the broker can't be started or refuses a batch. */
export async function measureRecovery(launcher: Launcher, workload: RecoveryWorkload): Promise<RecoveryRun> {
  const command: BrokerCommand = { ...await launcher.prepare(), startWithinMs: START_WITHIN_MS };
  const topics = new TopicSet("recovery", workload.partitions);
  await using first = await BrokerProcess.start(command);
  await fill(first, topics, workload);
  const logBytes = await bytesOfLogs(first.logDirectory);
  await first.kill9();
  await using second = await BrokerProcess.start(command);
  const recoveredStartMs = await served(second, topics);
  const { userSeconds, systemSeconds } = second.figures();
  return {
    broker: launcher.name,
    workload,
    logBytes,
    emptyStartMs: first.startMs,
    recoveredStartMs,
    cpuSeconds: userSeconds + systemSeconds,
  };
}

async function served(broker: BrokerProcess, topics: TopicSet): Promise<number> {
  const begin = performance.now();
  using connection = await broker.connect();
  await topics.untilServed(connection);
  return broker.startMs + performance.now() - begin;
}

async function fill(broker: BrokerProcess, topics: TopicSet, workload: RecoveryWorkload): Promise<void> {
  using connection = await broker.connect();
  await topics.create(connection);
  const records = batchOf(workload.batchBytes);
  const count = Math.ceil(workload.mebibytes * 2 ** 20 / records.length);
  const places = topics.places();
  let next = 0;
  const send = async () => {
    while (next < count) await produce(connection, places[next++ % places.length]!, records, 1);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
}

async function bytesOfLogs(directory: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (!isDirectory || !name.startsWith("recovery-")) continue;
    for await (const file of Deno.readDir(`${directory}/${name}`)) {
      if (file.name.endsWith(".log")) bytes += (await Deno.stat(`${directory}/${name}/${file.name}`)).size;
    }
  }
  return bytes;
}
