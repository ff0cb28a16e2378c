/**
 * What both implementations must do. That of Node runs here on Deno's node:net; tests/clients/node_test.ts runs it on Node
 * itself, and with TLS, of which Deno's node:tls would say little: in 2.6.10 it connects before it has checked.
 */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Authority, openssl } from "../../tests/support/certificates.ts";
import { testNeeding } from "../../tests/support/requirement.ts";
import { writeAll } from "../../tests/support/tiny_server.ts";
import type { BrokerAddress } from "../address.ts";
import { ConnectionError } from "../connection_error.ts";
import { openDenoSocket } from "./deno_socket.ts";
import { openNodeSocket } from "./node_socket.ts";
import { openSocket } from "./open_socket.ts";
import type { Socket, TlsOptions } from "./socket.ts";
import { isCutHandshake, tlsAdvice } from "./tls_failure.ts";

const implementations = { openDenoSocket, openNodeSocket };
const never = new AbortController().signal;
const host = "127.0.0.1";

/** A server that does `serve` with each that comes. */
class Server implements Disposable {
  readonly address: { readonly host: string; readonly port: number };
  readonly #listener: Deno.Listener<Deno.Conn>;

  constructor(
    serve: (socket: Deno.Conn) => Promise<unknown>,
    tls?: { readonly cert: string; readonly key: string },
  ) {
    this.#listener = tls === undefined
      ? Deno.listen({ hostname: host, port: 0 })
      : Deno.listenTls({ hostname: host, port: 0, ...tls }) as Deno.Listener<Deno.Conn>;
    this.address = { host, port: (this.#listener.addr as Deno.NetAddr).port };
    void this.#accept(serve);
  }

  async #accept(serve: (socket: Deno.Conn) => Promise<unknown>): Promise<void> {
    for await (const socket of this.#listener) {
      serve(socket).catch(() => {}).finally(() => {
        try {
          socket.close();
        } catch {
          // The other side was faster.
        }
      });
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

async function echo(socket: Deno.Conn): Promise<void> {
  const into = new Uint8Array(100_000);
  for (let count = await socket.read(into); count !== null; count = await socket.read(into)) {
    await writeAll(socket, into.subarray(0, count));
  }
}

async function readExactly(socket: Socket, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let end = 0; end < length;) {
    // Small and large rooms in turn, as response frames have them.
    const count = await socket.read(bytes.subarray(end, end + (end % 2 === 0 ? 999 : 200_000)));
    if (count === null) throw new Error(`ended after ${end} of ${length} bytes`);
    ok(count > 0);
    end += count;
  }
  return bytes;
}

async function sendAll(socket: Socket, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
}

for (const [name, open] of Object.entries(implementations)) {
  const plain = (address: BrokerAddress) => open(address, { tls: undefined, signal: never });

  testNeeding([], `${name}() carries bytes both ways`, async () => {
    using server = new Server(echo);
    const socket = await plain(server.address);
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    const all = new Uint8Array(600_000);
    for (let i = 0; i < 10; i++) all.set(sent, i * sent.length);
    const [back] = await Promise.all([readExactly(socket, all.length), sendAll(socket, all)]);
    deepEqual(back, all);
    socket.close();
    await rejects(socket.read(new Uint8Array(1)));
    await rejects(socket.write(new Uint8Array(1)));
  });

  testNeeding([], `${name}() says when the other side ended`, async () => {
    using server = new Server((socket) => writeAll(socket, new Uint8Array([1, 2, 3])));
    const socket = await plain(server.address);
    deepEqual(await readExactly(socket, 3), new Uint8Array([1, 2, 3]));
    equal(await socket.read(new Uint8Array(10)), null);
    socket.close();
  });

  testNeeding([], `${name}() ends a read that waits when it is closed`, async () => {
    using server = new Server(echo);
    const socket = await plain(server.address);
    const read = socket.read(new Uint8Array(10));
    socket.close();
    await rejects(read);
  });

  testNeeding([], `${name}() lets the other side wait while nobody reads`, async () => {
    let sent = 0;
    using server = new Server(async (socket) => {
      for (const bytes = new Uint8Array(64 * 1024); sent < 100 * 1024 * 1024;) {
        sent += await socket.write(bytes);
      }
    });
    const socket = await plain(server.address);
    await socket.read(new Uint8Array(1));
    for (let before = -1; before !== sent;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What both kernels hold, which is megabytes, and no more.
    ok(sent < 50 * 1024 * 1024, `${sent} bytes were taken`);
    socket.close();
  });
}

testNeeding(
  [openssl],
  "openDenoSocket() speaks TLS, and believes only whom its authority vouches for",
  async () => {
    await using authority = await Authority.create();
    await using other = await Authority.create("another authority");
    using server = new Server(echo, await authority.sign("broker", "DNS:localhost,IP:127.0.0.1"));
    using misnamed = new Server(echo, await authority.sign("broker", "DNS:elsewhere.example"));
    using untold = new Server(async (socket) => {
      await socket.read(new Uint8Array(1000));
      await writeAll(socket, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    });
    using cutting = new Server((socket) => socket.read(new Uint8Array(1)));
    const tls = (address: BrokerAddress, { cert: ca }: { readonly cert: string }) =>
      openDenoSocket(address, { tls: { ca }, signal: never });

    const socket = await tls(server.address, authority);
    const bytes = crypto.getRandomValues(new Uint8Array(50_000));
    const [back] = await Promise.all([readExactly(socket, bytes.length), sendAll(socket, bytes)]);
    deepEqual(back, bytes);
    socket.close();
    (await tls({ ...server.address, host: "localhost" }, authority)).close();

    const advised = (words: RegExp) => (error: unknown) => words.test(tlsAdvice(error) ?? `none: ${error}`);
    await rejects(tls(server.address, other), advised(/give that authority's certificate in ssl\.ca/));
    await rejects(tls(misnamed.address, authority), advised(/certificate is for other names/));
    await rejects(tls(untold.address, authority), advised(/does not speak TLS/));
    await rejects(tls(cutting.address, authority), isCutHandshake);
    await rejects(
      tls(server.address, { cert: "none" }),
      advised(/ssl\.ca, ssl\.cert or ssl\.key|signed by/),
    );
  },
);

testNeeding([openssl], "openDenoSocket() refuses a certificate that is not valid any more", async () => {
  await using authority = await Authority.create();
  using server = new Server(echo, await authority.sign("broker", "IP:127.0.0.1", -1));
  const tls: TlsOptions = { ca: authority.cert };
  await rejects(
    openDenoSocket(server.address, { tls, signal: never }),
    (error) => /expired/.test(tlsAdvice(error) ?? `none: ${error}`),
  );
});

testNeeding([], "openSocket() gives up when TLS gets no answer", async () => {
  const given = Promise.withResolvers<void>();
  using server = new Server(async (socket) => {
    await socket.read(new Uint8Array(10_000));
    await given.promise;
  });
  await rejects(openSocket(server.address, { timeoutMs: 50, tls: {} }), (error) => {
    return error instanceof ConnectionError && error.failure === "unreachable" &&
      /within 50 ms/.test(error.message);
  });
  given.resolve();
});

Deno.test("openSocket() says what to do when TLS fails", async () => {
  using server = new Server(async (socket) => {
    await socket.read(new Uint8Array(1000));
    await writeAll(socket, new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await rejects(openSocket(server.address, { timeoutMs: 5000, tls: {} }), (error) => {
    return error instanceof ConnectionError && error.failure === "tls" && !error.retriable &&
      /no TLS with the broker at 127.0.0.1:\d+: that port does not speak TLS; set security.protocol/.test(
        error.message,
      );
  });
});
