/**
 * A cluster under the names of kafka_exporter, so that dashboards which are there work: of the broker in this process, and of
 * any cluster.
 * @module
 */
import type { Exposition } from "./exposition.ts";

export interface PartitionFigures {
  readonly topic: string;
  readonly partition: number;
  /** undefined: it has none at the moment. */
  readonly leader: number | undefined;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
  /** undefined: nobody could tell. */
  readonly start: number | undefined;
  /** The first offset that can't be read yet; undefined: nobody could tell. */
  readonly end: number | undefined;
}

/** What a group has committed of a partition. */
export interface Commit {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface ClusterFigures {
  readonly brokerCount: number;
  readonly partitions: readonly PartitionFigures[];
  readonly groups: readonly { readonly id: string; readonly memberCount: number }[];
  readonly commits: readonly Commit[];
}

export function writeCluster(exposition: Exposition, cluster: ClusterFigures): void {
  exposition.sample("kafka_brokers", cluster.brokerCount);
  writePartitions(exposition, cluster.partitions);
  for (const { id, memberCount } of cluster.groups) {
    exposition.sample("kafka_consumergroup_members", memberCount, [id]);
  }
  writeLags(exposition, cluster);
}

function writePartitions(exposition: Exposition, partitions: readonly PartitionFigures[]): void {
  const counts = new Map<string, number>();
  for (const { topic, partition, leader, replicas, inSync, start, end } of partitions) {
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
    const labels = [topic, partition];
    if (end !== undefined) exposition.sample("kafka_topic_partition_current_offset", end, labels);
    if (start !== undefined) exposition.sample("kafka_topic_partition_oldest_offset", start, labels);
    exposition.sample("kafka_topic_partition_leader", leader ?? -1, labels);
    exposition.sample("kafka_topic_partition_leader_is_preferred", Number(leader === replicas[0]), labels);
    exposition.sample("kafka_topic_partition_replicas", replicas.length, labels);
    exposition.sample("kafka_topic_partition_in_sync_replica", inSync.length, labels);
    exposition.sample(
      "kafka_topic_partition_under_replicated_partition",
      Number(inSync.length < replicas.length),
      labels,
    );
  }
  for (const [topic, count] of counts) exposition.sample("kafka_topic_partitions", count, [topic]);
}

function writeLags(exposition: Exposition, { partitions, commits }: ClusterFigures): void {
  if (commits.length === 0) return;
  // No topic's name has a "/" in it.
  const ends = new Map(partitions.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]));
  const sums = new Map<string, { readonly labels: readonly string[]; lag: number }>();
  for (const { group, topic, partition, offset } of commits) {
    const place = `${topic}/${partition}`;
    if (!ends.has(place)) continue; // it is no more
    const labels = [group, topic, partition];
    exposition.sample("kafka_consumergroup_current_offset", offset, labels);
    const end = ends.get(place);
    if (end === undefined) continue;
    // A topic that was made anew may end before what was committed.
    const lag = Math.max(0, end - offset);
    exposition.sample("kafka_consumergroup_lag", lag, labels);
    const key = `${topic}/${group}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { labels: [group, topic], lag });
    else sum.lag += lag;
  }
  for (const { labels, lag } of sums.values()) exposition.sample("kafka_consumergroup_lag_sum", lag, labels);
}
