/**
 * One client's connection: requests come out of it one after the other, and each is answered before the next is looked at.
 *
 * Waiting. Whatever a connection waits for it notes as its phase, with the time; the server looks at all connections a few
 * times a second (`checkDeadline`), so that no request needs a timer of its own.
 *
 * The client's going is noticed by the read that is on its way. While a request is handled there is one only if somebody
 * asked for its signal, or its answer is a stream: the many that are answered at once do without.
 *
 * Backpressure. The next chunk of a stream is asked for when the socket has taken the last one; a body's next piece is
 * received when its reader asks for it. A client that does not read, or a handler that does not, holds one chunk.
 * @module
 */
import { ApiError } from "../api_error.ts";
import { announcedLength, saysClose } from "./answer_fields.ts";
import { answerHead } from "./answer_head.ts";
import { ByteResponse } from "./byte_response.ts";
import { HeadParser } from "./head_parser.ts";
import { Inbound } from "./inbound.ts";
import { BodyCutOff, type BodyHost, IncomingBody } from "./incoming_body.ts";
import { IncomingRequest } from "./incoming_request.ts";
import {
  type OutputBuffers,
  putBody,
  putHead,
  SMALL_BODY_BYTES,
  SMALL_TEXT_LENGTH,
} from "./output_buffers.ts";
import { internalError, malformed, timedOut, tooManyRequests } from "./refusals.ts";
import type { RequestHead } from "./request_head.ts";
import type { ServerLimits } from "./server_limits.ts";
import { writeStream } from "./stream_writer.ts";

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly limits: ServerLimits;
  readonly buffers: OutputBuffers;
  /** Monotonic, as old as the last look at the connections. */
  readonly nowMs: number;
  /** No further request is taken. */
  readonly isClosing: boolean;
  handle(request: Request): Response | Promise<Response>;
  /** False if too many requests are in flight. */
  beginRequest(): boolean;
  endRequest(): void;
  /** An error of our own. */
  report(error: unknown): void;
}

/** What is being waited for. */
const Phase = {
  /** A request's first byte. */
  IDLE: 0,
  /** The rest of a head. */
  HEAD: 1,
  BODY: 2,
  /** The handler, or a stream's next chunk: as long as they like. */
  HANDLER: 3,
  /** The client, to take an answer. */
  WRITE: 4,
  /** The client, to take a stream's chunk: as long as it likes. */
  STREAM: 5,
  /** The client, to read the last answer and go. */
  LINGER: 6,
} as const;

type Phase = typeof Phase[keyof typeof Phase];

/** So that a body that nobody wants does not end the connection, if so much of it is left. */
const MAX_SKIPPED_BYTES = 64 * 1024;
/** What a client may send that was told to go, before it is cut off: cut off at once it might never see the answer. */
const MAX_LINGER_BYTES = 1024 * 1024;
/** Who reads a whole body says by itself when it is late, and better. */
const BODY_GRACE_MS = 1000;
const LINGER_MS = 2000;
/**
 * Of one call to write. Until the client takes them, or goes, they stay in memory even if the connection is given up: up to
 * Deno 2.6, closing a connection does not end a write. So they are copies, and no view that holds a large answer.
 */
const WRITTEN_BYTES = 128 * 1024;
/** Of what has come ahead, and of pieces of a body in chunks. */
const INBOUND_BYTES = 32 * 1024;

const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");
const NO_BODY: ReadonlySet<number> = new Set([204, 304]);

export class HttpConnection implements BodyHost {
  readonly inbound: Inbound;
  readonly #socket: Deno.Conn;
  readonly #host: ConnectionHost;
  readonly #parser: HeadParser;
  #phase: Phase = Phase.IDLE;
  #phaseStartMs: number;
  #isClosed = false;
  /** Of the request being handled. */
  #body: IncomingBody | undefined;
  #abort: AbortController | undefined;
  #isHandling = false;
  #isWatching = false;
  #owesContinue = false;
  #headIsSent = false;
  #failWrite: ((error: Error) => void) | undefined;
  /** The last write: settled, or on its way. */
  #writing: Promise<number> | undefined;
  /** What to do, besides aborting the signal, when the client goes. */
  #onGone: (() => void) | undefined;

