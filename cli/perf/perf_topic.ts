/**
 * The topic of a run: one that is made for it and deleted after it, whatever comes between, or one that is there already.
 * @module
 */
import { createTopic, deleteTopic, findTopics } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { errorName } from "../../protocol/errors.ts";
import { CommandFailure } from "../command.ts";
import type { PerfOptions } from "./perf_options.ts";

export interface PerfTopic {
  readonly name: string;
  readonly partitionCount: number;
}

/** Offsets from `from` up to, but without, `to`. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Makes a topic or finds the one that is meant, hands it to `use`, and deletes what was made. */
export async function withPerfTopic<T>(
  cluster: Cluster,
  { topic, partitions, replicationFactor }: PerfOptions,
  use: (topic: PerfTopic) => Promise<T>,
): Promise<T> {
  if (topic !== undefined) return await use(await foundTopic(cluster, topic));
  const name = `milena-perf-${crypto.randomUUID().slice(0, 8)}`;
  await createTopic(cluster, { name, partitionCount: partitions, replicationFactor });
  try {
    return await use({ name, partitionCount: partitions });
  } finally {
    await deleteTopic(cluster, name);
  }
}

/** What each partition has. */
export async function offsetRanges(cluster: Cluster, topic: PerfTopic): Promise<OffsetRange[]> {
  const [starts, ends] = await Promise.all([offsetsAt(cluster, topic, -2), offsetsAt(cluster, topic, -1)]);
  return starts.map((from, partition) => ({ partition, from, to: ends[partition]! }));
}

async function offsetsAt(
  cluster: Cluster,
  { name, partitionCount }: PerfTopic,
  timestamp: number,
): Promise<number[]> {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  const found = await cluster.listOffsets(
    new Map([[name, new Map(partitions.map((partition) => [partition, timestamp]))]]),
  );
  return partitions.map((partition) => {
    const answer = found.get(name)?.get(partition);
    if (answer?.errorCode === 0) return answer.offset;
    const why = answer === undefined ? "nothing about it in the answer" : errorName(answer.errorCode);
    throw new CommandFailure(`the offsets of partition ${partition} of ${name} can't be had: ${why}`);
  });
}

async function foundTopic(cluster: Cluster, name: string): Promise<PerfTopic> {
  const topic = (await findTopics(cluster, [name])).get(name);
  if (topic !== undefined) return { name, partitionCount: topic.partitions.length };
  throw new CommandFailure(
    `there is no topic ${name}: without --topic one is made for the run, and deleted after it`,
  );
}
