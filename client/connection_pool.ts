/**
 * Connections for requests that may take long (a fetch that waits for records): since a connection answers in order,
 * each such request has one to itself while it lasts.
 *
 * What must be true: no more than `maxConnections` are open, to all brokers together; a connection is never given to two
 * at a time; and one that nobody uses is no reason to refuse another.
 * @module
 */
import { type BrokerAddress, formatAddress } from "./address.ts";
import { DEFAULT_MAX_IDLE_MS } from "./broker_client.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ConnectionError } from "./connection_error.ts";

export interface ConnectionPoolOptions extends Omit<ConnectionOptions, "address"> {
  readonly maxConnections: number;
  /** Connections kept open while nobody uses them, */
  readonly maxIdle: number;
  /** and how long. Default 9 minutes, see BrokerClientOptions. */
  readonly maxIdleMs?: number;
}

/** What is thrown when all connections are taken. */
export class PoolExhaustedError extends Error {
  override name = "PoolExhaustedError";
}

interface Idle {
  readonly to: string;
  readonly connection: Connection;
  readonly since: number;
}

export class ConnectionPool implements Disposable {
  readonly #options: ConnectionPoolOptions;
  /** Those that were used last are at the end. */
  readonly #idle: Idle[] = [];
  readonly #used = new Set<Connection>();
  #opening = 0;
  #closed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** Connections that are open or being opened. */
  get size(): number {
    return this.#idle.length + this.#used.size + this.#opening;
  }

  /**
   * Runs `work` with a connection of its own to the broker at `address`. When `signal` is aborted the connection is
   * closed, by which whatever is asked over it ends, here and at the broker. `work` may run a second time, with a new
   * connection, if the one it had had been idle and turns out to have ended meanwhile: it must only read.
   */
  async use<T>(
    address: BrokerAddress,
    work: (connection: Connection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const to = formatAddress(address);
    const { connection, reused } = await this.#acquire(address, to);
    const abort = () => connection.close();
    signal?.addEventListener("abort", abort);
    let stale = false;
    try {
      return await work(connection);
    } catch (error) {
      stale = reused && error instanceof ConnectionError && error.failure === "closed" && !signal?.aborted &&
        !this.#closed;
      if (!stale) throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#release(connection, to);
    }
    // Its fellows have most likely ended as well: begin anew.
    this.#closeIdle((idle) => idle.to === to);
    return await this.use(address, work, signal);
  }

  /** Closes all connections, for good; requests in flight are rejected. */
  close(): void {
    this.#closed = true;
    this.#closeIdle(() => true);
    for (const connection of this.#used) connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #acquire(
    address: BrokerAddress,
    to: string,
  ): Promise<{ readonly connection: Connection; readonly reused: boolean }> {
    if (this.#closed) throw new ConnectionError("closed", "the pool was closed", false);
    const oldest = performance.now() - (this.#options.maxIdleMs ?? DEFAULT_MAX_IDLE_MS);
    this.#closeIdle((idle) => idle.since < oldest);
    for (;;) {
      const found = this.#idle.findLastIndex((idle) => idle.to === to);
      if (found < 0) break;
      const [{ connection }] = this.#idle.splice(found, 1) as [Idle];
      if (!connection.isOpen) continue;
      this.#used.add(connection);
      return { connection, reused: true };
    }
    if (this.size >= this.#options.maxConnections) this.#makeRoom();
    this.#opening++;
    try {
      const connection = await Connection.connect({ ...this.#options, address });
      this.#used.add(connection);
      if (this.#closed) connection.close();
      return { connection, reused: false };
    } finally {
      this.#opening--;
    }
  }

  /** Gives up the connection to another broker that was not used for longest. */
  #makeRoom(): void {
    const oldest = this.#idle.shift();
    if (oldest === undefined) {
      throw new PoolExhaustedError(`all ${this.#options.maxConnections} connections for reading are taken`);
    }
    oldest.connection.close();
  }

  #release(connection: Connection, to: string): void {
    this.#used.delete(connection);
    if (!connection.isOpen) return;
    if (this.#closed || this.#idle.length >= this.#options.maxIdle) connection.close();
    else this.#idle.push({ to, connection, since: performance.now() });
  }

  #closeIdle(isMeant: (idle: Idle) => boolean): void {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      if (isMeant(this.#idle[i]!)) this.#idle.splice(i, 1)[0]!.connection.close();
    }
  }
}
