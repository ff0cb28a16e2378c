/**
 * One broker, by one connection that is opened when it is needed and again after it has ended.
 *
 * What must be true: at most one connection is open or being opened; a broker that is away is not asked more often
 * than the backoff allows; and no request is ever sent twice from here, since only the caller knows whether that
 * would write its records twice (`ConnectionError.sent` tells whether the first may have arrived).
 * @module
 */
import { backoffMs, type BackoffOptions } from "./backoff.ts";
import { type AskedApi, Connection, type ConnectionOptions, type RequestOptions } from "./connection.ts";
import { ConnectionError } from "./connection_error.ts";

export interface BrokerClientOptions extends ConnectionOptions {
  /** Default: 50 ms up to 1 s, as Kafka's clients have it. */
  readonly backoff?: BackoffOptions;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
  /**
   * A connection that was not used for so long is left for a new one. Default 9 minutes, as Kafka's clients have it: a
   * broker closes it after 10, and what is sent at that very moment may or may not arrive.
   */
  readonly maxIdleMs?: number;
}

const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 50, longestMs: 1000 };
export const DEFAULT_MAX_IDLE_MS = 540_000;

export class BrokerClient implements Disposable {
  readonly #options: BrokerClientOptions;
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #failures = 0;
  #retryAt = 0;
  #closed = false;
  readonly #maxIdleMs: number;
  #usedAt = 0;

  constructor(options: BrokerClientOptions) {
    this.#options = options;
    this.#maxIdleMs = options.maxIdleMs ?? DEFAULT_MAX_IDLE_MS;
  }

  /** Requests that wait for their answers. */
  get inFlight(): number {
    return this.#connection?.inFlight ?? 0;
  }

  /** The open connection; opens one if there is none, having waited for the backoff. */
  connection(): Promise<Connection> {
    const now = performance.now();
    const isOld = now - this.#usedAt > this.#maxIdleMs && this.inFlight === 0;
    this.#usedAt = now;
    if (isOld) this.#connection?.close();
    if (this.#connection?.isOpen) return Promise.resolve(this.#connection);
    if (this.#closed) return Promise.reject(new ConnectionError("closed", "the client was closed", false));
    return this.#connecting ??= this.#connect().finally(() => this.#connecting = undefined);
  }

  /** As Connection.request, over the open connection or a new one. */
  async request<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<Answer> {
    return await (await this.connection()).request(asked, body, options);
  }

  /** As Connection.send, over the open connection or a new one. */
  async send<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options?: RequestOptions,
  ): Promise<void> {
    await (await this.connection()).send(asked, body, options);
  }

  /** Closes the connection, for good. */
  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #connect(): Promise<Connection> {
    const wait = this.#retryAt - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      const connection = await Connection.connect(this.#options);
      if (this.#closed) {
        connection.close();
        throw new ConnectionError("closed", "the client was closed", false);
      }
      this.#failures = 0;
      this.#connection = connection;
      return connection;
    } catch (error) {
      this.#failures++;
      const random = (this.#options.random ?? Math.random)();
      this.#retryAt = performance.now() +
        backoffMs(this.#failures, this.#options.backoff ?? DEFAULT_BACKOFF, random);
      throw error;
    }
  }
}
