/**
 * A broker: its identity, its topics, and who waits for what. No globals: several may live in one process, each in
 * a reactor of its own.
 * @module
 */
import type { ProducerIds } from "../storage/producer_ids.ts";
import type { TopicStore } from "../storage/topic_store.ts";
import type { Clock, Logger, Random } from "../storage/environment.ts";
import type { ColdReads } from "./cold_reads.ts";
import type { BrokerConfig, HostPort } from "./config.ts";
import { GroupCoordinator } from "./coordinator/group_coordinator.ts";
import { FetchSessions } from "./fetch/fetch_sessions.ts";
import { FetchWaiters } from "./fetch/fetch_waiters.ts";
import type { ApiHandler } from "./handlers/api_handler.ts";
import type { Metrics } from "./metrics.ts";
import type { Connection } from "./reactor/connection.ts";
import type { Deadlines } from "./reactor/deadlines.ts";
import type { SocketAddress } from "./transport.ts";

export interface BrokerOptions {
  readonly config: BrokerConfig;
  readonly topics: TopicStore;
  readonly producerIds: ProducerIds;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly coldReads: ColdReads;
  /** The addresses really listened on, in the order of `config.listeners`. */
  readonly listening: readonly SocketAddress[];
  /** What this broker serves, by API key. */
  readonly handlers: ReadonlyMap<number, ApiHandler>;
}

export class Broker {
  readonly config: BrokerConfig;
  readonly topics: TopicStore;
  readonly producerIds: ProducerIds;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly coldReads: ColdReads;
  readonly handlers: ReadonlyMap<number, ApiHandler>;
  readonly fetchWaiters: FetchWaiters;
  readonly fetchSessions: FetchSessions;
  readonly groups: GroupCoordinator;
  readonly #listening: readonly SocketAddress[];

  constructor(options: BrokerOptions) {
    this.config = options.config;
    this.topics = options.topics;
    this.producerIds = options.producerIds;
    this.clock = options.clock;
    this.log = options.log;
    this.metrics = options.metrics;
    this.deadlines = options.deadlines;
    this.coldReads = options.coldReads;
    this.handlers = options.handlers;
    this.#listening = options.listening;
    this.fetchWaiters = new FetchWaiters(options.deadlines);
    this.fetchSessions = new FetchSessions({
      ...options,
      slots: options.config.limits.fetchSessions,
      partitionsOfOne: options.config.limits.partitions,
      waiters: this.fetchWaiters,
    });
    this.groups = new GroupCoordinator({
      ...options,
      groups: options.config.groups,
      transactions: options.config.transactions,
    });
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
