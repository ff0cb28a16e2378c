/**
 * A broker: its identity, its topics, and who waits for what. No globals: several may live in one process, each in
 * a reactor of its own.
 * @module
 */
import type { ProducerIds } from "../storage/producer_ids.ts";
import type { TopicStore } from "../storage/topic_store.ts";
import type { Clock, Logger, Random } from "../storage/environment.ts";
import type { ColdReads } from "./cold_reads.ts";
import type { DynamicConfigs } from "./configs/dynamic_configs.ts";
import { GroupConfigs } from "./configs/group_configs.ts";
import type { BrokerConfig, HostPort } from "./config.ts";
import type { CoordinatorContext } from "./coordinator/coordinator_context.ts";
import { GroupCoordinator, OFFSETS_TOPIC } from "./coordinator/group_coordinator.ts";
import type { TransactionVerifier } from "./coordinator/offsets/offsets.ts";
import { admitOffsets } from "./coordinator/transactions/offset_admission.ts";
import { TransactionCoordinator } from "./coordinator/transactions/transaction_coordinator.ts";
import { FetchSessions } from "./fetch/fetch_sessions.ts";
import { FetchWaiters } from "./fetch/fetch_waiters.ts";
import { Features } from "./features.ts";
import type { ApiHandler } from "./handlers/api_handler.ts";
import type { LogThreshold } from "./log_threshold.ts";
import type { Figures } from "./metrics/figures.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Connection } from "./reactor/connection.ts";
import type { Deadlines } from "./reactor/deadlines.ts";
import type { SocketAddress } from "./transport.ts";

/** A power cut takes back what no flush has come to: with a wide margin, for a disk may be slow. */
const LOST_WITHIN_FLUSHES = 10;
const LOST_WITHIN_MS = 60_000;

export interface BrokerOptions {
  readonly configs: DynamicConfigs;
  readonly topics: TopicStore;
  readonly producerIds: ProducerIds;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What decides which lines of `log` are told. */
  readonly logThreshold: LogThreshold;
  readonly metrics: Metrics;
  readonly figures: Figures;
  readonly deadlines: Deadlines;
  readonly coldReads: ColdReads;
  /** The addresses really listened on, in the order of `config.listeners`. */
  readonly listening: readonly SocketAddress[];
  /** What this broker serves, by API key. */
  readonly handlers: ReadonlyMap<number, ApiHandler>;
}

export class Broker {
  readonly configs: DynamicConfigs;
  readonly groupConfigs: GroupConfigs;
  readonly features: Features;
  readonly topics: TopicStore;
  readonly producerIds: ProducerIds;
  readonly clock: Clock;
  readonly log: Logger;
  readonly logThreshold: LogThreshold;
  readonly metrics: Metrics;
  readonly figures: Figures;
  readonly deadlines: Deadlines;
  readonly coldReads: ColdReads;
  readonly handlers: ReadonlyMap<number, ApiHandler>;
  readonly fetchWaiters: FetchWaiters;
  readonly fetchSessions: FetchSessions;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly #listening: readonly SocketAddress[];

  constructor(options: BrokerOptions) {
    this.configs = options.configs;
    this.topics = options.topics;
    this.groupConfigs = new GroupConfigs(this.topics.storedConfigs, () => this.config.groups.consumer);
    this.features = new Features(this.topics.storedConfigs);
    this.producerIds = options.producerIds;
    this.clock = options.clock;
    this.log = options.log;
    this.logThreshold = options.logThreshold;
    this.metrics = options.metrics;
    this.figures = options.figures;
    this.deadlines = options.deadlines;
    this.coldReads = options.coldReads;
    this.handlers = options.handlers;
    this.#listening = options.listening;
    this.fetchWaiters = new FetchWaiters(options.deadlines);
    this.fetchSessions = new FetchSessions({
      ...options,
      slots: this.config.limits.fetchSessions,
      partitionsOfOne: this.config.limits.partitions,
      waiters: this.fetchWaiters,
    });
    const context: CoordinatorContext = {
      ...options,
      groups: this.config.groups,
      consumerConfigOf: (groupId) => this.groupConfigs.configOf(groupId),
      transactions: this.config.transactions,
    };
    this.groups = new GroupCoordinator(context);
    this.transactions = new TransactionCoordinator({
      ...context,
      producerIds: options.producerIds,
      verifiesPartitions: () => this.config.transactions.verifiesPartitions,
      transactionVersion: () => this.features.level("transaction.version"),
      lostWithinMs: Math.max(LOST_WITHIN_MS, LOST_WITHIN_FLUSHES * this.config.logDefaults.flushMs),
      onMarker: (topic, partition, producerId, isCommitted) => {
        if (topic === OFFSETS_TOPIC) this.groups.transactionEnded(partition, producerId, isCommitted);
      },
    });
    this.groups.offsets.verifyTransaction = (asked, done) => done(this.#admitOffsets(asked));
  }

  #admitOffsets({ journalPartition, ...asked }: Parameters<TransactionVerifier>[0]): number {
    const log = this.topics.topic(OFFSETS_TOPIC)?.partitions[journalPartition];
    return admitOffsets(this.transactions, {
      topic: OFFSETS_TOPIC,
      partition: journalPartition,
      log,
      ...asked,
    });
  }

  /** As it is now: it may be another later. */
  get config(): BrokerConfig {
    return this.configs.config;
  }

  get nodeId(): number {
    return this.config.nodeId;
  }

  get clusterId(): string {
    return this.topics.clusterId;
  }

  /**
   * The address that a client is told to come back to. With `advertised.listeners` set, that one; otherwise the
   * address this very connection came to, which is one that works for this client: host, neighbour and LAN alike.
   */
  advertisedTo(connection: Connection): HostPort {
    const { local } = connection.socket;
    if (this.config.advertised !== undefined) {
      const index = this.#listening.findIndex((address) => address.port === local.port);
      const advertised = this.config.advertised[Math.max(index, 0)]!;
      return {
        host: advertised.host,
        port: advertised.port === 0 ? this.#listening[Math.max(index, 0)]!.port : advertised.port,
      };
    }
    return local.family === "unix" ? this.#listening[0]! : local;
  }
}
