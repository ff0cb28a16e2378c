/**
 * What any cluster tells of itself over the protocol, for a gateway in front of it.
 *
 * What must be true: however often metrics are asked for, the cluster is asked no more than every few seconds, and one
 * question at a time.
 * @module
 */
import { committedOffsets } from "../../../client/admin/group_offsets.ts";
import { describeGroups, listGroups } from "../../../client/admin/groups.ts";
import { partitionStats } from "../../../client/admin/topic_stats.ts";
import { listTopics } from "../../../client/admin/topics.ts";
import type { Cluster } from "../../../client/cluster.ts";
import type { Exposition } from "./exposition.ts";
import { type ClusterFigures, type Commit, writeCluster } from "./kafka_exporter.ts";
import type { MetricsSource } from "./metrics_source.ts";

const MAX_AGE_MS = 5000;
/** Groups whose offsets are asked for at the same time. */
const GROUPS_AT_ONCE = 32;

interface Told extends ClusterFigures {
  readonly sizes: readonly { readonly labels: readonly (string | number)[]; readonly bytes: number }[];
}

export class ClusterMetrics implements MetricsSource {
  readonly #cluster: Cluster;
  readonly #maxAgeMs: number;
  #asking: Promise<Told | undefined> | undefined;
  #told: Told | undefined;
  #toldMs = -Infinity;

  constructor(cluster: Cluster, { maxAgeMs = MAX_AGE_MS }: { readonly maxAgeMs?: number } = {}) {
    this.#cluster = cluster;
    this.#maxAgeMs = maxAgeMs;
  }

  async write(exposition: Exposition): Promise<void> {
    if (performance.now() - this.#toldMs >= this.#maxAgeMs) await (this.#asking ??= this.#ask());
    if (this.#told === undefined) return;
    writeCluster(exposition, this.#told);
    for (const { labels, bytes } of this.#told.sizes) {
      exposition.sample("milena_partition_log_bytes", bytes, labels);
    }
  }

  /** A cluster that is away has nothing to tell; that it is away is told by milena_ready. */
  async #ask(): Promise<undefined> {
    try {
      this.#told = await ask(this.#cluster);
    } catch {
      this.#told = undefined;
    }
    this.#toldMs = performance.now();
    this.#asking = undefined;
  }
}

async function ask(cluster: Cluster): Promise<Told> {
  const [brokers, topics, groups] = await Promise.all([
    cluster.brokers(),
    listTopics(cluster),
    listGroups(cluster),
  ]);
  const [stats, described, commits] = await Promise.all([
    partitionStats(cluster, topics),
    describeGroups(cluster, groups),
    commitsOf(cluster, groups.map(({ id }) => id)),
  ]);
  const placeOf = new Map(
    [...stats].flatMap(([topic, partitions]) =>
      partitions.map((one) => [`${topic}/${one.partition}`, one] as const)
    ),
  );
  return {
    brokerCount: brokers.length,
    partitions: topics.flatMap(({ name: topic, partitions }) =>
      partitions.map((one) => {
        const { start, end } = placeOf.get(`${topic}/${one.partition}`) ?? {};
        return { ...one, topic, start, end };
      })
    ),
    groups: described.map(({ id, members }) => ({ id, memberCount: members.length })),
    commits,
    sizes: [...stats].flatMap(([topic, partitions]) =>
      partitions.flatMap(({ partition, sizeInBytes: bytes }) =>
        bytes === undefined ? [] : [{ labels: [topic, partition], bytes }]
      )
    ),
  };
}

async function commitsOf(cluster: Cluster, groups: readonly string[]): Promise<Commit[]> {
  const commits: Commit[] = [];
  for (let start = 0; start < groups.length; start += GROUPS_AT_ONCE) {
    const some = groups.slice(start, start + GROUPS_AT_ONCE);
    const offsets = await Promise.all(some.map((group) => committedOffsets(cluster, group)));
    some.forEach((group, i) => commits.push(...offsets[i]!.map((offset) => ({ group, ...offset }))));
  }
  return commits;
}
