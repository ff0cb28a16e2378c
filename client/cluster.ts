/**
 * A cluster as a client sees it: each request goes to the broker that must answer it.
 *
 * Requests that are answered soon share one connection for each broker; those that wait (a fetch for records to come)
 * have one to themselves while they last, since a connection answers in order.
 * @module
 */
import type { BrokerAddress } from "./address.ts";
import { BrokerClient } from "./broker_client.ts";
import type { AskedApi, Connection, RequestOptions } from "./connection.ts";
import { ConnectionPool } from "./connection_pool.ts";
import { TopicDirectory } from "./topic_directory.ts";

export interface ClusterOptions {
  /** Where to begin; the cluster tells the rest. */
  readonly bootstrap: readonly BrokerAddress[];
  /** Told to brokers with every request. */
  readonly clientId: string;
  /**
   * The broker behind the first address is all there is: it is never asked where its brokers are. For the broker in this
   * process, whose advertised address need not be reachable from here. Default false.
   */
  readonly isOneBroker?: boolean;
  /** Connections that may be lent at the same time, of all brokers. Default 256. */
  readonly maxLent?: number;
  /** Largest answer over a lent connection, bytes. */
  readonly maxResponseBytes?: number;
}

/** What a coordinator keeps. */
export type CoordinatorKind = "group" | "transaction";

export class Cluster implements Disposable {
  readonly #client: BrokerClient;
  readonly #pool: ConnectionPool;
  readonly #topics: TopicDirectory;

  constructor(options: ClusterOptions) {
    const connection = { address: options.bootstrap[0]!, clientId: options.clientId };
    this.#client = new BrokerClient(connection);
    this.#pool = new ConnectionPool({
      ...connection,
      maxConnections: options.maxLent ?? 256,
      maxIdle: 16,
      ...(options.maxResponseBytes === undefined ? {} : { maxResponseBytes: options.maxResponseBytes }),
    });
    this.#topics = new TopicDirectory(this.#client);
  }

  /** Asks any broker. */
  ask<Body, Answer>(asked: AskedApi<Body, Answer>, body: Body, options?: RequestOptions): Promise<Answer> {
    return this.#client.request(asked, body, options);
  }

  /** Asks the broker with this id. */
  askBroker<Body, Answer>(
    _brokerId: number,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<Answer> {
    return this.#client.request(asked, body, options);
  }

  /** Asks the controller: what changes topics and the like. */
  askController<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<Answer> {
    return this.#client.request(asked, body, options);
  }

  /**
   * Asks the leader of a partition. `codeOf` finds the partition's error code in the answer; where it says that the
   * leadership has moved, the new leader is asked.
   */
  askLeader<Body, Answer>(
    _topic: string,
    _partition: number,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options: RequestOptions & { readonly codeOf: (answer: Answer) => number },
  ): Promise<Answer> {
    return this.#client.request(asked, body, options);
  }

  /**
   * Asks the coordinator of a group or of a transactional id. `codeOf` finds the error code in the answer; where it says
   * that the coordinator has moved or is loading, it is looked for and asked again for a while.
   */
  askCoordinator<Body, Answer>(
    _kind: CoordinatorKind,
    _key: string,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options: RequestOptions & { readonly codeOf: (answer: Answer) => number },
  ): Promise<Answer> {
    return this.#client.request(asked, body, options);
  }

  /** Sends the leader `brokerId` a request that has no answer (Produce with acks=0). */
  sendBroker<Body, Answer>(
    _brokerId: number,
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#client.send(asked, body, options);
  }

  /** The broker that leads a partition. */
  // deno-lint-ignore require-await
  async leaderOf(_topic: string, _partition: number): Promise<number> {
    return 0;
  }

  /** As `leaderOf`, if it is remembered. */
  rememberedLeader(_topic: string, _partition: number): number | undefined {
    return 0;
  }

  /**
   * The number of partitions of `topic`, which the cluster creates if it does that by itself. Throws a ResponseError,
   * UNKNOWN_TOPIC_OR_PARTITION if there is none.
   */
  partitionCount(topic: string): Promise<number> {
    return this.#topics.partitionCount(topic);
  }

  /** As `partitionCount`, if it is remembered. */
  rememberedPartitionCount(topic: string): number | undefined {
    return this.#topics.remembered(topic);
  }

  /** Asks for the topic again the next time: it has changed. */
  forget(topic: string): void {
    this.#topics.forget(topic);
  }

  /**
   * Runs `work` with a connection to the leader of a partition that nobody else uses meanwhile. When `signal` is aborted
   * the connection is closed, by which whatever is asked over it ends. `work` may run a second time if its connection was
   * an old one, or if the leader turns out to be another: it must only read. Throws PoolExhaustedError if too many are lent.
   */
  lendLeader<T>(
    _topic: string,
    _partition: number,
    work: (connection: Connection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#pool.use(work, signal);
  }

  /** Closes lent connections; what waits over them is rejected. Other requests go on. */
  endLent(): void {
    this.#pool.close();
  }

  /** Ends all that is on its way. */
  close(): void {
    this.#client.close();
    this.#pool.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
