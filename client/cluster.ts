/**
 * A cluster as a client sees it: each request goes to the broker that must answer it, wherever that is by now.
 *
 * What must be true: nothing is sent a second time that may have changed something the first time (what only reads may
 * be; so may what was refused because its broker no longer leads, controls or coordinates, or what never left this side);
 * and what is tried again is tried for a limited time, with growing waits. What it came to last is what the caller gets.
 *
 * Requests that are answered soon share one connection for each broker, records to be written another; those that wait
 * (a fetch for records to come, a member for its group) have one to themselves while they last.
 * @module
 */
import { api } from "../protocol/apis.ts";
import type { MetadataResponse } from "../protocol/messages/03_metadata.ts";
import { type Broker, BrokerDirectory, type ClusterDescription } from "./broker_directory.ts";
import type { BrokerNode } from "./broker_node.ts";
import { BrokerNodes } from "./broker_nodes.ts";
import type { ClusterOptions, CodedOptions } from "./cluster_options.ts";
import {
  type AskedApi,
  type Connection,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type RequestOptions,
} from "./connection.ts";
import { ConnectionError } from "./connection_error.ts";
import { ConnectionPool } from "./connection_pool.ts";
import {
  type Coordinator,
  CoordinatorDirectory,
  type CoordinatorKind,
  findCoordinator,
} from "./coordinator_directory.ts";
import {
  type FoundOffset,
  listOffsets,
  type ListOffsetsOptions,
  type WantedOffsets,
} from "./list_offsets.ts";
import { onlyReads } from "./request_kinds.ts";
import { type Outcome, retrying } from "./retrying.ts";
import { type Leaders, NO_LEADER, TopicDirectory } from "./topic_directory.ts";
import { UnknownTopicError } from "./unknown_topic_error.ts";
import { isNotControlling, isNotCoordinating, isNotLeading, mayPass } from "./unsettled.ts";

export type { Broker, ClusterDescription } from "./broker_directory.ts";
export type { ClusterOptions, CodedOptions } from "./cluster_options.ts";
export type { CoordinatorKind } from "./coordinator_directory.ts";
export type { FoundOffset, WantedOffsets } from "./list_offsets.ts";
export { type Leaders, NO_LEADER } from "./topic_directory.ts";

const DEFAULT_PATIENCE_MS = 15_000;
const DEFAULT_ATTEMPT_MS = 10_000;
/** How long the one broker there is may be loading what it coordinates. */
const LOADING_PATIENCE_MS = 5000;
/** From version 13 on there may be an error for the whole answer. */
const MAX_METADATA_VERSION = 12;
/** Whoever leads anything where `isOneBroker`; the id it has itself is of no account. */
const THE_ONE = 0;

export class Cluster implements Disposable {
  /** How long what came to the wrong broker is tried again; 0 where there is but one, which is never the wrong one. */
  readonly patienceMs: number;
  readonly #isOneBroker: boolean;
  readonly #attemptMs: number;
  readonly #requestTimeoutMs: number;
  readonly #pool: ConnectionPool;
  readonly #nodes: BrokerNodes;
  readonly #brokers: BrokerDirectory;
  readonly #topics: TopicDirectory;
  readonly #coordinators: CoordinatorDirectory;
  readonly #closing = new AbortController();

