/**
 * What the broker of this process tells of itself, and of itself as a cluster: read from the memory that the reactor writes,
 * which does not notice.
 * @module
 */
import { apis } from "../../../protocol/apis.ts";
import { columnsOf, type HistogramName, MAX_API_KEYS, type ScalarName } from "../../metrics/layout.ts";
import type { MetricsReader } from "../../metrics/metrics_reader.ts";
import type { Row } from "../../metrics/row_reader.ts";
import type { MetricName } from "./definitions.ts";
import type { Exposition } from "./exposition.ts";
import { type ClusterFigures, type Commit, type PartitionFigures, writeCluster } from "./kafka_exporter.ts";
import type { MetricsSource } from "./metrics_source.ts";

/** Counters and gauges, as the memory and as Prometheus has them. */
const scalars: readonly (readonly [ScalarName, MetricName, ...labels: string[]])[] = [
  ["producedBatches", "milena_produced_batches_total"],
  ["producedRecords", "milena_produced_records_total"],
  ["producedBytes", "milena_produced_bytes_total"],
  ["fetchedBytes", "milena_fetched_bytes_total"],
  ["receivedBytes", "milena_received_bytes_total"],
  ["sentBytes", "milena_sent_bytes_total"],
  ["sendfileBytes", "milena_sendfile_bytes_total"],
  ["unsupportedRequests", "milena_unsupported_requests_total"],
  ["parkedFetches", "milena_parked_fetches"],
  ["fetchSessions", "milena_fetch_sessions"],
  ["fetchSessionPartitions", "milena_fetch_session_partitions"],
  ["evictedFetchSessions", "milena_evicted_fetch_sessions_total"],
  ["heldRequestBytes", "milena_held_request_bytes"],
  ["maxHeldRequestBytes", "milena_max_held_request_bytes"],
  ["connections", "milena_connections"],
  ["acceptedConnections", "milena_accepted_connections_total"],
  ["refusedConnections", "milena_refused_connections_total"],
  ["idleConnections", "milena_ended_connections_total", "idle"],
  ["halfRequestConnections", "milena_ended_connections_total", "half_request"],
  ["stalledConnections", "milena_ended_connections_total", "stalled"],
  ["brokenConnections", "milena_ended_connections_total", "broken"],
  ["partitions", "milena_partitions"],
  ["unflushedBytes", "milena_unflushed_bytes"],
  ["fencedPartitions", "milena_fenced_partitions"],
  ["failedSyncs", "milena_fdatasync_failures_total"],
  ["isDiskLow", "milena_disk_low"],
  ["coldReads", "milena_page_cache_misses_total"],
  ["coldReadBytes", "milena_page_cache_missed_bytes_total"],
  ["turns", "milena_loop_turns_total"],
  ["reactorHeapBytes", "milena_reactor_heap_bytes"],
  ["leftOutRows", "milena_metrics_left_out"],
];

const histograms: readonly (readonly [HistogramName, MetricName])[] = [
  ["fdatasync", "milena_fdatasync_duration_seconds"],
  ["produceToDisk", "milena_produce_to_disk_seconds"],
  ["turn", "milena_loop_lag_seconds"],
];

const ofTopic = columnsOf("topics");
const ofPartition = columnsOf("partitions");
const ofClient = columnsOf("clients");

/** Columns that are told as they are: the index, and the metric. */
const topicColumns: readonly (readonly [number, MetricName])[] = [
  [ofTopic.producedRecords, "milena_topic_produced_records_total"],
  [ofTopic.producedBytes, "milena_topic_produced_bytes_total"],
  [ofTopic.producedBatches, "milena_topic_produced_batches_total"],
  [ofTopic.fetchedBytes, "milena_topic_fetched_bytes_total"],
  [ofTopic.failedProduces, "milena_topic_failed_produces_total"],
  [ofTopic.failedFetches, "milena_topic_failed_fetches_total"],
];
const partitionColumns: readonly (readonly [number, MetricName])[] = [
  [ofPartition.endOffset, "milena_partition_log_end_offset"],
  [ofPartition.logBytes, "milena_partition_log_bytes"],
  [ofPartition.unflushedBytes, "milena_partition_unflushed_bytes"],
];
const clientColumns: readonly (readonly [number, MetricName])[] = [
  [ofClient.connections, "milena_client_connections"],
  [ofClient.expiredMembers, "milena_expired_members_total"],
];

