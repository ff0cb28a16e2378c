/**
 * A broker put together from its parts and run on this thread until it is asked to stop.
 *
 * What reaches outside comes in through ports (disk, sockets, clock, randomness), so that the same server runs over
 * Linux in a Worker and over memory in a test.
 * @module
 */
import type { Disk } from "../storage/disk.ts";
import type { BackgroundDisk, Clock, Logger, LogLevel, Random } from "../storage/environment.ts";
import { ProducerIds } from "../storage/producer_ids.ts";
import { TopicStore } from "../storage/topic_store.ts";
import { Broker } from "./broker.ts";
import { ColdReads } from "./cold_reads.ts";
import type { BrokerConfig } from "./config.ts";
import { internalTopicConfigs } from "./coordinator/internal_topics.ts";
import { DynamicConfigs } from "./configs/dynamic_configs.ts";
import { Dispatcher } from "./dispatch.ts";
import { handlers } from "./handlers/mod.ts";
import { LogThreshold } from "./log_threshold.ts";
import { Figures } from "./metrics/figures.ts";
import type { Metrics, TableChange } from "./metrics/metrics.ts";
import type { Deadline } from "./reactor/deadlines.ts";
import { Reactor } from "./reactor/reactor.ts";
import { topicLogConfig } from "./topic_settings.ts";
import type { Listener, Poller, Socket } from "./transport.ts";

/** How long a stopping broker waits for clients to take the answers that are due to them. */
const DRAIN_MS = 2000;
const HEAP_LOOK_INTERVAL_MS = 1000;

export interface ServerPorts {
  readonly disk: Disk;
  /** Also delivers outcomes: called once in each turn of the loop. */
  readonly background: BackgroundDisk & { deliver(): void };
  readonly poller: Poller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Lines below it are not told until somebody asks for them. Default: all are told. */
  readonly logLevel?: LogLevel;
  readonly metrics: Metrics;
  /** Told which rows of the metrics' tables have got another owner. */
  readonly onMetricRows?: (changes: readonly TableChange[]) => void;
  /** JavaScript heap in use on this thread. */
  readonly heapBytes?: () => number;
  /** See {@link ReactorOptions.connectHttp}. */
  readonly connectHttp?: (() => Socket) | undefined;
  readonly shouldStop: () => boolean;
  readonly onRecoveryProgress: (doneBytes: number, totalBytes: number) => void;
}

export class Server {
  readonly broker: Broker;
  readonly #ports: ServerPorts;
  readonly #figures: Figures;
  readonly #reactor: Reactor;
  readonly #topics: TopicStore;
  #nextTick: Deadline | undefined;
  #soon: Deadline | undefined;
  #nextHeapLookMs = 0;

