/**
 * A server of the Kafka protocol for tests of clients: real frames over a real Unix socket, or over TCP, answers from
 * functions. It answers ApiVersions by itself, from the functions it was given.
 * @module
 */
import { type AnyApi, api, apis } from "../../protocol/apis.ts";
import { decodeRequestHeader, encodeResponseHeader, type RequestHeader } from "../../protocol/header.ts";
import { Reader, Writer } from "../../protocol/primitives.ts";
import type { InputOf, MessageOf } from "../../protocol/codec.ts";

type Known = typeof api;
type Name = keyof Known;
type Body<N extends Name> = MessageOf<Known[N]["request"]>;
type Answer<N extends Name> = InputOf<Known[N]["response"]>;

/** undefined: no answer is sent. A function may also write to or close the socket itself. */
export type Handlers = {
  [N in Name]?: (
    body: Body<N>,
    context: RequestContext,
  ) => Answer<N> | undefined | Promise<Answer<N> | undefined>;
};

export interface RequestContext {
  readonly header: RequestHeader;
  readonly socket: Deno.Conn;
}

export interface TinyServerOptions {
  /** The highest version told of an API, where it is not all that we know. */
  readonly maxVersions?: Partial<Record<Name, number>>;
  /** A port of 127.0.0.1 in place of a Unix socket; 0: any free one. */
  readonly port?: number;
}

export class TinyServer implements AsyncDisposable {
  /** Of the Unix socket. */
  readonly path: string;
  /** Of TCP. */
  readonly port: number;
  readonly #directory: string;
  readonly #listener: Deno.Listener;
  readonly #handlers: Handlers;
  readonly #maxVersions: Partial<Record<Name, number>>;
  readonly #sockets = new Set<Deno.Conn>();
  /** Headers of all requests, in the order they came. */
  readonly requests: RequestHeader[] = [];
  accepted = 0;
  #disposed = false;

  constructor(handlers: Handlers, options: TinyServerOptions = {}) {
    this.#handlers = handlers;
    this.#maxVersions = options.maxVersions ?? {};
    this.#directory = Deno.makeTempDirSync({ prefix: "milena-tiny-" });
    this.path = `${this.#directory}/kafka.sock`;
    this.#listener = options.port === undefined
      ? Deno.listen({ transport: "unix", path: this.path }) as Deno.Listener
      : Deno.listen({ hostname: "127.0.0.1", port: options.port });
    this.port = options.port === undefined ? 0 : (this.#listener.addr as Deno.NetAddr).port;
    void this.#accept();
  }

  /** Closes all connections there are. */
  dropConnections(): void {
    for (const socket of this.#sockets) close(socket);
    this.#sockets.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    close(this.#listener);
    this.dropConnections();
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #accept(): Promise<void> {
    try {
      for await (const socket of this.#listener) {
        this.accepted++;
        if ("setNoDelay" in socket) (socket as Deno.TcpConn).setNoDelay(true);
        this.#sockets.add(socket);
        this.#serve(socket).catch(() => {}).finally(() => close(socket));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #serve(socket: Deno.Conn): Promise<void> {
    for (;;) {
      const size = await readExactly(socket, 4);
      if (size === undefined) return;
      const frame = await readExactly(socket, new DataView(size.buffer).getInt32(0));
      if (frame === undefined) return;
      await this.#answer(socket, new Reader(frame));
    }
  }

  async #answer(socket: Deno.Conn, reader: Reader): Promise<void> {
    const header = decodeRequestHeader(reader);
    this.requests.push(header);
    const asked = apis.get(header.apiKey);
    if (asked === undefined) throw new Error(`no API ${header.apiKey}`);
    const name = asked.name as Name;
    let version = header.apiVersion;
    let answer: unknown;
    const handler = this.#handlers[name] as
      | ((body: unknown, context: RequestContext) => unknown)
      | undefined;
    if (handler !== undefined) {
      const body = asked.request.decode(reader, version);
      if (reader.failed || reader.remaining > 0) throw new Error(`a malformed ${name}`);
      answer = await handler(body, { header, socket });
      if (answer === undefined) return;
    } else {
      if (name !== "ApiVersions") throw new Error(`nobody handles ${name}`);
      const supported = version <= (this.#maxVersions.ApiVersions ?? Infinity);
      if (!supported) version = 0;
      answer = { errorCode: supported ? 0 : 35, apiKeys: this.#apiKeys() };
    }
    await send(socket, asked, version, header.correlationId, answer);
  }

  #apiKeys(): { apiKey: number; minVersion: number; maxVersion: number }[] {
    const names = ["ApiVersions", ...Object.keys(this.#handlers)] as Name[];
    return names.map((name) => {
      const { key, request: { versions } } = api[name];
      return { apiKey: key, minVersion: versions.min, maxVersion: this.#maxVersions[name] ?? versions.max };
    });
  }
}

async function send(
  socket: Deno.Conn,
  asked: AnyApi,
  version: number,
  correlationId: number,
  answer: unknown,
): Promise<void> {
  const writer = new Writer();
  writer.gap(4);
  encodeResponseHeader(writer, asked.responseHeaderVersion(version), correlationId);
  asked.response.encode(writer, version, answer as never);
  writer.patchInt32(0, writer.position - 4);
  await writeAll(socket, writer.bytes());
}

export async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
}

async function readExactly(socket: Deno.Conn, length: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  for (let received = 0; received < length;) {
    const count = await socket.read(bytes.subarray(received));
    if (count === null) return undefined;
    received += count;
  }
  return bytes;
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It is closed already.
  }
}
