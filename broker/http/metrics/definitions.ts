/**
 * Every metric that `GET /metrics` may show: its type, its labels and what it is. docs/metrics.md is made from this table.
 * @module
 */

export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Who can tell it: a broker, or also a gateway in front of any cluster. */
  readonly of: "broker" | "both";
}

type Definitions = { readonly [name: string]: MetricDefinition };

function toldBy(of: MetricDefinition["of"]) {
  return (type: MetricDefinition["type"], help: string, labels: readonly string[] = []): MetricDefinition => {
    return { type, help, labels, of };
  };
}

const inBroker = toldBy("broker");
const everywhere = toldBy("both");

export const definitions = {
  milena_build_info: everywhere("gauge", "1; the labels say what runs.", ["version", "deno", "v8"]),
  milena_ready: everywhere("gauge", "1 if requests may be sent, else 0."),
  milena_recovery_progress_ratio: inBroker(
    "gauge",
    "How much of the logs has been checked at the start, 0 to 1.",
  ),
  milena_start_duration_seconds: inBroker("gauge", "How long the start took, once it is over."),

  // Traffic
  milena_topic_produced_records_total: inBroker("counter", "Records written, since the broker started.", [
    "topic",
  ]),
  milena_topic_produced_bytes_total: inBroker("counter", "Bytes of record batches written, as sent.", [
    "topic",
  ]),
  milena_topic_fetched_bytes_total: inBroker("counter", "Bytes of record batches read, as stored.", [
    "topic",
  ]),
  milena_topic_produced_batches_total: inBroker("counter", "Record batches written.", ["topic"]),
  milena_topic_failed_produces_total: inBroker(
    "counter",
    "Record batches that were refused, or did not come to stable storage.",
    ["topic"],
  ),
  milena_topic_failed_fetches_total: inBroker("counter", "Partitions that fetches were told an error of.", [
    "topic",
  ]),
  milena_produced_batches_total: inBroker("counter", "Record batches written, to any topic that ever was."),
  milena_produced_records_total: inBroker("counter", "Records written, to any topic that ever was."),
  milena_produced_bytes_total: inBroker(
    "counter",
    "Bytes of record batches written, to any topic that ever was.",
  ),
  milena_fetched_bytes_total: inBroker(
    "counter",
    "Bytes of record batches read, of any topic that ever was.",
  ),
  milena_received_bytes_total: inBroker("counter", "Bytes received from clients of the Kafka protocol."),
  milena_sent_bytes_total: inBroker("counter", "Bytes sent to clients of the Kafka protocol."),
  milena_sendfile_bytes_total: inBroker(
    "counter",
    "Of those, bytes that went from the page cache to the socket.",
  ),

  // Requests
  milena_requests_total: inBroker("counter", "Requests that came whole.", ["api"]),
  milena_request_duration_seconds: inBroker(
    "histogram",
    "From a request's last byte to its answer being with the socket, less what it waited for others.",
    ["api"],
  ),
  milena_request_wait_seconds: inBroker(
    "histogram",
    "How long requests waited for others, of those that did: fetches for records, members for their group.",
    ["api"],
  ),
  milena_unsupported_requests_total: inBroker("counter", "Requests of APIs or versions that are not served."),
  milena_parked_fetches: inBroker("gauge", "Fetches that wait for records."),
  milena_fetch_sessions: inBroker("gauge", "Fetch sessions (KIP-227)."),
  milena_fetch_session_partitions: inBroker("gauge", "Partitions in fetch sessions."),
  milena_evicted_fetch_sessions_total: inBroker(
    "counter",
    "Fetch sessions that had to make room for others.",
  ),
  milena_held_request_bytes: inBroker("gauge", "Memory for requests that are not received whole yet."),
  milena_max_held_request_bytes: inBroker("gauge", "How much there may be (queued.max.request.bytes)."),

  // Connections
  milena_connections: inBroker("gauge", "Connections of the Kafka protocol, and of HTTP on its port."),
  milena_accepted_connections_total: inBroker("counter", "Connections accepted."),
  milena_refused_connections_total: inBroker("counter", "Connections refused, as there were too many."),
  milena_ended_connections_total: inBroker(
    "counter",
    "Connections that the broker ended: without a request for too long (idle), half a request for too long (half_request, " +
      "or stalled while memory for requests was used up), or what was sent made no sense (broken).",
    ["reason"],
  ),
  milena_client_connections: inBroker("gauge", "Connections by client, as it names itself (KIP-511).", [
    "software",
    "version",
  ]),

  milena_expired_members_total: inBroker(
    "counter",
    "Members of consumer groups that were not heard of in time, by client.",
    ["software", "version"],
  ),

  // Disk
  milena_partitions: inBroker("gauge", "Partitions."),
  milena_partition_log_bytes: inBroker("gauge", "Size of a partition's log.", ["topic", "partition"]),
  milena_partition_log_end_offset: inBroker(
    "gauge",
    "The offset that the next record gets, whether those before are acknowledged or not.",
    ["topic", "partition"],
  ),
  milena_partition_unflushed_bytes: inBroker("gauge", "Bytes of it not known to be on stable storage.", [
    "topic",
    "partition",
  ]),
  milena_fdatasync_duration_seconds: inBroker("histogram", "How long calls of fdatasync took."),
  milena_fdatasync_failures_total: inBroker("counter", "Calls of fdatasync that failed."),
  milena_produce_to_disk_seconds: inBroker(
    "histogram",
    "How long the oldest record that a flush covered had waited for it: from its append to the end of the flush.",
  ),
  milena_unflushed_bytes: inBroker("gauge", "Bytes written and not known to be on stable storage."),
  milena_fenced_partitions: inBroker("gauge", "Partitions that answer nothing since the disk failed them."),
  milena_disk_free_bytes: inBroker("gauge", "Free space where the logs are."),
  milena_disk_total_bytes: inBroker("gauge", "Size of the file system where the logs are."),
  milena_disk_low: inBroker("gauge", "1 if nothing is written any more for want of space, else 0."),
  milena_page_cache_misses_total: inBroker("counter", "Reads of what had to be brought from the disk first."),
  milena_page_cache_missed_bytes_total: inBroker("counter", "Bytes of them."),

  // The loop
  milena_loop_turns_total: inBroker("counter", "Turns of the reactor's loop."),
  milena_loop_lag_seconds: inBroker(
    "histogram",
    "How long a turn took: whatever comes meanwhile waits so long.",
  ),

  milena_reactor_heap_bytes: inBroker("gauge", "JavaScript heap in use on the loop's thread."),
  milena_metrics_left_out: inBroker(
    "gauge",
    "Topics, partitions, groups, committed offsets and kinds of clients that are not told of, as there are too many.",
  ),

  // HTTP
  milena_http_requests_total: everywhere("counter", "HTTP requests.", ["route", "method", "status"]),
  milena_http_request_duration_seconds: everywhere(
    "histogram",
    "From the head of an HTTP request to that of its answer.",
    ["route", "method"],
  ),
  milena_http_connections: everywhere("gauge", "HTTP connections."),
  milena_http_streams: everywhere("gauge", "Live streams."),

  // kafka_exporter's
  kafka_brokers: everywhere("gauge", "Brokers of the cluster."),
  kafka_topic_partitions: everywhere("gauge", "Partitions of a topic.", ["topic"]),
  kafka_topic_partition_current_offset: everywhere("gauge", "The offset of the next record to be written.", [
    "topic",
    "partition",
  ]),
  kafka_topic_partition_oldest_offset: everywhere("gauge", "The offset of the first record there is.", [
    "topic",
    "partition",
  ]),
  kafka_topic_partition_leader: everywhere("gauge", "The id of the broker that leads.", [
    "topic",
    "partition",
  ]),
  kafka_topic_partition_leader_is_preferred: everywhere("gauge", "1 if that is the first of its replicas.", [
    "topic",
    "partition",
  ]),
  kafka_topic_partition_replicas: everywhere("gauge", "Replicas.", ["topic", "partition"]),
  kafka_topic_partition_in_sync_replica: everywhere("gauge", "Replicas in sync.", ["topic", "partition"]),
  kafka_topic_partition_under_replicated_partition: everywhere("gauge", "1 if some replica is not in sync.", [
    "topic",
    "partition",
  ]),
  kafka_consumergroup_members: everywhere("gauge", "Members of a consumer group.", ["consumergroup"]),
  kafka_consumergroup_current_offset: everywhere("gauge", "The offset that a group has committed.", [
    "consumergroup",
    "topic",
    "partition",
  ]),
  kafka_consumergroup_lag: everywhere("gauge", "Records between that and the end of the partition.", [
    "consumergroup",
    "topic",
    "partition",
  ]),
  kafka_consumergroup_lag_sum: everywhere("gauge", "The lag of a group in all partitions of a topic.", [
    "consumergroup",
    "topic",
  ]),

  // The process
  process_resident_memory_bytes: everywhere("gauge", "Memory of the process."),
  process_cpu_seconds_total: everywhere("counter", "Processor time of the process, in user and kernel mode."),
  process_open_fds: everywhere("gauge", "Open file descriptors."),
  process_max_fds: everywhere("gauge", "Most file descriptors that may be open."),
  process_start_time_seconds: everywhere("gauge", "When the process started, seconds since 1970."),
  milena_heap_bytes: everywhere("gauge", "JavaScript heap in use on the main thread."),
} as const satisfies Definitions;

export type MetricName = keyof typeof definitions;