  /**
   * Opens the data directory, recovering what a crash left. Throws an Error with one clear sentence if it can't be.
   * `listeners` are those of `config.listeners`, in that order.
   */
  constructor(config: BrokerConfig, listeners: readonly Listener[], ports: ServerPorts) {
    const { disk, background, clock, random, metrics } = ports;
    const logThreshold = new LogThreshold(ports.logLevel ?? "debug", ports.log);
    const { log } = logThreshold;
    this.#ports = { ...ports, log };
    this.#figures = new Figures(metrics);
    const configs = new DynamicConfigs({
      start: config,
      log,
      onChange: (config) => this.#reconfigure(config),
    });
    this.#topics = TopicStore.open({
      disk,
      background,
      clock,
      random,
      log,
      config: config.store,
      directory: config.dataDirectory,
      nodeId: config.nodeId,
      clusterId: config.clusterId,
      parseLogConfig: (own) => topicLogConfig(own, configs.config),
      configsOfFound: (name) => internalTopicConfigs(name, config),
      onStoredConfigs: (stored) => configs.load(stored),
      onReadableChange: (partition) => this.broker.fetchWaiters.mark(partition),
      observer: this.#figures.logs,
      onProgress: ports.onRecoveryProgress,
    });
    this.#reactor = new Reactor({
      poller: ports.poller,
      clock,
      log,
      metrics,
      limits: configs.config.limits,
      handleFrame: (connection, bytes, start, end) => dispatcher.handleFrame(connection, bytes, start, end),
      connectHttp: ports.connectHttp,
      onOpened: ({ software }) => this.#figures.clients.connected(software),
      onClosed: ({ software }) => this.#figures.clients.disconnected(software),
      afterRequests: () => this.#afterRequests(),
      shouldStop: ports.shouldStop,
    });
    this.#topics.reconfigureCleaner(configs.config.store);
    this.broker = new Broker({
      configs,
      clock,
      random,
      log,
      logThreshold,
      metrics,
      figures: this.#figures,
      handlers,
      topics: this.#topics,
      producerIds: this.#openProducerIds(config),
      coldReads: new ColdReads(background, metrics, log),
      deadlines: this.#reactor.deadlines,
      listening: listeners.map(({ local }) => local),
    });
    this.#load();
    const dispatcher = new Dispatcher(this.broker);
    for (const listener of listeners) this.#reactor.listen(listener);
  }

  /** Settings have been changed: whoever keeps some is told. */
  #reconfigure({ limits, store }: BrokerConfig): void {
    this.#reactor.limits = limits;
    this.#topics.reconfigureCleaner(store);
    this.#topics.reconfigureTopics();
  }

  /** What coordinators know is in topics of their own. */
  #load(): void {
    try {
      this.broker.groups.load();
      // Last: it ends transactions in which groups have committed offsets.
      if (this.broker.transactions.load()) this.#topics.markRecovered();
    } catch (error) {
      this.#topics[Symbol.dispose]();
      throw error;
    }
  }

  #openProducerIds({ dataDirectory: directory }: BrokerConfig): ProducerIds {
    const { disk, background, log } = this.#ports;
    try {
      return new ProducerIds({
        disk,
        background,
        log,
        directory,
        atLeast: this.#topics.largestProducerId + 1,
      });
    } catch (error) {
      this.#topics[Symbol.dispose]();
      throw error;
    }
  }

  /** Accepts connections from one more listener: the gateway's. */
  listen(listener: Listener): void {
    this.#reactor.listen(listener);
  }

  /** Serves until asked to stop; then answers what it has read, flushes everything and marks the directory clean. */
  run(): void {
    try {
      // The first sleep, too, has an end: a broker that nobody talks to retains, compacts and writes checkpoints.
      this.#tickStore();
      this.#tellFigures();
      this.#reactor.run();
      this.broker.fetchWaiters.answerAll();
      this.broker.groups.stop();
      const cutOffCount = this.#reactor.drain(DRAIN_MS);
      if (cutOffCount > 0) {
        this.#ports.log(
          "warn",
          `${cutOffCount} clients did not take their answers within ${DRAIN_MS} ms and were cut off`,
        );
      }
      this.#topics.closeCleanly();
    } finally {
      this.#topics[Symbol.dispose]();
    }
  }

  #afterRequests(): void {
    this.#ports.background.deliver();
    this.#tickStore();
    this.broker.fetchWaiters.answerMarked();
    this.#showFetches(this.broker);
    this.#tellFigures();
  }

  #tellFigures(): void {
    const { metrics, onMetricRows, heapBytes } = this.#ports;
    metrics.set("isDiskLow", Number(this.#topics.isDiskLow));
    metrics.set("partitions", this.#topics.partitionCount);
    if (this.#figures.logs.settle()) this.#goOnSoon();
    const changes = metrics.takeChanges();
    if (changes !== undefined) onMetricRows?.(changes);
    if (heapBytes === undefined || this.#reactor.nowMs < this.#nextHeapLookMs) return;
    this.#nextHeapLookMs = this.#reactor.nowMs + HEAP_LOOK_INTERVAL_MS;
    metrics.set("reactorHeapBytes", heapBytes());
  }

  /** The next turn comes at once. */
  #goOnSoon(): void {
    if (this.#soon?.isLive) return;
    this.#soon = this.#reactor.deadlines.add(this.#reactor.nowMs, () => {});
  }

  #showFetches({ metrics, fetchWaiters, fetchSessions }: Broker): void {
    metrics.set("parkedFetches", fetchWaiters.count);
    metrics.set("fetchSessions", fetchSessions.count);
    metrics.set("fetchSessionPartitions", fetchSessions.partitionCount);
    metrics.set("evictedFetchSessions", fetchSessions.evictedCount);
  }

  /** The store flushes and writes checkpoints by the clock: it says when it wants to be called next. */
  #tickStore(): void {
    const nextMs = this.#topics.tick(this.#reactor.nowMs);
    if (nextMs === this.#nextTick?.dueMs && this.#nextTick.isLive) return;
    this.#nextTick?.cancel();
    // The deadline has nothing to do but end the sleep: every turn comes here.
    this.#nextTick = nextMs === Infinity ? undefined : this.#reactor.deadlines.add(nextMs, () => {});
  }
}
