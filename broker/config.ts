/**
 * The broker's settings as the code uses them. Parsing from Kafka's names is in `broker/settings.ts`.
 * Plain data: it is posted to Workers.
 * @module
 */
import type { LogConfig } from "../storage/log_config.ts";
import type { StoreConfig } from "../storage/store_config.ts";

export interface HostPort {
  /** A host name or address; IPv6 without brackets. "" or "0.0.0.0": every address. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface Limits {
  /** socket.request.max.bytes */
  readonly requestBytes: number;
  /** queued.max.request.bytes: bytes of requests being received or handled, over all connections. */
  readonly requestBytesInFlight: number;
  /** max.connections */
  readonly connections: number;
  /** max.connections.per.ip */
  readonly connectionsPerAddress: number;
  /** connections.max.idle.ms */
  readonly connectionIdleMs: number;
  /** milena.request.read.timeout.ms: a request whose first byte has come must be complete within this. */
  readonly requestReadMs: number;
  /** milena.connection.max.requests.in.flight: requests of one connection that may wait for their answers at once. */
  readonly requestsInFlightPerConnection: number;
  /** fetch.max.bytes: most bytes of one fetch response, whatever the client asks. */
  readonly fetchBytes: number;
  /** max.incremental.fetch.session.cache.slots */
  readonly fetchSessions: number;
  /** milena.max.partitions: partitions that the broker will hold in all. */
  readonly partitions: number;
  /** milena.metrics.max.group.offsets */
  readonly groupOffsetMetrics: number;
}

/** How long and how much the HTTP server waits: http.* */
export interface HttpConfig {
  /** http.max.head.bytes: largest head of a request. */
  readonly headBytes: number;
  /** http.head.timeout.ms: from the first byte of a head to its last. */
  readonly headMs: number;
  /** http.body.timeout.ms: without a byte of a body that is waited for; request_body.ts says what time a whole body has. */
  readonly bodyMs: number;
  /** http.idle.timeout.ms: from one answer, or the connection's beginning, to the next request's first byte. */
  readonly idleMs: number;
  /** http.write.timeout.ms: without a byte of a finished answer being taken. */
  readonly writeMs: number;
  /** http.max.connections: at once. */
  readonly connections: number;
  /** http.max.connections.per.ip: at once; those over a Unix socket are not counted. */
  readonly connectionsPerAddress: number;
  /** http.max.requests.in.flight: requests at once that have not been answered in full. */
  readonly requestsInFlight: number;
  /** http.cors.allowed.origins */
  readonly allowedOrigins: readonly string[];
}

/** Kernel buffers of each Kafka connection, bytes; undefined: the kernel's choice, which grows to megabytes. */
export interface SocketBuffers {
  /** socket.receive.buffer.bytes */
  readonly receiveBufferBytes: number | undefined;
  /** socket.send.buffer.bytes */
  readonly sendBufferBytes: number | undefined;
}

/** Consumer groups and what they commit. */
export interface GroupConfig {
  /** group.min.session.timeout.ms, of classic groups */
  readonly minSessionTimeoutMs: number;
  /** group.max.session.timeout.ms */
  readonly maxSessionTimeoutMs: number;
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number;
  /** group.max.size: members of a classic group. */
  readonly maxSize: number;
  /** group.coordinator.rebalance.protocols has "consumer" */
  readonly servesConsumerProtocol: boolean;
  readonly consumer: ConsumerGroupConfig;
  readonly offsets: OffsetsConfig;
}

/** Groups of the new protocol (KIP-848): group.consumer.* */
export interface ConsumerGroupConfig {
  readonly sessionTimeoutMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly minHeartbeatIntervalMs: number;
  readonly maxHeartbeatIntervalMs: number;
  /** Members of a group. */
  readonly maxSize: number;
  /** group.consumer.assignment.interval.ms: a target assignment lasts at least so long. */
  readonly assignmentIntervalMs: number;
  /** Names of assignors, the preferred one first. */
  readonly assignors: readonly string[];
  readonly migrationPolicy: "bidirectional" | "upgrade" | "downgrade" | "disabled";
}

export interface OffsetsConfig {
  /** offsets.retention.minutes */
  readonly retentionMs: number;
  /** offsets.retention.check.interval.ms */
  readonly retentionCheckIntervalMs: number;
  /** offset.metadata.max.bytes */
  readonly metadataMaxBytes: number;
  /** offsets.topic.num.partitions */
  readonly topicPartitions: number;
  /** offsets.topic.segment.bytes */
  readonly topicSegmentBytes: number;
}

export interface TransactionConfig {
  /** transactional.id.expiration.ms */
  readonly idExpirationMs: number;
  /** transaction.max.timeout.ms */
  readonly maxTimeoutMs: number;
  /** transaction.abort.timed.out.transaction.cleanup.interval.ms */
  readonly abortTimedOutIntervalMs: number;
  /** transaction.remove.expired.transaction.cleanup.interval.ms */
  readonly removeExpiredIntervalMs: number;
  /** transaction.partition.verification.enable */
  readonly verifiesPartitions: boolean;
  /** transaction.state.log.num.partitions */
  readonly topicPartitions: number;
  /** transaction.state.log.segment.bytes */
  readonly topicSegmentBytes: number;
}

export interface BrokerConfig {
  /** node.id */
  readonly nodeId: number;
  /** cluster.id for a new data directory; undefined: a random one. */
  readonly clusterId: string | undefined;
  /** listeners (PLAINTEXT ones) */
  readonly listeners: readonly HostPort[];
  /** advertised.listeners, in the order of `listeners`; undefined: each connection is told the address it came to. */
  readonly advertised: readonly HostPort[] | undefined;
  readonly socketBuffers: SocketBuffers;
  /** http.listen; undefined: no HTTP. */
  readonly http: HostPort | undefined;
  /** http.linger.ms */
  readonly httpLingerMs: number;
  readonly httpServer: HttpConfig;
  /** log.dirs (one directory) */
  readonly dataDirectory: string;
  /** auto.create.topics.enable */
  readonly autoCreateTopics: boolean;
  /** delete.topic.enable */
  readonly deleteTopics: boolean;
  /** num.partitions */
  readonly defaultPartitions: number;
  /** replication.factor.clamp: who asks for more copies than there are brokers gets as many as there are, which is 1. */
  readonly clampsReplicationFactor: boolean;
  /** max.request.partition.size.limit: most partitions of one DescribeTopicPartitions answer. */
  readonly describedPartitions: number;
  readonly limits: Limits;
  /** What a topic without settings of its own has. */
  readonly logDefaults: LogConfig;
  readonly store: StoreConfig;
  readonly groups: GroupConfig;
  readonly transactions: TransactionConfig;
  /** The settings that the broker was started with, by Kafka's name. */
  readonly properties: Readonly<Record<string, string>>;
}
