/**
 * The loop: acceptor, processor and handler on one thread that never waits but in `Poller.wait`.
 *
 * One turn: sleep until something is ready or due → accept and receive, each whole frame handed to the handler at once
 * → what the I/O Worker finished → what is due by time → what an append woke → send what was answered. Steps may
 * feed later ones within the turn; replies leave last, so that all of a turn's answers to one client go in one call.
 *
 * Nothing here is asynchronous: promises and timers of the runtime do not run on this thread.
 * @module
 */
import type { Limits } from "../config.ts";
import type { ScalarName } from "../metrics/layout.ts";
import type { Metrics } from "../metrics/metrics.ts";
import {
  type Listener,
  type Pollable,
  type Poller,
  READABLE,
  type Socket,
  type SocketAddress,
  WRITABLE,
} from "../transport.ts";
import type { Clock, Logger } from "../../storage/environment.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Complaints } from "./complaints.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import type { PendingReply } from "./reply.ts";
import { httpRefusal, isHttp } from "./http_refusal.ts";
import { Relay, type RelayHost } from "./relay.ts";

export interface ReactorOptions {
  readonly poller: Poller;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: Limits;
  readonly metrics: Metrics;
  /** A whole request frame. See {@link ConnectionHost.handleFrame}. */
  readonly handleFrame: (connection: Connection, bytes: Uint8Array, start: number, end: number) => void;
  /** A connection to the HTTP server, for HTTP that comes to the Kafka port; undefined: there is no such server. May throw. */
  readonly connectHttp?: (() => Socket) | undefined;
  /** Called for each connection that was accepted. */
  readonly onOpened?: (connection: Connection) => void;
  /** Called when a connection has ended. */
  readonly onClosed?: (connection: Connection) => void;
  /** Called once a turn, after requests were handled: outcomes of the I/O Worker, woken fetches. */
  readonly afterRequests: () => void;
  /** Asked in every turn whether the broker should drain and stop. */
  readonly shouldStop: () => boolean;
}

/** Large enough that one receive empties the socket buffers of this kernel's defaults. */
const RECEIVE_SCRATCH_BYTES = 1024 * 1024;
/** While memory for requests is used up: what is left of a frame in it has to be held all the same. */
const SMALL_RECEIVE_BYTES = 64 * 1024;
const SEND_SCRATCH_BYTES = 256 * 1024;
const POOLED_BYTES = 32 * 1024 * 1024;
const SWEEP_INTERVAL_MS = 1000;
/** While memory for requests is used up, the one whose turn it is must go on sending: it is ended after this long without a byte. */
const STALL_MS = 1000;
/** No more than this many accepts in a row, so that a flood of connections does not starve those that are there. */
const ACCEPTS_PER_TURN = 64;
/** How long a listener rests after the process ran out of file descriptors. */
const OUT_OF_DESCRIPTORS_PAUSE_MS = 100;

export class Reactor implements ConnectionHost, RelayHost {
  readonly sendScratch = new Uint8Array(SEND_SCRATCH_BYTES);
  readonly maxFrameBytes: number;
  readonly maxPendingReplies: number;
  /** On the monotonic clock; read once a turn. */
  nowMs: number;
  readonly deadlines = new Deadlines();

  readonly #receiveScratch = new Uint8Array(RECEIVE_SCRATCH_BYTES);
  readonly #smallReceiveScratch = this.#receiveScratch.subarray(0, SMALL_RECEIVE_BYTES);
  readonly #options: ReactorOptions;
  readonly #poller: Poller;
  readonly #pool = new BufferPool(POOLED_BYTES);
  readonly #complaints: Complaints;
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Map<Socket, Connection>();
  /** Sockets to the HTTP server, and whose bytes each carries. */
  readonly #relayed = new Map<Socket, Connection>();
  readonly #connectionsByAddress = new Map<string, number>();
  /** Connections with part of a frame, the one that began first in front, and the bytes each holds. */
  readonly #holders = new Map<Connection, number>();
  readonly #starved = new Set<Connection>();
  #heldBytes = 0;
  #flushes: Connection[] = [];
  #nextConnectionId = 1;
  #nextSweepMs = 0;
  #limits: Limits;
  /** When something first came up in this turn; undefined: nothing has yet. */
  #wokeMs: number | undefined;
  /** When the last turn ended. */
  #restedMs: number;
  /** What counts a connection that is being ended for the reactor's own reasons. */
  #endCounter: ScalarName | undefined;
  /** Have gone, and are to be counted. */
  readonly #replied: PendingReply[] = [];
  readonly #onReady = (pollable: Pollable, readiness: number) => this.#handleReady(pollable, readiness);

