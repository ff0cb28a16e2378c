/**
 * One connection to a broker of the Kafka protocol, over TCP or a Unix socket, with many requests in flight.
 *
 * What must be true:
 * - Answers come in the order of the requests; each must carry the correlation id of the oldest unanswered request, or
 *   the connection is given up, because nothing that follows can be trusted.
 * - A request that is not answered in time ends the connection, for the same reason: the answers behind it are stuck.
 * - When the connection ends, every request in flight is rejected, once, with the cause.
 * - A response is decoded as a view of what was received; these bytes are never written over (see ResponseFrames).
 *
 * Versions are negotiated once, when connecting: each request goes in the highest version that its codec and the
 * broker both know.
 * @module
 */
import { type Api, api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { encodeRequestHeader } from "../protocol/header.ts";
import type { ApiVersionsResponse } from "../protocol/messages/18_api_versions.ts";
import { Reader, type Writer } from "../protocol/primitives.ts";
import { type BrokerAddress, formatAddress } from "./address.ts";
import { ConnectionError, type ConnectionFailure } from "./connection_error.ts";
import { decodeResponse } from "./decode_response.ts";
import type { HeldRequests } from "./held_requests.ts";
import { type PendingRequest, PendingRequests } from "./pending_requests.ts";
import { promiseWithResolvers } from "./promise_with_resolvers.ts";
import { ResponseError } from "./response_error.ts";
import { ResponseFrames } from "./response_frames.ts";
import type { SaslMechanism } from "./security/sasl_mechanism.ts";
import { SaslSession } from "./security/sasl_session.ts";
import type { Security } from "./security/security.ts";
import { SendQueue } from "./send_queue.ts";
import { openSocket } from "./sockets/open_socket.ts";
import type { Socket } from "./sockets/socket.ts";
import { tlsAdvice } from "./sockets/tls_failure.ts";

/** The codecs of one API, an entry of `api`: what a request takes, and what its answer gives. */
export type AskedApi<Body, Answer> = Api<unknown, Body, Answer, never>;

export interface ConnectionOptions {
  readonly address: BrokerAddress;
  /** Told to the broker with every request. */
  readonly clientId: string;
  /** Without: what is sent can be read on the way, and nobody is asked who they are. */
  readonly security?: Security | undefined;
  /** Most milliseconds until connected and agreed on versions. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Most milliseconds from a request to its answer. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Largest response taken, bytes. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

export interface RequestOptions {
  /** Instead of the connection's. */
  readonly timeoutMs?: number;
  /** No higher version than this, though both sides know it. */
  readonly maxVersion?: number;
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
export const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
export const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

const SOFTWARE_NAME = "milena";
/** The version in deno.json, which a test holds it against. */
export const SOFTWARE_VERSION = "0.1.0";

interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export class Connection implements Disposable {
  /** Opens a connection and agrees on versions. Throws a ConnectionError if that can't be done. */
  static async connect(options: ConnectionOptions): Promise<Connection> {
    const timeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const deadline = performance.now() + timeoutMs;
    const socket = await openSocket(options.address, { timeoutMs, tls: options.security?.tls });
    const connection = new Connection(socket, options);
    try {
      await connection.#negotiate(Math.max(1, deadline - performance.now()));
      await connection.#session?.prove(Math.max(1, deadline - performance.now()));
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  readonly #socket: Socket;
  readonly #security: Security;
  readonly #peer: string;
  readonly #clientId: string;
  readonly #requestTimeoutMs: number;
  readonly #frames: ResponseFrames;
  readonly #ended = promiseWithResolvers<ConnectionError>();
  #versions: ReadonlyMap<number, VersionRange> = new Map();
  readonly #pending = new PendingRequests((late) => this.#endLate(late));
  readonly #outgoing: SendQueue;
  #nextCorrelationId = 0;
  readonly #session: SaslSession | undefined;
  /** How many came. */
  #answers = 0;
  #error: ConnectionError | undefined;

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#outgoing = new SendQueue(socket, (error) => this.#endBroken("sending", error));
    this.#security = options.security ?? {};
    this.#peer = formatAddress(options.address);
    this.#clientId = options.clientId;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    this.#frames = new ResponseFrames(options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES);
    this.#session = options.security?.sasl && this.#sessionOf(options.security.sasl);
    void this.#receive();
  }

  /** False once the connection has ended: nothing can be requested any more. */
  get isOpen(): boolean {
    return this.#error === undefined;
  }

  /** Requests that wait for their answers. */
  get inFlight(): number {
    return this.#pending.count + (this.#session?.heldCount ?? 0);
  }

  /** Resolves when the connection has ended, with the reason. */
  get ended(): Promise<ConnectionError> {
    return this.#ended.promise;
  }

  /** The highest version of `api` that both sides know, no higher than `maxVersion`; undefined if there is none. */
  versionOf<Body, Answer>(asked: AskedApi<Body, Answer>, maxVersion = Infinity): number | undefined {
    const theirs = this.#versions.get(asked.key);
    if (theirs === undefined) return undefined;
    const version = Math.min(theirs.max, asked.request.versions.max, maxVersion);
    return version < Math.max(theirs.min, asked.request.versions.min) ? undefined : version;
  }

  /**
   * Sends a request and resolves with its answer, whose `bytes` and `records` are views that stay as they are. `body` may
   * be reused as soon as this returns. Rejects with a ConnectionError; error codes within the answer are the caller's.
   */
  request<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options: RequestOptions = {},
  ): Promise<Answer> {
    try {
      return this.#request(
        asked,
        this.#agreedVersion(asked, options),
        body,
        options.timeoutMs,
        this.#session?.heldNow(),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends a request that has no answer (Produce with acks=0). Resolves when the socket has taken it. */
  async send<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    body: Body,
    options: RequestOptions = {},
  ): Promise<void> {
    const version = this.#agreedVersion(asked, options);
    const held = this.#session?.heldNow();
    this.#encode(held?.writer ?? this.#outgoing.writer, asked, version, body);
    if (held === undefined) this.#outgoing.flushSoon();
    else await held.released;
    await this.#outgoing.sent;
    if (this.#error !== undefined) throw this.#endedWith(true);
  }

  /** Ends the connection; requests in flight are rejected. */
  close(): void {
    this.#end("closed", `the connection to ${this.#peer} was closed on this side`);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #agreedVersion<Body, Answer>(asked: AskedApi<Body, Answer>, options: RequestOptions): number {
    if (this.#error !== undefined) throw this.#endedWith(false);
    const version = this.versionOf(asked, options.maxVersion);
    if (version !== undefined) return version;
    const { name, key, request: { versions } } = asked;
    const theirs = this.#versions.get(key);
    throw new ConnectionError(
      "unsupported",
      `the broker at ${this.#peer} ` +
        (theirs === undefined
          ? `does not offer ${name}`
          : `offers ${name} in versions ${theirs.min} to ${theirs.max}`) +
        `; this client knows versions ${versions.min} to ${
          Math.min(versions.max, options.maxVersion ?? Infinity)
        }`,
      false,
    );
  }

  #request<Body, Answer>(
    asked: AskedApi<Body, Answer>,
    version: number,
    body: Body,
    timeoutMs = this.#requestTimeoutMs,
    held?: HeldRequests,
  ): Promise<Answer> {
    const correlationId = this.#encode(held?.writer ?? this.#outgoing.writer, asked, version, body);
    const deadline = performance.now() + timeoutMs;
    const answer = new Promise<Answer>((resolve, reject) => {
      (held ?? this.#pending).add({
        correlationId,
        name: asked.name,
        deadline,
        timeoutMs,
        take: (frame) => resolve(decodeResponse(asked, version, frame)),
        reject,
      });
    });
    if (held === undefined) this.#outgoing.flushSoon();
    return answer;
  }

  /** Appends the frame of a request; returns its correlation id. */
  #encode<Body>(writer: Writer, asked: AskedApi<Body, unknown>, version: number, body: Body): number {
    const correlationId = this.#nextCorrelationId;
    asked.request.size(version, body); // throws if the version can't carry the body, while nothing is written yet
    const start = writer.gap(4);
    encodeRequestHeader(writer, asked.requestHeaderVersion(version), {
      apiKey: asked.key,
      apiVersion: version,
      correlationId,
      clientId: this.#clientId,
    });
    asked.request.encode(writer, version, body);
    writer.patchInt32(start, writer.position - start - 4);
    this.#nextCorrelationId = (correlationId + 1) & 0x7fffffff;
    return correlationId;
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const count = await this.#socket.read(this.#frames.space());
        if (count === null) {
          return this.#end("closed", `the broker at ${this.#peer} closed the connection${this.#guess()}`);
        }
        this.#frames.received(count);
        for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
          this.#take(frame);
        }
      }
    } catch (error) {
      if (error instanceof RangeError) {
        this.#end("too-large", `the broker at ${this.#peer} sent too much: ${error.message}`, error);
      } else if (error instanceof ConnectionError) {
        this.#end(error.failure, error.message, error);
      } else {
        this.#endBroken("receiving", error);
      }
    }
  }

  #take(frame: Uint8Array): void {
    const { oldest } = this.#pending;
    const correlationId = new Reader(frame).int32();
    if (frame.length < 4 || correlationId !== oldest?.correlationId) {
      throw new ConnectionError(
        "protocol",
        `the broker at ${this.#peer} answered with correlation id ${correlationId}, where ` +
          `${
            oldest === undefined ? "nothing was asked" : `${oldest.correlationId} (${oldest.name}) was due`
          }: ` +
          "is it a Kafka broker?",
        true,
      );
    }
    oldest.take(frame);
    this.#pending.shift();
    this.#answers++;
  }

  async #negotiate(timeoutMs: number): Promise<void> {
    const body = { clientSoftwareName: SOFTWARE_NAME, clientSoftwareVersion: SOFTWARE_VERSION };
    let version = api.ApiVersions.request.versions.max;
    for (;;) {
      const answer: ApiVersionsResponse = await this.#request(api.ApiVersions, version, body, timeoutMs);
      if (answer.errorCode === ErrorCode.NONE) {
        this.#versions = new Map(
          answer.apiKeys.map((one) => [one.apiKey, { min: one.minVersion, max: one.maxVersion }]),
        );
        return;
      }
      // KIP-511: a broker that does not know this version answers in version 0, and says which it knows.
      const known = answer.apiKeys.find((one) => one.apiKey === api.ApiVersions.key)?.maxVersion ?? 0;
      if (answer.errorCode !== ErrorCode.UNSUPPORTED_VERSION || known >= version) {
        throw new ResponseError(answer.errorCode, `agree on versions with the broker at ${this.#peer}`);
      }
      version = known;
    }
  }

  #sessionOf(mechanism: SaslMechanism): SaslSession {
    return new SaslSession({
      mechanism,
      peer: this.#peer,
      timeoutMs: this.#requestTimeoutMs,
      ask: async (asked, body, timeoutMs) =>
        await this.#request(asked, this.#agreedVersion(asked, {}), body, timeoutMs),
      onRenewed: (held) => {
        this.#outgoing.writer.raw(held.writer.bytes());
        for (const request of held.requests) this.#pending.add(request);
        this.#outgoing.flushSoon();
        held.release();
      },
      onRefused: ({ failure, message, cause }) => this.#end(failure, message, cause),
    });
  }

  #endedWith(sent: boolean): ConnectionError {
    const { failure, message } = this.#error!;
    return new ConnectionError(failure, message, sent, { cause: this.#error });
  }

  #endLate({ name, timeoutMs }: PendingRequest): void {
    this.#end(
      "timeout",
      `the broker at ${this.#peer} did not answer ${name} within ${Math.round(timeoutMs)} ms; ` +
        "the connection was given up",
    );
  }

  #endBroken(during: "sending" | "receiving", error: unknown): void {
    const advice = this.#security.tls === undefined ? undefined : tlsAdvice(error);
    const said = error instanceof Error ? error.message : String(error);
    if (advice !== undefined) {
      this.#end("tls", `no TLS with the broker at ${this.#peer}: ${advice} (${said})`, error);
    } else {
      this.#end(
        "closed",
        `the connection to ${this.#peer} broke while ${during}: ${said}${this.#guess()}`,
        error,
      );
    }
  }

  /** Why the other side may have gone away so early. Brokers don't say it in words of the protocol. */
  #guess(): string {
    const { tls, sasl } = this.#security;
    if (this.#answers === 0 && tls === undefined) {
      return " before it had answered: does that port want TLS (security.protocol)?";
    }
    if (this.#answers === 1 && sasl === undefined) {
      return " on the first request: does that port want to know who asks (security.protocol SASL_SSL or SASL_PLAINTEXT)?";
    }
    return "";
  }

  #end(failure: ConnectionFailure, message: string, cause?: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = new ConnectionError(failure, message, true, { cause });
    this.#outgoing.stop();
    try {
      this.#socket.close();
    } catch {
      // It is closed already: the other side was faster.
    }
    for (const { reject } of this.#pending.drain()) reject(this.#endedWith(true));
    const held = this.#session?.end();
    for (const { reject } of held?.requests ?? []) reject(this.#endedWith(false));
    held?.release();
    this.#ended.resolve(this.#error);
  }
}
