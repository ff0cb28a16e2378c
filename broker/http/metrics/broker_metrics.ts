/**
 * What the broker of this process tells of itself: read from the memory that the reactor writes, which does not notice.
 * @module
 */
import { api } from "../../../protocol/apis.ts";
import type { Metrics } from "../../metrics/metrics.ts";
import type { MetricViews } from "../../metrics/metric_views.ts";
import { partitionColumns } from "../../metrics/partition_metrics.ts";
import type { TableRow } from "../../metrics/metric_table.ts";
import type { MetricName } from "./definitions.ts";
import type { Exposition } from "./exposition.ts";
import type { MetricsSource } from "./metrics_source.ts";

/** Counters and gauges, as the memory and as Prometheus has them. */
const plain: readonly (readonly [Parameters<Metrics["get"]>[0], MetricName])[] = [
  ["producedBatches", "milena_produced_batches_total"],
  ["receivedBytes", "milena_received_bytes_total"],
  ["sentBytes", "milena_sent_bytes_total"],
  ["sendfileBytes", "milena_sendfile_bytes_total"],
  ["unsupportedRequests", "milena_unsupported_requests_total"],
  ["parkedFetches", "milena_parked_fetches"],
  ["fetchSessions", "milena_fetch_sessions"],
  ["fetchSessionPartitions", "milena_fetch_session_partitions"],
  ["evictedFetchSessions", "milena_evicted_fetch_sessions_total"],
  ["heldRequestBytes", "milena_held_request_bytes"],
  ["connections", "milena_connections"],
  ["acceptedConnections", "milena_accepted_connections_total"],
  ["refusedConnections", "milena_refused_connections_total"],
  ["endedConnections", "milena_ended_connections_total"],
  ["partitions", "milena_partitions"],
  ["unflushedBytes", "milena_unflushed_bytes"],
  ["fencedPartitions", "milena_fenced_partitions"],
  ["diskFreeBytes", "milena_disk_free_bytes"],
  ["isDiskLow", "milena_disk_low"],
  ["coldReads", "milena_page_cache_misses_total"],
  ["coldReadBytes", "milena_page_cache_missed_bytes_total"],
  ["turns", "milena_loop_turns_total"],
];

const apis = Object.values(api).map(({ name, key }) => ({ name, key }));
const column = (row: TableRow, name: typeof partitionColumns[number]) =>
  row.values[partitionColumns.indexOf(name)]!;

export interface BrokerMemory {
  readonly metrics: Metrics;
  readonly metricViews: MetricViews;
  /** How far the start is, 0 to 1. */
  readonly recovered: () => number;
}

export class BrokerMetrics implements MetricsSource {
  readonly #memory: BrokerMemory;

  constructor(memory: BrokerMemory) {
    this.#memory = memory;
  }

  write(exposition: Exposition): void {
    const { metrics, metricViews, recovered } = this.#memory;
    exposition.sample("milena_recovery_progress_ratio", recovered());
    for (const [from, name] of plain) exposition.sample(name, metrics.get(from));
    this.#writeRequests(exposition, metrics);
    exposition.histogram("milena_fdatasync_duration_seconds", metrics.histogram("fdatasync"));
    exposition.histogram("milena_loop_lag_seconds", metrics.histogram("turn"));
    for (const { labels, values: [count] } of metricViews.clients.rows()) {
      exposition.sample("milena_client_connections", count!, labels);
    }
    this.#writePartitions(exposition, metricViews);
  }

  #writeRequests(exposition: Exposition, metrics: Metrics): void {
    for (const { name, key } of apis) {
      const answered = metrics.requestHistogram(key, false);
      const waited = metrics.requestHistogram(key, true);
      const count = [...answered.counts, ...waited.counts].reduce((sum, one) => sum + one, 0);
      if (count === 0) continue;
      exposition.sample("milena_requests_total", count, [name]);
      exposition.histogram("milena_request_duration_seconds", answered, [name]);
      exposition.histogram("milena_request_wait_seconds", waited, [name]);
    }
  }

  #writePartitions(exposition: Exposition, views: MetricViews): void {
    const rows = [...views.partitions.rows()];
    for (const [topic, partitions] of Map.groupBy(rows, ({ labels: [topic] }) => topic!)) {
      const sum = (name: typeof partitionColumns[number]) =>
        partitions.reduce((sum, row) => sum + column(row, name), 0);
      exposition.sample("milena_topic_produced_records_total", sum("producedRecords"), [topic]);
      exposition.sample("milena_topic_produced_bytes_total", sum("producedBytes"), [topic]);
      exposition.sample("milena_topic_fetched_bytes_total", sum("fetchedBytes"), [topic]);
      exposition.sample("kafka_topic_partitions", partitions.length, [topic]);
    }
    for (const row of rows) {
      exposition.sample("milena_partition_log_bytes", column(row, "logBytes"), row.labels);
      exposition.sample("kafka_topic_partition_current_offset", column(row, "highWatermark"), row.labels);
      exposition.sample("kafka_topic_partition_oldest_offset", column(row, "startOffset"), row.labels);
    }
  }
}