  constructor(options: ClusterOptions) {
    const { clientId, bootstrap, maxResponseBytes, security, maxIdleMs, isOneBroker = false } = options;
    const { reconnectBackoff: backoff, connectTimeoutMs } = options;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const connection = {
      clientId,
      security,
      requestTimeoutMs: this.#requestTimeoutMs,
      ...maxResponseBytes === undefined ? {} : { maxResponseBytes },
      ...connectTimeoutMs === undefined ? {} : { connectTimeoutMs },
      ...maxIdleMs === undefined ? {} : { maxIdleMs },
    };
    this.#isOneBroker = isOneBroker;
    this.#attemptMs = options.attemptMs ?? DEFAULT_ATTEMPT_MS;
    this.patienceMs = isOneBroker ? 0 : options.patienceMs ?? DEFAULT_PATIENCE_MS;
    this.#pool = new ConnectionPool({ ...connection, maxConnections: options.maxLent ?? 256, maxIdle: 16 });
    this.#nodes = new BrokerNodes({
      ...connection,
      ...backoff === undefined ? {} : { backoff },
      bootstrap,
      pool: this.#pool,
    });
    const askMetadata = (topics: readonly string[], mayCreate: boolean) =>
      this.#askMetadata(topics, mayCreate);
    this.#brokers = new BrokerDirectory(askMetadata);
    this.#topics = new TopicDirectory(askMetadata, options.topics);
    this.#coordinators = new CoordinatorDirectory((kind, key) => this.#findCoordinator(kind, key));
  }

  /** Asks any broker: the one that answered last, as long as it does. */
  ask<Body, Answer>(asked: AskedApi<Body, Answer>, body: Body, options?: RequestOptions): Promise<Answer> {
    if (this.#isOneBroker) return this.#nodes.first.request(asked, body, options);
    const mayRepeat = onlyReads(asked);
    const deadline = performance.now() + this.#timeoutOf(options);
    return this.#nodes.withAny((node) => {
      const leftMs = Math.max(1, deadline - performance.now());
      const timeoutMs = mayRepeat && this.#nodes.areSeveral ? Math.min(this.#attemptMs, leftMs) : leftMs;
      return node.request(asked, body, { ...options, timeoutMs });
    }, { mayRepeat, deadline });
  }

  /** Asks the broker with this id, once. Throws a ConnectionError also if the cluster has none. */
  askBroker<Body, Answer>(
    brokerId: number,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<Answer> {
    return this.#at(brokerId, (node) => node.request(asked, body, options));
  }

  /** Sends the leader `brokerId` a request that has no answer (Produce with acks=0). */
  sendBroker<Body, Answer>(
    brokerId: number,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#at(brokerId, (node) => node.send(asked, body, options));
  }

  /** Asks the controller: what changes topics and the like. */
  askController<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<Answer> {
    if (this.#isOneBroker) return this.ask(asked, body, options);
    return this.#following(options, async (remaining) => {
      const { controllerId } = await this.#brokers.describe();
      const answer = controllerId < 0
        ? await this.ask(asked, body, remaining)
        : await this.askBroker(controllerId, asked, body, remaining);
      if (isNotControlling(answer)) this.#brokers.forget();
      return answer;
    }, (outcome) => {
      return "answer" in outcome
        ? isNotControlling(outcome.answer)
        : mayPass(outcome.error, onlyReads(asked));
    });
  }

  /**
   * Asks the leader of a partition. `codeOf` finds the partition's error code in the answer; where it says that the
   * leadership has moved, the new leader is asked. Throws an UnknownTopicError if there is no such topic or partition.
   */
  askLeader<Body, Answer>(
    topic: string,
    partition: number,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options: CodedOptions<Answer>,
  ): Promise<Answer> {
    if (this.#isOneBroker) return this.ask(asked, body, options);
    return this.#following(options, (remaining) => {
      return this.#atLeader(topic, partition, async (leader) => {
        const answer = await this.askBroker(leader, asked, body, remaining);
        if (isNotLeading(options.codeOf(answer), true)) this.#topics.forget(topic);
        return answer;
      });
    }, (outcome) => {
      return "answer" in outcome
        ? isNotLeading(options.codeOf(outcome.answer), onlyReads(asked))
        : mayPass(outcome.error, onlyReads(asked));
    });
  }

  /**
   * Asks the coordinator of a group or of a transactional id. `codeOf` finds the error code in the answer; where it says
   * that the coordinator has moved or is loading, it is looked for and asked again for a while.
   */
  askCoordinator<Body, Answer>(
    kind: CoordinatorKind,
    key: string,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options: CodedOptions<Answer>,
  ): Promise<Answer> {
    return this.#following(options, async (remaining) => {
      if (this.#isOneBroker) return await this.ask(asked, body, remaining);
      const coordinator = await this.#coordinators.of(kind, key);
      try {
        const answer = await this.#nodes.at(coordinator).request(asked, body, remaining);
        if (isNotCoordinating(options.codeOf(answer))) this.#coordinators.forget(kind, key, coordinator);
        return answer;
      } catch (error) {
        if (error instanceof ConnectionError) this.#coordinators.forget(kind, key, coordinator);
        throw error;
      }
    }, (outcome) => {
      if ("answer" in outcome) return isNotCoordinating(options.codeOf(outcome.answer));
      return !this.#isOneBroker && mayPass(outcome.error, onlyReads(asked));
    }, this.patienceMs || LOADING_PATIENCE_MS);
  }

  /**
   * The first offset of each partition whose record is not older than the timestamp wanted, by topic and partition; asked
   * of all leaders at the same time. What is not there, or could not be asked, has an error code.
   */
  listOffsets(
    wanted: WantedOffsets,
    options: ListOffsetsOptions = {},
  ): Promise<Map<string, Map<number, FoundOffset>>> {
    return listOffsets(this, wanted, { ...options, signal: this.#closing.signal });
  }

  /** The broker that leads a partition; waits while one is being elected. Throws a ResponseError if there is none. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    if (this.#isOneBroker) return THE_ONE;
    return await this.#following(
      undefined,
      () => this.#topics.leaderOf(topic, partition),
      (outcome) => "error" in outcome && mayPass(outcome.error, true),
    );
  }

  /** As `leaderOf`, if it is remembered. */
  rememberedLeader(topic: string, partition: number): number | undefined {
    if (this.#isOneBroker) return THE_ONE;
    const leader = this.#topics.remembered(topic)?.[partition];
    return leader === NO_LEADER ? undefined : leader;
  }

  /**
   * The brokers that lead the partitions of `topic`, by the partition's number; NO_LEADER where there is none at the
   * moment. Throws an UnknownTopicError if there is no such topic.
   */
  async leadersOf(topic: string): Promise<Leaders> {
    const leaders = await this.#topics.leadersOf(topic, false);
    return this.#isOneBroker ? leaders.map(() => THE_ONE) : leaders;
  }

  /**
   * The number of partitions of `topic`, which the cluster creates if it does that by itself. Throws an UnknownTopicError
   * if there is none.
   */
  async partitionCount(topic: string): Promise<number> {
    return (await this.#topics.leadersOf(topic, true)).length;
  }

  /** As `partitionCount`, if it is remembered. */
  rememberedPartitionCount(topic: string): number | undefined {
    return this.#topics.remembered(topic)?.length;
  }

  /**
   * Waits, for a while, until the cluster says that there is such a topic, or none: for some time after the controller has
   * made or deleted one, other brokers don't know.
   */
  async awaitTopic(topic: string, isThere: boolean): Promise<void> {
    if (this.#isOneBroker) return;
    const isKnown = async () => {
      this.#topics.forget(topic);
      try {
        return !(await this.#topics.leadersOf(topic, false)).includes(NO_LEADER);
      } catch (error) {
        if (error instanceof UnknownTopicError) return false;
        throw error;
      }
    };
    await this.#following(undefined, isKnown, (outcome) => "answer" in outcome && outcome.answer !== isThere)
      // It is done, whoever can tell.
      .catch(() => {});
  }

  /** Asks for the topic again the next time: it has changed. */
  forget(topic: string): void {
    this.#topics.forget(topic);
  }

  /** The cluster's id, its controller and its brokers, as they were at most some seconds ago. */
  describe(): Promise<ClusterDescription> {
    return this.#brokers.describe();
  }

  /** The brokers, by id. */
  async brokers(): Promise<readonly Broker[]> {
    return (await this.describe()).brokers;
  }

  /**
   * Runs `work` with a connection to the leader of a partition that nobody else uses meanwhile. When `signal` is aborted
   * the connection is closed, by which whatever is asked over it ends. `work` may run again if its connection was an old
   * one, or if it finds that the leader is another, which it says by a ResponseError: it must only read. Throws
   * PoolExhaustedError if too many are lent.
   */
  lendLeader<T>(
    topic: string,
    partition: number,
    work: (connection: Connection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (this.#isOneBroker) return this.#nodes.first.lend(work, signal);
    return this.#following(
      undefined,
      () => this.#atLeader(topic, partition, (leader) => this.lendBroker(leader, work, signal)),
      (outcome) => "error" in outcome && signal?.aborted !== true && mayPass(outcome.error, true),
    );
  }

  /** As `lendLeader`, but to the broker with this id, and to no other if that turns out to be wrong. */
  lendBroker<T>(
    brokerId: number,
    work: (connection: Connection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#at(brokerId, (node) => node.lend(work, signal));
  }

  /** Closes lent connections; what waits over them is rejected. Other requests go on. */
  endLent(): void {
    this.#pool.close();
  }

  /** Ends all that is on its way. */
  close(): void {
    this.#closing.abort();
    this.#nodes.close();
    this.#pool.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #askMetadata(topics: readonly string[], allowAutoTopicCreation: boolean): Promise<MetadataResponse> {
    const body = { topics: topics.map((name) => ({ name })), allowAutoTopicCreation };
    const answer = await this.ask(api.Metadata, body, { maxVersion: MAX_METADATA_VERSION });
    this.#brokers.learn(answer);
    if (!this.#isOneBroker) this.#nodes.learn(this.#brokers.remembered.brokers);
    return answer;
  }

  #findCoordinator(kind: CoordinatorKind, key: string): Promise<Coordinator> {
    return this.#nodes.withAny(
      async (node) => await findCoordinator(await node.connection(), kind, key),
      { mayRepeat: true, deadline: performance.now() + this.#requestTimeoutMs },
    );
  }

  async #at<T>(brokerId: number, work: (node: BrokerNode) => Promise<T>): Promise<T> {
    if (this.#isOneBroker) return await work(this.#nodes.first);
    const broker = await this.#brokers.find(brokerId);
    if (broker === undefined) {
      throw new ConnectionError("unreachable", `the cluster has no broker ${brokerId} at the moment`, false);
    }
    try {
      return await work(this.#nodes.at(broker));
    } catch (error) {
      // It may have another address now.
      if (error instanceof ConnectionError) this.#brokers.forget();
      throw error;
    }
  }

  /** Has `work` done with the leader; if it fails for a reason that may lie there, the leader is forgotten. */
  async #atLeader<T>(topic: string, partition: number, work: (leader: number) => Promise<T>): Promise<T> {
    const leader = await this.#topics.leaderOf(topic, partition);
    try {
      return await work(leader);
    } catch (error) {
      if (mayPass(error, true)) this.#topics.forget(topic);
      throw error;
    }
  }

  /** Attempts as long as what that gives may change, within the timeout of the request and our patience. */
  #following<T>(
    options: RequestOptions | undefined,
    attempt: (remaining: RequestOptions) => Promise<T>,
    mayChange: (outcome: Outcome<T>) => boolean,
    patienceMs = this.patienceMs,
  ): Promise<T> {
    const timeoutMs = this.#timeoutOf(options);
    const deadline = performance.now() + timeoutMs;
    return retrying(
      () => attempt({ ...options, timeoutMs: Math.max(1, deadline - performance.now()) }),
      { withinMs: Math.min(timeoutMs, patienceMs), mayChange, signal: this.#closing.signal },
    );
  }

  #timeoutOf(options: RequestOptions | undefined): number {
    return options?.timeoutMs ?? this.#requestTimeoutMs;
  }
}