  constructor(options: ReactorOptions) {
    this.#options = options;
    this.#limits = this.limits = options.limits;
    this.#poller = options.poller;
    this.#complaints = new Complaints(options.log);
    this.maxFrameBytes = options.limits.requestBytes;
    this.maxPendingReplies = options.limits.requestsInFlightPerConnection;
    this.nowMs = this.#restedMs = options.clock.monotonic();
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** May be replaced: counts for connections that come next; `maxFrameBytes` and `maxPendingReplies` stay as they are. */
  set limits(limits: Limits) {
    this.#limits = limits;
    this.#options.metrics.set("maxHeldRequestBytes", limits.requestBytesInFlight);
  }

  get receiveScratch(): Uint8Array {
    return this.#isMemoryUsedUp ? this.#smallReceiveScratch : this.#receiveScratch;
  }

  get relayScratch(): Uint8Array {
    return this.#smallReceiveScratch;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Begins to accept from `listener`, which the reactor closes when it stops. */
  listen(listener: Listener): void {
    this.#listeners.add(listener);
    this.#poller.add(listener, READABLE);
  }

  /** Runs until `shouldStop`, then takes no new connections. Follow with {@link drain}. */
  run(): void {
    this.#restedMs = this.#options.clock.monotonic();
    while (!this.#options.shouldStop()) this.#turn(Infinity);
    for (const listener of this.#listeners) this.#closeListener(listener);
  }

  /**
   * Answers what has been read, reads no more, and closes every connection; those whose client does not take its
   * answers within `withinMs` are cut off. Returns how many were.
   */
  drain(withinMs: number): number {
    this.#restedMs = this.#options.clock.monotonic();
    const untilMs = this.#restedMs + withinMs;
    for (const connection of [...this.#connections.values()]) connection.finish();
    while (this.#connections.size > 0 && this.nowMs < untilMs) this.#turn(untilMs);
    const cutOffCount = this.#connections.size;
    for (const connection of [...this.#connections.values()]) connection.close(undefined);
    return cutOffCount;
  }

  // What connections need of their host.

  handleFrame(connection: Connection, bytes: Uint8Array, start: number, end: number): void {
    this.#options.handleFrame(connection, bytes, start, end);
  }

  scheduleFlush(connection: Connection): void {
    if (connection.isFlushScheduled) return;
    connection.isFlushScheduled = true;
    this.#flushes.push(connection);
  }

  setInterest(connection: Connection, interest: number): void {
    this.#poller.modify(connection.socket, interest);
  }

  takeBuffer(length: number): Uint8Array {
    return this.#pool.take(length);
  }

  giveBuffer(buffer: Uint8Array): void {
    this.#pool.give(buffer);
  }

  /**
   * While unfinished requests fill the memory they may have, of those that hold some only the one that began first goes
   * on: so at least one always gets done. Whoever holds nothing is received from all the time: what comes whole needs no
   * memory, and three clients with large halves must not stop those with small requests.
   */
  mayReceive(connection: Connection): boolean {
    if (!this.#isMemoryUsedUp || !this.#holders.has(connection)) return true;
    if (this.#firstHolder() === connection) return true;
    this.#starved.add(connection);
    return false;
  }

  setHeldBytes(connection: Connection, bytes: number): void {
    const before = this.#holders.get(connection) ?? 0;
    if (bytes === 0) this.#holders.delete(connection);
    else this.#holders.set(connection, bytes);
    this.#heldBytes += bytes - before;
    this.#options.metrics.set("heldRequestBytes", this.#heldBytes);
    if (bytes < before && this.#starved.size > 0) this.#feedStarved();
  }

  takeHttp(connection: Connection, bytes: Uint8Array, start: number, end: number): boolean {
    if (!isHttp(bytes, start)) return false;
    const { connectHttp } = this.#options;
    let server: Socket;
    try {
      if (connectHttp === undefined) return this.#refuseHttp(connection, true);
      server = connectHttp();
    } catch (error) {
      this.#complaints.add(`could not hand an HTTP connection on: ${(error as Error).message}`);
      return this.#refuseHttp(connection, false);
    }
    this.#relayed.set(server, connection);
    this.#poller.add(server, READABLE);
    connection.relay = new Relay(connection.socket, server, bytes.subarray(start, end), this);
    this.#carry(connection, connection.relay, server, 0);
    return true;
  }

  setRelayInterest(socket: Socket, interest: number): void {
    this.#poller.modify(socket, interest);
  }

  unwatchRelayed(socket: Socket): void {
    this.#relayed.delete(socket);
    this.#poller.remove(socket);
  }

  countReceived(bytes: number): void {
    this.#options.metrics.add("receivedBytes", bytes);
  }

  countSent(bytes: number, bySendfile: number): void {
    this.#options.metrics.add("sentBytes", bytes);
    if (bySendfile > 0) this.#options.metrics.add("sendfileBytes", bySendfile);
  }

  replied(reply: PendingReply): void {
    if (reply.apiKey >= 0) this.#replied.push(reply);
  }

  closed(connection: Connection, reason: string | undefined): void {
    this.#poller.remove(connection.socket);
    this.#connections.delete(connection.socket);
    this.#starved.delete(connection);
    if (connection.relay !== undefined) {
      const { server } = connection.relay;
      if (this.#relayed.has(server)) this.unwatchRelayed(server);
      server.close();
    }
    const { host } = connection.socket.peer;
    const left = (this.#connectionsByAddress.get(host) ?? 1) - 1;
    if (left === 0) this.#connectionsByAddress.delete(host);
    else this.#connectionsByAddress.set(host, left);
    this.#options.metrics.set("connections", this.#connections.size);
    this.#options.onClosed?.(connection);
    const counter = this.#endCounter ?? (reason === undefined ? undefined : "brokenConnections");
    if (counter !== undefined) this.#options.metrics.add(counter, 1);
    if (reason !== undefined) {
      this.#complaints.add(`closed the connection from ${connection.name}: it ${reason}`);
    }
  }

  // The loop.

  #turn(untilMs: number): void {
    const { clock, afterRequests, metrics } = this.#options;
    this.#wokeMs = undefined;
    this.#poller.wait(this.#timeoutMs(untilMs), this.#onReady);
    this.nowMs = clock.monotonic();
    const wokeMs = this.#wokeMs ?? this.nowMs;
    metrics.add("turns", 1);
    this.deadlines.runDue(this.nowMs);
    afterRequests();
    if (this.nowMs >= this.#nextSweepMs) this.#sweep();
    // A flush may resume a paused connection, whose requests are answered and flushed in turn.
    while (this.#flushes.length > 0) {
      const flushes = this.#flushes;
      this.#flushes = [];
      for (const connection of flushes) {
        connection.isFlushScheduled = false;
        connection.flush();
        this.#observeReplied();
      }
      afterRequests();
    }
    // Those that went when a socket had room again.
    this.#observeReplied();
    this.#restedMs = clock.monotonic();
    metrics.observe("turn", (this.#restedMs - wokeMs) / 1000);
  }

  #observeReplied(): void {
    if (this.#replied.length === 0) return;
    const { clock, metrics } = this.#options;
    const nowMs = clock.monotonic();
    for (const { apiKey, startedMs, parkedMs } of this.#replied) {
      metrics.observeRequest(apiKey, nowMs - startedMs, parkedMs);
    }
    this.#replied.length = 0;
  }

  #timeoutMs(untilMs: number): number {
    // Answered before the turn began, as fetches that wait are when the broker stops.
    if (this.#flushes.length > 0) return 0;
    let dueMs = Math.min(untilMs, this.deadlines.nextMs() ?? Infinity);
    if (this.#connections.size > 0) dueMs = Math.min(dueMs, this.#nextSweepMs);
    if (dueMs === Infinity) return -1;
    return Math.min(0x7fffffff, Math.max(0, Math.ceil(dueMs - this.#restedMs)));
  }

  #handleReady(pollable: Pollable, readiness: number): void {
    this.nowMs = this.#options.clock.monotonic();
    this.#wokeMs ??= this.nowMs;
    const connection = this.#connections.get(pollable as Socket);
    if (connection === undefined) {
      if (this.#listeners.has(pollable as Listener)) return this.#accept(pollable as Listener);
      const carried = this.#relayed.get(pollable as Socket);
      if (carried !== undefined) this.#carry(carried, carried.relay!, pollable as Socket, readiness);
      return;
    }
    if (connection.relay !== undefined) {
      return this.#carry(connection, connection.relay, connection.socket, readiness);
    }
    // In this order: what is readable was found with the interest that the connection has now.
    if ((readiness & READABLE) !== 0) connection.onReadable();
    if ((readiness & WRITABLE) !== 0) connection.onWritable();
  }

  #carry(connection: Connection, relay: Relay, socket: Socket, readiness: number): void {
    connection.lastActiveMs = this.nowMs;
    let isDone: boolean;
    try {
      isDone = relay.carry(socket, readiness);
    } catch {
      isDone = true; // one of the two is gone, which is no news
    }
    if (isDone) connection.close(undefined);
  }

  /** Best effort: what the socket does not take at once is not waited for. */
  #refuseHttp(connection: Connection, isOff: boolean): true {
    connection.socket.send(httpRefusal(isOff), false);
    connection.finish(isOff ? "sent an HTTP request, and HTTP is switched off (http.listen)" : undefined);
    return true;
  }

  #accept(listener: Listener): void {
    for (let i = 0; i < ACCEPTS_PER_TURN; i++) {
      let socket: Socket | undefined;
      try {
        socket = listener.accept();
      } catch (error) {
        return this.#restListener(listener, error);
      }
      if (socket === undefined) return;
      const refusal = this.#refusal(socket.peer);
      if (refusal !== undefined) {
        this.#options.metrics.add("refusedConnections", 1);
        this.#complaints.add(refusal);
        socket.close();
        continue;
      }
      this.#add(socket);
    }
  }

  #add(socket: Socket): void {
    const { host } = socket.peer;
    this.#connectionsByAddress.set(host, (this.#connectionsByAddress.get(host) ?? 0) + 1);
    const connection = new Connection(this.#nextConnectionId++, socket, this);
    this.#connections.set(socket, connection);
    this.#poller.add(socket, READABLE);
    this.#options.metrics.add("acceptedConnections", 1);
    this.#options.metrics.set("connections", this.#connections.size);
    this.#options.onOpened?.(connection);
  }

  #refusal(peer: SocketAddress): string | undefined {
    // The gateway is the broker's own: whoever fills the Kafka port must not lock out HTTP.
    if (peer.family === "unix") return undefined;
    const { connections, connectionsPerAddress } = this.limits;
    if (this.#connections.size >= connections) {
      return `refused a connection from ${peer.host}: ${this.#connections.size} are open and max.connections is ${connections}`;
    }
    const ofAddress = this.#connectionsByAddress.get(peer.host) ?? 0;
    if (ofAddress >= connectionsPerAddress) {
      return `refused a connection from ${peer.host}: it has ${ofAddress} open and max.connections.per.ip is ${connectionsPerAddress}`;
    }
  }

  #restListener(listener: Listener, error: unknown): void {
    this.#options.log(
      "error",
      `could not accept a connection: ${(error as Error).message}. Raise the limit of open files (ulimit -n)`,
    );
    this.#poller.modify(listener, 0);
    this.deadlines.add(this.nowMs + OUT_OF_DESCRIPTORS_PAUSE_MS, () => {
      if (this.#listeners.has(listener)) this.#poller.modify(listener, READABLE);
    });
  }

  #closeListener(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#poller.remove(listener);
    listener.close();
  }

  get #isMemoryUsedUp(): boolean {
    return this.#heldBytes >= this.limits.requestBytesInFlight;
  }

  /** The one that began first, of those that are read from. */
  #firstHolder(): Connection | undefined {
    for (const connection of this.#holders.keys()) if (!connection.isPaused) return connection;
  }

  /** Ends the one that all others wait for, if it does not go on. */
  #endStalledHolder(): void {
    const first = this.#firstHolder();
    if (first === undefined || this.nowMs - first.lastActiveMs < STALL_MS) return;
    this.#end(
      first,
      "stalledConnections",
      `stopped sending in the middle of a request, while unfinished requests held ${this.#heldBytes} bytes and may hold ` +
        `${this.limits.requestBytesInFlight} (queued.max.request.bytes)`,
    );
  }

  #end(connection: Connection, counter: ScalarName, reason: string | undefined): void {
    this.#endCounter = counter;
    connection.close(reason);
    this.#endCounter = undefined;
  }

  #feedStarved(): void {
    const starved = [...this.#starved];
    this.#starved.clear();
    for (const connection of starved) {
      // It was kept from sending: its time begins now.
      connection.lastActiveMs = this.nowMs;
      connection.resume();
    }
  }

  /** Ends connections that are idle, or whose request does not get finished. */
  #sweep(): void {
    this.#nextSweepMs = this.nowMs + SWEEP_INTERVAL_MS;
    this.#complaints.endInterval();
    if (this.#isMemoryUsedUp) this.#endStalledHolder();
    const { connectionIdleMs, requestReadMs } = this.limits;
    for (const connection of this.#connections.values()) {
      const { frameStartedMs } = connection;
      if (frameStartedMs !== undefined && this.nowMs - frameStartedMs > requestReadMs) {
        this.#end(
          connection,
          "halfRequestConnections",
          `sent part of a request and not the rest within ${requestReadMs} ms (milena.request.read.timeout.ms)`,
        );
      } else if (
        this.nowMs - connection.lastActiveMs > connectionIdleMs && connection.socket.peer.family !== "unix"
      ) {
        this.#end(connection, "idleConnections", undefined);
      }
    }
  }
}
