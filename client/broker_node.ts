/**
 * One broker, and the ways to it. A connection answers in order, so what is soon answered has one, what is written has
 * another (a Produce that waits for a disk or for replicas holds up no question), and what waits is lent one of its own.
 * @module
 */
import type { BrokerAddress } from "./address.ts";
import { BrokerClient, type BrokerClientOptions } from "./broker_client.ts";
import type { AskedApi, Connection, RequestOptions } from "./connection.ts";
import type { ConnectionPool } from "./connection_pool.ts";
import { mayWait, writesRecords } from "./request_kinds.ts";

export class BrokerNode implements Disposable {
  readonly address: BrokerAddress;
  readonly #asker: BrokerClient;
  readonly #writer: BrokerClient;
  readonly #pool: ConnectionPool;

  /** `pool`: for all brokers together. */
  constructor(options: BrokerClientOptions, pool: ConnectionPool) {
    this.address = options.address;
    this.#asker = new BrokerClient(options);
    this.#writer = new BrokerClient(options);
    this.#pool = pool;
  }

  /** Whether something is on its way that would be rejected by `close`. */
  get isBusy(): boolean {
    return this.#asker.inFlight + this.#writer.inFlight > 0;
  }

  request<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<Answer> {
    if (writesRecords(asked)) return this.#writer.request(asked, body, options);
    if (mayWait(asked)) return this.lend((connection) => connection.request(asked, body, options));
    return this.#asker.request(asked, body, options);
  }

  /** Sends a request that has no answer. */
  send<Body, Answer>(asked: AskedApi<Body, Answer>, body: Body, options?: RequestOptions): Promise<void> {
    return (writesRecords(asked) ? this.#writer : this.#asker).send(asked, body, options);
  }

  /** The connection for questions. */
  connection(): Promise<Connection> {
    return this.#asker.connection();
  }

  /** See ConnectionPool.use. */
  lend<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#pool.use(this.address, work, signal);
  }

  /** Closes its connections but those that are lent, for good. */
  close(): void {
    this.#asker.close();
    this.#writer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
