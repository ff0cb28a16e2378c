/**
 * What any cluster tells of itself over the protocol, under the names of kafka_exporter, so that dashboards which are there
 * work.
 *
 * What must be true: however often metrics are asked for, the cluster is asked no more than every few seconds.
 * @module
 */
import { groupLags, type PartitionLag } from "../../../client/admin/group_lags.ts";
import { describeGroups, listGroups } from "../../../client/admin/groups.ts";
import { type PartitionStats, partitionStats } from "../../../client/admin/topic_stats.ts";
import { listTopics, type TopicDescription } from "../../../client/admin/topics.ts";
import type { Cluster } from "../../../client/cluster.ts";
import type { Exposition } from "./exposition.ts";
import type { MetricsSource } from "./metrics_source.ts";

const MAX_AGE_MS = 5000;

interface Told {
  readonly brokerCount: number;
  readonly topics: readonly TopicDescription[];
  /** undefined: somebody else tells. */
  readonly stats: ReadonlyMap<string, readonly PartitionStats[]> | undefined;
  readonly memberCounts: ReadonlyMap<string, number>;
  readonly lags: ReadonlyMap<string, readonly PartitionLag[]>;
}

export class ClusterMetrics implements MetricsSource {
  readonly #cluster: Cluster;
  readonly #asksOffsets: boolean;
  #asking: Promise<Told | undefined> | undefined;
  #askedMs = -Infinity;

  /** `asksOffsets`: tell of partitions and their offsets, too, which a broker knows of its own without asking. */
  constructor(cluster: Cluster, { asksOffsets }: { readonly asksOffsets: boolean }) {
    this.#cluster = cluster;
    this.#asksOffsets = asksOffsets;
  }

  async write(exposition: Exposition): Promise<void> {
    const now = performance.now();
    if (this.#asking === undefined || now - this.#askedMs >= MAX_AGE_MS) {
      this.#askedMs = now;
      // A cluster that is away has nothing to tell; that it is away is told by milena_ready.
      this.#asking = this.#ask().catch(() => undefined);
    }
    const told = await this.#asking;
    if (told === undefined) return;
    exposition.sample("kafka_brokers", told.brokerCount);
    for (const topic of told.topics) this.#writeTopic(exposition, topic, told.stats?.get(topic.name));
    for (const [group, count] of told.memberCounts) {
      exposition.sample("kafka_consumergroup_members", count, [group]);
    }
    for (const [group, lags] of told.lags) writeLags(exposition, group, lags);
  }

  async #ask(): Promise<Told> {
    const [brokers, topics, groups] = await Promise.all([
      this.#cluster.brokers(),
      listTopics(this.#cluster),
      listGroups(this.#cluster),
    ]);
    const ids = groups.map(({ id }) => id);
    const [stats, described, lags] = await Promise.all([
      this.#asksOffsets ? partitionStats(this.#cluster, topics) : undefined,
      describeGroups(this.#cluster, groups),
      groupLags(this.#cluster, ids),
    ]);
    return {
      brokerCount: brokers.length,
      topics,
      stats,
      memberCounts: new Map(described.map(({ id, members }) => [id, members.length])),
      lags,
    };
  }

  #writeTopic(
    exposition: Exposition,
    { name, partitions }: TopicDescription,
    stats: readonly PartitionStats[] | undefined,
  ): void {
    if (this.#asksOffsets) exposition.sample("kafka_topic_partitions", partitions.length, [name]);
    for (const { partition, leader, replicas, inSync } of partitions) {
      const labels = [name, partition];
      exposition.sample("kafka_topic_partition_leader", leader ?? -1, labels);
      exposition.sample("kafka_topic_partition_leader_is_preferred", leader === replicas[0] ? 1 : 0, labels);
      exposition.sample("kafka_topic_partition_replicas", replicas.length, labels);
      exposition.sample("kafka_topic_partition_in_sync_replica", inSync.length, labels);
      exposition.sample(
        "kafka_topic_partition_under_replicated_partition",
        inSync.length < replicas.length ? 1 : 0,
        labels,
      );
    }
    for (const { partition, start, end, sizeInBytes } of stats ?? []) {
      const labels = [name, partition];
      if (end !== undefined) exposition.sample("kafka_topic_partition_current_offset", end, labels);
      if (start !== undefined) exposition.sample("kafka_topic_partition_oldest_offset", start, labels);
      if (sizeInBytes !== undefined) exposition.sample("milena_partition_log_bytes", sizeInBytes, labels);
    }
  }
}

function writeLags(exposition: Exposition, group: string, lags: readonly PartitionLag[]): void {
  for (const { topic, partition, offset, lag } of lags) {
    exposition.sample("kafka_consumergroup_current_offset", offset, [group, topic, partition]);
    if (lag !== undefined) exposition.sample("kafka_consumergroup_lag", lag, [group, topic, partition]);
  }
  for (const [topic, ofTopic] of Map.groupBy(lags, ({ topic }) => topic)) {
    const sum = ofTopic.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
    exposition.sample("kafka_consumergroup_lag_sum", sum, [group, topic]);
  }
}
