/**
 * A proxy of TCP connections that cuts them at random, once a request has gone through, or a part of an answer: so that whoever
 * is behind it has done what was asked, and the asker does not know.
 * @module
 */
import type { Address } from "./milena_process.ts";
import type { SeededRandom } from "./random.ts";

export interface CuttingProxyOptions {
  /** Looked up for each connection: who tells its clients to come by the proxy can be started only after it. */
  readonly target: Address;
  readonly random: SeededRandom;
  /** One chunk of so many, of either direction, is the last of its connection. */
  readonly cutOneOf: number;
}

export class CuttingProxy implements Disposable {
  readonly #options: CuttingProxyOptions;
  readonly #listener: Deno.TcpListener;
  readonly #sockets = new Set<Deno.Conn>();
  /** Until then nothing is cut. */
  isCutting = false;
  /** Connections cut so far. */
  cuts = 0;

  constructor(options: CuttingProxyOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#accept();
  }

  get address(): Address {
    const { hostname, port } = this.#listener.addr;
    return { host: hostname, port };
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const socket of this.#sockets) close(socket);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        this.#sockets.add(client);
        const { target } = this.#options;
        const server = await Deno.connect({ hostname: target.host, port: target.port }).catch(() =>
          undefined
        );
        if (server === undefined) {
          close(client);
          continue;
        }
        this.#sockets.add(server);
        void this.#forward(client, server);
        void this.#forward(server, client);
      }
    } catch {
      // It was closed.
    }
  }

  /** Passes on what comes. A chunk that is the last is passed on as well, but to the client only in part. */
  async #forward(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const { random, cutOneOf } = this.#options;
    const buffer = new Uint8Array(1024 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        const isLast = this.isCutting && random.below(cutOneOf) === 0;
        const passed = isLast && random.below(2) === 0 ? random.below(count) : count;
        for (let sent = 0; sent < passed;) sent += await to.write(buffer.subarray(sent, passed));
        if (isLast) {
          this.cuts++;
          break;
        }
      }
    } catch {
      // One of the two was closed.
    }
    close(from);
    close(to);
  }
}

function close(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch {
    // It is closed already.
  }
}