  constructor(socket: Deno.Conn, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.inbound = new Inbound(socket, Math.max(INBOUND_BYTES, host.limits.headBytes));
    this.#parser = new HeadParser(host.limits.headBytes);
    this.#phaseStartMs = host.nowMs;
  }

  /** Serves the client until it goes or is sent away. Never rejects. */
  async run(): Promise<void> {
    try {
      let goesOn = true;
      while (goesOn) {
        const head = await this.#readHead();
        if (head === undefined) break;
        goesOn = await this.#serve(head);
      }
    } catch (error) {
      if (error instanceof ApiError) await this.#refuse(error);
      else if (!this.#isClosed && !isBrokenConnection(error)) this.#host.report(error);
    }
    this.close();
    // It counts as a connection as long as its socket is there.
    await this.#writing?.catch(() => {});
  }

  /** Ends it now, whatever is on its way. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#clientIsGone();
    this.#failWrite?.(new Deno.errors.BrokenPipe("The connection was closed."));
    try {
      this.#socket.close();
    } catch {
      // It is closed already.
    }
  }

  /** Ends it if nothing is on its way; else it ends with the answer, as the host `isClosing`. */
  closeIfIdle(): void {
    if (this.#phase === Phase.IDLE) this.close();
  }

  /** Ends it if it waits too long for the client. */
  checkDeadline(nowMs: number): void {
    // It was asked to while the body was still coming.
    if (this.#isHandling && (this.#abort !== undefined || this.#onGone !== undefined)) void this.#watch();
    if (nowMs - this.#phaseStartMs <= this.#allowedMs()) return;
    const isHalfSent = this.#phase === Phase.HEAD || this.#phase === Phase.BODY;
    if (isHalfSent && !this.#headIsSent) this.#sendTimeout();
    this.close();
  }

  // For the body.

  async bodyIsAwaited(): Promise<void> {
    this.#enter(Phase.BODY);
    if (!this.#owesContinue) return;
    this.#owesContinue = false;
    await this.#write(CONTINUE);
  }

  bodyHasCome(): void {
    if (this.#phase === Phase.BODY) this.#enter(Phase.HANDLER);
  }

  // From a request to its answer.

  async #readHead(): Promise<RequestHead | undefined> {
    const { inbound } = this;
    inbound.rest();
    for (;;) {
      if (inbound.length > 0) {
        const head = this.#parser.next(inbound.bytes, inbound.start, inbound.end);
        if (head !== undefined) {
          inbound.start += head.byteLength;
          return head;
        }
      }
      if (inbound.length === 0) {
        this.#enter(Phase.IDLE);
        if (this.#host.isClosing) return undefined;
      } else if (this.#phase !== Phase.HEAD) this.#enter(Phase.HEAD);
      if (!await inbound.fill()) return undefined;
    }
  }

  /** True if the connection goes on. */
  async #serve(head: RequestHead): Promise<boolean> {
    this.#enter(Phase.HANDLER);
    if (!this.#host.beginRequest()) return await this.#turnAway(head);
    try {
      return await this.#answerRequest(head);
    } finally {
      this.#host.endRequest();
    }
  }

  async #answerRequest(head: RequestHead): Promise<boolean> {
    const body = head.bodyLength === 0 ? undefined : new IncomingBody(this, head.bodyLength);
    this.#body = body;
    this.#abort = undefined;
    this.#owesContinue = head.expectsContinue && body !== undefined && !body.isHere;
    this.#headIsSent = false;
    this.#isHandling = true;
    const request = new IncomingRequest(head, body, () => this.#signal());
    let response: Response;
    try {
      const answer = this.#host.handle(request);
      response = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      response = this.#failure(error).toResponse();
    }
    try {
      return await this.#answer(head, response);
    } finally {
      this.#isHandling = false;
      this.#onGone = undefined;
    }
  }

  async #answer(head: RequestHead, response: Response): Promise<boolean> {
    const fields = response instanceof ByteResponse ? response.fields : response.headers;
    const keepsAlive = head.keepsAlive && !this.#host.isClosing && !saysClose(fields) && this.#canSkipBody();
    const hasNoBody = head.method === "HEAD" || NO_BODY.has(response.status);
    if (hasNoBody || (!(response instanceof ByteResponse) && response.body === null)) {
      await response.body?.cancel();
      const length = NO_BODY.has(response.status)
        ? null
        : head.method === "HEAD"
        ? announcedLength(fields) ?? null
        : 0;
      await this.#writeSmall("", { status: response.status, fields, length, isChunked: false, keepsAlive });
    } else if (response instanceof ByteResponse) {
      await this.#writeBytes(response, keepsAlive);
    } else {
      return await this.#writeStream(head, response, keepsAlive);
    }
    return await this.#finish(keepsAlive);
  }

  async #writeBytes({ status, payload, fields }: ByteResponse, keepsAlive: boolean): Promise<void> {
    const isSmall = payload.length <= (typeof payload === "string" ? SMALL_TEXT_LENGTH : SMALL_BODY_BYTES);
    if (isSmall) return await this.#writeSmall(payload, { status, fields, isChunked: false, keepsAlive });
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    await this.#writeSmall("", { status, fields, length: bytes.length, isChunked: false, keepsAlive });
    await this.#write(bytes);
  }

  /** In one call: a head, and a body whose length is its own unless another is given. */
  async #writeSmall(
    body: string | Uint8Array,
    head: Omit<Parameters<typeof answerHead>[0], "length"> & { length?: number | null },
  ): Promise<void> {
    const buffer = this.#host.buffers.take();
    const bodyLength = putBody(buffer, body);
    const text = answerHead({ ...head, length: head.length === undefined ? bodyLength : head.length });
    this.#enter(Phase.WRITE);
    this.#headIsSent = true;
    await this.#write(putHead(buffer, text, bodyLength));
    // Not after a failure: the call that failed may hold it still.
    this.#host.buffers.give(buffer);
  }

  async #writeStream(head: RequestHead, response: Response, keepsAlive: boolean): Promise<boolean> {
    const length = announcedLength(response.headers);
    const isChunked = length === undefined && head.minorVersion === 1;
    const staysOpen = keepsAlive && (isChunked || length !== undefined);
    const text = answerHead({
      status: response.status,
      fields: response.headers,
      length,
      isChunked,
      keepsAlive: staysOpen,
    });
    const reader = response.body!.getReader();
    this.#onGone = () => void reader.cancel().catch(() => {});
    this.#headIsSent = true;
    this.#watch();
    try {
      const isWhole = await writeStream(reader, { head: text, length, isChunked }, {
        write: (bytes) => {
          this.#enter(Phase.STREAM);
          return this.#write(bytes);
        },
        waits: () => this.#enter(Phase.HANDLER),
      });
      return await this.#finish(staysOpen && isWhole && !this.#isClosed);
    } catch (error) {
      reader.cancel(error).catch(() => {});
      if (!this.#isClosed && !isBrokenConnection(error)) this.#host.report(error);
      // The client must not take what it has for all there is.
      return false;
    }
  }

  /** The answer is sent. True if the connection goes on. */
  async #finish(keepsAlive: boolean): Promise<boolean> {
    const body = this.#body;
    if (!keepsAlive || this.#isClosed) {
      await this.#linger();
      return false;
    }
    if (body === undefined || body.isFinished) return true;
    if (body.isHere) {
      body.takeRest();
      return true;
    }
    while (await body.read() !== undefined);
    return true;
  }

  /** What was not read of the body is so little that it is better received than the connection ended. */
  #canSkipBody(): boolean {
    const body = this.#body;
    return body === undefined || body.isFinished || (!this.#owesContinue && body.left <= MAX_SKIPPED_BYTES);
  }

  // Refusals and the end.

  /** What the handler let through: bad chunks of the body, its end before its time, or an error of our own. */
  #failure(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof BodyCutOff) return malformed(error.message);
    this.#host.report(error);
    return internalError();
  }

  async #turnAway(head: RequestHead): Promise<boolean> {
    this.#body = head.bodyLength === 0 ? undefined : new IncomingBody(this, head.bodyLength);
    this.#owesContinue = head.expectsContinue;
    this.#headIsSent = false;
    return await this.#answer(head, tooManyRequests(this.#host.limits.requestsInFlight).toResponse());
  }

  /** Answers what is no request. */
  async #refuse(error: ApiError): Promise<void> {
    if (this.#isClosed || this.#headIsSent && this.#isHandling) return;
    const { status, fields, payload } = error.toResponse();
    try {
      await this.#writeSmall(payload, { status, fields, isChunked: false, keepsAlive: false });
      await this.#linger();
    } catch {
      // It has gone.
    }
  }

  /** Lets the client read the last answer: closed with bytes unread, the connection would be reset, and the answer lost. */
  async #linger(): Promise<void> {
    if (this.#isClosed) return;
    this.#enter(Phase.LINGER);
    try {
      await this.#socket.closeWrite();
    } catch {
      return; // gone already
    }
    const { inbound } = this;
    for (let bytes = 0; bytes <= MAX_LINGER_BYTES;) {
      bytes += inbound.length;
      inbound.start = inbound.end;
      if (!await inbound.fill()) return;
    }
  }

  /** Best effort: what the socket does not take at once is not waited for. */
  #sendTimeout(): void {
    const { status, fields, payload } = timedOut(this.#phase === Phase.HEAD).toResponse();
    const bytes = new TextEncoder().encode(payload as string);
    const head = answerHead({ status, fields, length: bytes.length, isChunked: false, keepsAlive: false });
    this.#socket.write(new TextEncoder().encode(head + payload)).catch(() => {});
  }

  // Waiting, and the client's going.

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#phaseStartMs = this.#host.nowMs;
  }

  #allowedMs(): number {
    const { limits } = this.#host;
    switch (this.#phase) {
      case Phase.IDLE:
        return limits.idleMs;
      case Phase.HEAD:
        return limits.headMs;
      case Phase.BODY:
        return limits.bodyMs + BODY_GRACE_MS;
      case Phase.WRITE:
        return limits.writeMs;
      case Phase.LINGER:
        return LINGER_MS;
      case Phase.HANDLER:
      case Phase.STREAM:
        return Infinity;
    }
  }

