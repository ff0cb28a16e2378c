/**
 * HTTP/1.1 over TCP or a Unix socket: listeners, the connections they bring, and the look at all of them a few times a
 * second that ends those which keep the server waiting.
 *
 * It is ours because `Deno.serve` ends no connection that sends half a head or nothing, and is as fast (docs/decisions/0010).
 * @module
 */
import type { Logger } from "../../../storage/environment.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { answerHead } from "./answer_head.ts";
import { type ConnectionHost, HttpConnection } from "./connection.ts";
import { OutputBuffers } from "./output_buffers.ts";
import type { ServerLimits } from "./server_limits.ts";

export interface HttpServerOptions {
  readonly limits: ServerLimits;
  readonly handle: (request: Request) => Response | Promise<Response>;
  readonly log: Logger;
}

const MAX_SWEEP_INTERVAL_MS = 250;
const LOG_INTERVAL_MS = 1000;
/** How long a listener rests after the process ran out of file descriptors. */
const OUT_OF_DESCRIPTORS_PAUSE_MS = 100;

export class HttpServer implements ConnectionHost {
  readonly limits: ServerLimits;
  readonly buffers = new OutputBuffers();
  nowMs = performance.now();
  isClosing = false;
  readonly handle: (request: Request) => Response | Promise<Response>;
  readonly #log: Logger;
  readonly #listeners = new Set<Deno.Listener>();
  /** Each with the address it counts for. */
  readonly #connections = new Map<HttpConnection, string | undefined>();
  readonly #countByAddress = new Map<string, number>();
  readonly #sweepIntervalMs: number;
  #inFlight = 0;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #whenEmpty: (() => void) | undefined;
  #lastRefusalLogMs = -Infinity;

  constructor(options: HttpServerOptions) {
    this.limits = options.limits;
    this.handle = options.handle;
    this.#log = options.log;
    const { headMs, bodyMs, idleMs, writeMs } = options.limits;
    const shortest = Math.min(headMs, bodyMs, idleMs, writeMs);
    this.#sweepIntervalMs = Math.max(5, Math.min(MAX_SWEEP_INTERVAL_MS, shortest / 4));
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes connections from `listener`, which is closed with the server. */
  serve(listener: Deno.Listener): void {
    this.#listeners.add(listener);
    void this.#accept(listener);
  }

  /** Takes no more connections and requests; resolves when what is on its way has been answered. */
  async shutdown(): Promise<void> {
    this.isClosing = true;
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    for (const connection of this.#connections.keys()) connection.closeIfIdle();
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#whenEmpty = resolve);
  }

  /** Ends all connections, whatever is on its way. */
  close(): void {
    for (const connection of this.#connections.keys()) connection.close();
    clearInterval(this.#sweeper);
  }

  // For connections.

  beginRequest(): boolean {
    if (this.#inFlight >= this.limits.requestsInFlight) return false;
    this.#inFlight++;
    return true;
  }

  endRequest(): void {
    this.#inFlight--;
  }

  report(error: unknown): void {
    this.#log("error", `HTTP: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    while (!this.isClosing) {
      let socket: Deno.Conn;
      try {
        socket = await listener.accept();
      } catch (error) {
        if (this.isClosing) return;
        if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.ConnectionAborted) {
          continue;
        }
        this.#log(
          "error",
          `HTTP: could not accept a connection: ${error instanceof Error ? error.message : error}. ` +
            "Raise the limit of open files (ulimit -n)",
        );
        await new Promise((resolve) => setTimeout(resolve, OUT_OF_DESCRIPTORS_PAUSE_MS));
        continue;
      }
      this.#welcome(socket);
    }
  }

  #welcome(socket: Deno.Conn): void {
    const address = "hostname" in socket.remoteAddr ? socket.remoteAddr.hostname : undefined;
    const refusal = this.#refusal(address);
    if (refusal !== undefined) return this.#turnAway(socket, refusal);
    if ("setNoDelay" in socket) {
      const tcp = socket as Deno.TcpConn;
      try {
        tcp.setNoDelay(true);
        tcp.setKeepAlive(true); // a stream's reader whose machine is gone
      } catch {
        return socket.close(); // it is gone already
      }
    }
    if (this.#connections.size === 0) this.#startSweeping();
    const connection = new HttpConnection(socket, this);
    this.#connections.set(connection, address);
    if (address !== undefined) {
      this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1);
    }
    void connection.run().then(() => this.#forget(connection));
  }

  #forget(connection: HttpConnection): void {
    const address = this.#connections.get(connection);
    this.#connections.delete(connection);
    if (address !== undefined) {
      const left = this.#countByAddress.get(address)! - 1;
      if (left === 0) this.#countByAddress.delete(address);
      else this.#countByAddress.set(address, left);
    }
    if (this.#connections.size > 0) return;
    clearInterval(this.#sweeper);
    this.#whenEmpty?.();
  }

  #startSweeping(): void {
    this.nowMs = performance.now();
    this.#sweeper = setInterval(() => this.#sweep(), this.#sweepIntervalMs);
  }

  #sweep(): void {
    this.nowMs = performance.now();
    for (const connection of this.#connections.keys()) connection.checkDeadline(this.nowMs);
  }

  /** Why no more connections are taken from `address`, in the log's words. */
  #refusal(address: string | undefined): string | undefined {
    const { connections, connectionsPerAddress } = this.limits;
    if (this.#connections.size >= connections) {
      return `${connections} connections are open (http.max.connections)`;
    }
    if (address === undefined) return undefined;
    if ((this.#countByAddress.get(address) ?? 0) < connectionsPerAddress) return undefined;
    return `${address} has ${connectionsPerAddress} connections open (http.max.connections.per.ip)`;
  }

  #turnAway(socket: Deno.Conn, why: string): void {
    const now = performance.now();
    if (now - this.#lastRefusalLogMs >= LOG_INTERVAL_MS) {
      this.#lastRefusalLogMs = now;
      this.#log("warn", `HTTP: turned a connection away: ${why}`);
    }
    const { status, fields, payload } = new ApiError(
      503,
      ApiErrorCode.TOO_MANY_CONNECTIONS,
      `No more connections are taken: ${why}. Come again in a second, or keep connections and use them again.`,
      { "retry-after": "1" },
    ).toResponse();
    const text = payload as string;
    const head = answerHead({ status, fields, length: text.length, isChunked: false, keepsAlive: false });
    void sendAndClose(socket, new TextEncoder().encode(head + text));
  }
}

/** For a few bytes, which the socket's buffer takes. */
async function sendAndClose(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  try {
    await socket.write(bytes);
    await socket.closeWrite();
  } catch {
    // It is gone already.
  }
  socket.close();
}
