/**
 * Sockets of Node. What was received and not read yet is held back by the stream's own mark, a few tens of kilobytes:
 * beyond that the kernel's buffer fills, and the broker waits.
 * @module
 */
import { connect, type Socket as Stream } from "node:net";
import { connect as connectTls } from "node:tls";
import type { BrokerAddress } from "../address.ts";
import type { OpeningOptions, Socket, TlsOptions } from "./socket.ts";

export function openNodeSocket(address: BrokerAddress, { tls, signal }: OpeningOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stream = opened(address, tls);
    const fail = (error: Error) => {
      signal.removeEventListener("abort", abort);
      stream.destroy();
      reject(error);
    };
    const abort = () => fail(signal.reason);
    signal.addEventListener("abort", abort);
    stream.once("error", fail);
    stream.once(tls === undefined ? "connect" : "secureConnect", () => {
      signal.removeEventListener("abort", abort);
      stream.removeListener("error", fail);
      stream.setNoDelay(true);
      resolve(new NodeSocket(stream));
    });
    if (signal.aborted) abort();
  });
}

function opened(address: BrokerAddress, tls: TlsOptions | undefined): Stream {
  if ("path" in address) return connect({ path: address.path });
  const { host, port } = address;
  // The certificate is held against the host; an address is not told the other side as a name, which TLS forbids.
  return tls === undefined ? connect({ host, port }) : connectTls({ host, port, ...tls });
}

class NodeSocket implements Socket {
  readonly #stream: Stream;
  #error: Error | undefined;
  /** Whoever reads, and waits. */
  #wake = () => {};

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.on("error", (error) => this.#error = error);
    for (const event of ["readable", "end", "close"]) stream.on(event, () => this.#wake());
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const stream = this.#stream;
    for (;;) {
      // Asked for more than there is, the stream would give nothing.
      const chunk: Uint8Array | null = stream.readableLength > into.length
        ? stream.read(into.length)
        : stream.read();
      if (chunk !== null) {
        into.set(chunk);
        return chunk.length;
      }
      // The stream also ends when TLS failed, as that of a client without the certificate that is wanted.
      if (this.#error !== undefined) throw this.#error;
      if (stream.readableEnded) return null;
      if (stream.destroyed) throw new Error("the socket is closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => error ? reject(this.#error ?? error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#stream.destroy();
  }
}