/** A broker, as far as it is told of. */
export interface BrokerToTell {
  readonly metrics: MetricsReader;
  readonly nodeId: number;
  /** How far the start is, 0 to 1. */
  readonly recovered: () => number;
  /** How long the start took; undefined: it is under way. */
  readonly startMs: () => number | undefined;
  /** Of the file system that the logs are on; undefined: it can't be told. */
  readonly space: () => { readonly freeBytes: number; readonly totalBytes: number } | undefined;
}

export class BrokerMetrics implements MetricsSource {
  readonly #broker: BrokerToTell;

  constructor(broker: BrokerToTell) {
    this.#broker = broker;
  }

  write(exposition: Exposition): void {
    const { metrics, recovered, startMs, space } = this.#broker;
    const { numbers } = metrics;
    exposition.sample("milena_recovery_progress_ratio", recovered());
    const started = startMs();
    if (started !== undefined) exposition.sample("milena_start_duration_seconds", started / 1000);
    const disk = space();
    if (disk !== undefined) {
      exposition.sample("milena_disk_free_bytes", disk.freeBytes);
      exposition.sample("milena_disk_total_bytes", disk.totalBytes);
    }
    for (const [from, name, ...labels] of scalars) exposition.sample(name, numbers.get(from), labels);
    for (const [from, name] of histograms) exposition.histogram(name, numbers.histogram(from));
    writeRequests(exposition, numbers);
    const partitions = metrics.rows("partitions");
    writeRows(exposition, metrics.rows("clients"), clientColumns);
    writeRows(exposition, metrics.rows("topics"), topicColumns);
    writeRows(exposition, partitions, partitionColumns);
    writeCluster(exposition, this.#asCluster(partitions));
  }

  #asCluster(partitions: readonly Row[]): ClusterFigures {
    const { metrics, nodeId } = this.#broker;
    const replicas = [nodeId];
    return {
      brokerCount: 1,
      partitions: partitions.map(({ labels: [topic, partition], numbers }): PartitionFigures => ({
        topic: topic!,
        partition: Number(partition),
        leader: nodeId,
        replicas,
        inSync: replicas,
        start: numbers[ofPartition.startOffset],
        end: numbers[ofPartition.highWatermark],
      })),
      groups: metrics.rows("groups").map(({ labels: [id], numbers: [members] }) => ({
        id: id!,
        memberCount: members!,
      })),
      commits: metrics.rows("groupOffsets").map((
        { labels: [group, topic, partition], numbers: [offset] },
      ): Commit => ({ group: group!, topic: topic!, partition: Number(partition), offset: offset! })),
    };
  }
}

function writeRequests(exposition: Exposition, numbers: MetricsReader["numbers"]): void {
  for (let key = 0; key < MAX_API_KEYS; key++) {
    const count = numbers.requestCount(key);
    if (count === 0) continue;
    const labels = [apis.get(key)?.name ?? key];
    exposition.sample("milena_requests_total", count, labels);
    exposition.histogram("milena_request_duration_seconds", numbers.requestDurations(key), labels);
    exposition.histogram("milena_request_wait_seconds", numbers.requestWaits(key), labels);
  }
}

function writeRows(
  exposition: Exposition,
  rows: readonly Row[],
  columns: readonly (readonly [number, MetricName])[],
): void {
  for (const { labels, numbers } of rows) {
    for (const [column, name] of columns) exposition.sample(name, numbers[column]!, labels);
  }
}