  #signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isClosed || this.inbound.hasEnded) this.#abort.abort();
      else this.#watch();
    }
    return this.#abort.signal;
  }

  /** Keeps a read on its way while the request is handled. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    // What comes of the body is for its reader, who also notices when no more does.
    while (this.#isHandling && (this.#body === undefined || this.#body.isFinished) && !this.inbound.isFull) {
      if (await this.inbound.fill()) continue;
      if (this.#isHandling) this.#clientIsGone();
      break;
    }
    this.#isWatching = false;
  }

  #clientIsGone(): void {
    this.#abort?.abort();
    this.#onGone?.();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length <= WRITTEN_BYTES) return await this.#writePiece(bytes);
    for (let at = 0; at < bytes.length; at += WRITTEN_BYTES) {
      await this.#writePiece(bytes.slice(at, at + WRITTEN_BYTES));
      this.#phaseStartMs = this.#host.nowMs; // it was taken
    }
  }

  /** Resolves when the socket has taken it. Rejects when the connection is closed, whatever becomes of the call. */
  #writePiece(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failWrite = reject;
      const go = (from: number) => {
        this.#writing = this.#socket.write(from === 0 ? bytes : bytes.subarray(from));
        this.#writing.then((count) => {
          if (from + count === bytes.length) return resolve();
          this.#phaseStartMs = this.#host.nowMs; // some of it was taken
          go(from + count);
        }, reject);
      };
      go(0);
    });
  }
}

function isBrokenConnection(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.TimedOut ||
    error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}
