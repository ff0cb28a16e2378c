/**
 * Connections to one broker for requests that may take long (a fetch that waits for records): since a connection
 * answers in order, each such request has one to itself while it lasts.
 *
 * What must be true: no more than `maxConnections` are open; and a connection is never given to two at a time.
 * @module
 */
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ConnectionError } from "./connection_error.ts";

export interface ConnectionPoolOptions extends ConnectionOptions {
  readonly maxConnections: number;
  /** Connections kept open while nobody uses them. */
  readonly maxIdle: number;
}

/** What is thrown when all connections are taken. */
export class PoolExhaustedError extends Error {
  override name = "PoolExhaustedError";
}

export class ConnectionPool implements Disposable {
  readonly #options: ConnectionPoolOptions;
  readonly #idle: Connection[] = [];
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
   * Runs `work` with a connection of its own. When `signal` is aborted the connection is closed, by which whatever is
   * asked over it ends, here and at the broker. `work` may run a second time, with a new connection, if the one it had
   * had been idle and turns out to have ended meanwhile: it must only read.
   */
  async use<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { connection, reused } = await this.#acquire();
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
      this.#release(connection);
    }
    // Its fellows have most likely ended as well: begin anew.
    this.#closeIdle();
    return await this.use(work, signal);
  }

  /** Closes all connections, for good; requests in flight are rejected. */
  close(): void {
    this.#closed = true;
    this.#closeIdle();
    for (const connection of this.#used) connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #acquire(): Promise<{ connection: Connection; reused: boolean }> {
    if (this.#closed) throw new ConnectionError("closed", "the pool was closed", false);
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (!connection.isOpen) continue;
      this.#used.add(connection);
      return { connection, reused: true };
    }
    if (this.size >= this.#options.maxConnections) {
      throw new PoolExhaustedError(`all ${this.#options.maxConnections} connections for reading are taken`);
    }
    this.#opening++;
    try {
      const connection = await Connection.connect(this.#options);
      this.#used.add(connection);
      if (this.#closed) connection.close();
      return { connection, reused: false };
    } finally {
      this.#opening--;
    }
  }

  #release(connection: Connection): void {
    this.#used.delete(connection);
    if (!connection.isOpen) return;
    if (this.#closed || this.#idle.length >= this.#options.maxIdle) connection.close();
    else this.#idle.push(connection);
  }

  #closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}
