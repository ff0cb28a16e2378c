/**
 * What a list of topics shows beside their names, for any number of them by a handful of requests: three to each broker and
 * one for the settings.
 * @module
 */
import type { Cluster } from "../cluster.ts";
import { groupBy } from "../group_by.ts";
import { ResponseError } from "../response_error.ts";
import { isAnswer } from "./by_leader.ts";
import { describeConfigs } from "./configs.ts";
import { replicaSizes } from "./log_dirs.ts";
import { type OffsetRange, offsetRanges } from "./offsets.ts";
import type { TopicDescription } from "./topics.ts";

export interface PartitionStats {
  readonly partition: number;
  /** On its leader's disk; undefined: that broker does not tell. */
  readonly sizeInBytes: number | undefined;
  /** undefined: it has no leader at the moment. */
  readonly start: number | undefined;
  readonly end: number | undefined;
}

/** The settings of a topic that tell what becomes of its records. */
export interface TopicStats {
  readonly cleanupPolicy: string | undefined;
  readonly retentionMs: number | undefined;
}

/** Of each partition, in the order of the topics and of their partitions. */
export async function partitionStats(
  cluster: Cluster,
  topics: readonly TopicDescription[],
): Promise<Map<string, PartitionStats[]>> {
  const partitions = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition, leader }) => ({ topic: name, partition, leader }))
  );
  // Nobody waits for a leader here: that there is none is what is to be told.
  const led = partitions.filter(({ leader }) => leader !== undefined);
  const [found, sizes] = await Promise.all([
    offsetRanges(cluster, led),
    sizesOnLeaders(cluster, topics),
  ]);
  const ranges = new Map(led.map((one, i) => [one, found[i]!]));
  const stats = partitions.map((one) => {
    const { topic, partition, leader } = one;
    const range = ranges.get(one);
    const { start, end } = range !== undefined && isAnswer<OffsetRange>(range)
      ? range
      : { start: undefined, end: undefined };
    const sizeInBytes = leader === undefined ? undefined : sizes.get(leader)?.get(topic)?.get(partition);
    return { topic, partition, sizeInBytes, start, end };
  });
  const byTopic = groupBy(stats, ({ topic }) => topic);
  return new Map(topics.map(({ name }) => [name, byTopic.get(name) ?? []]));
}

/** In the order of `topics`. */
export async function topicStats(
  cluster: Cluster,
  topics: readonly TopicDescription[],
): Promise<TopicStats[]> {
  const answers = await describeConfigs(cluster, topics.map(({ name }) => ({ type: "topic", name })), {
    names: ["cleanup.policy", "retention.ms"],
  });
  return answers.map((configs) => {
    // Deleted since it was listed.
    if (configs instanceof ResponseError) return { cleanupPolicy: undefined, retentionMs: undefined };
    const value = (wanted: string) => configs.find(({ name }) => name === wanted)?.value ?? undefined;
    const retention = value("retention.ms");
    return {
      cleanupPolicy: value("cleanup.policy"),
      retentionMs: retention === undefined ? undefined : Number(retention),
    };
  });
}

type SizesOfBroker = Awaited<ReturnType<typeof replicaSizes>>;

/** By leader: what it has on its disks. */
async function sizesOnLeaders(
  cluster: Cluster,
  topics: readonly TopicDescription[],
): Promise<Map<number, SizesOfBroker>> {
  const wanted = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => partition),
  }));
  const leaders = new Set(
    topics.flatMap(({ partitions }) => partitions.flatMap(({ leader }) => leader ?? [])),
  );
  return new Map(
    await Promise.all(Array.from(leaders, async (leader): Promise<[number, SizesOfBroker]> => {
      return [leader, await replicaSizes(cluster, leader, wanted)];
    })),
  );
}
