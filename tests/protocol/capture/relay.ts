/**
 * A TCP relay before a broker. It changes nothing: the broker has to advertise the relay's address, so that clients come
 * back to it. What passes is given to whoever listens, as exchanges.
 * @module
 */
import { type Exchange, ExchangeGatherer } from "./exchange.ts";

export class Relay implements Disposable {
  /** Where the broker is; before it is set nobody may connect. */
  upstream: { readonly hostname: string; readonly port: number } | undefined;
  onExchange: (exchange: Exchange) => void = () => {};
  readonly #listener = Deno.listen({ hostname: "localhost", port: 0 });
  readonly #open = new Set<Deno.Conn>();

  constructor() {
    this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends all connections. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) this.#serve(client);
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    if (this.upstream === undefined) return client.close();
    const gatherer = new ExchangeGatherer((exchange) => this.onExchange(exchange));
    const broker = await Deno.connect(this.upstream);
    this.#open.add(client).add(broker);
    await Promise.race([
      pump(client, broker, (bytes) => gatherer.fromClient(bytes)),
      pump(broker, client, (bytes) => gatherer.fromBroker(bytes)),
    ]);
    gatherer.end();
    for (const connection of [client, broker]) {
      close(connection);
      this.#open.delete(connection);
    }
  }
}

/** Until either side has hung up. */
async function pump(from: Deno.Conn, to: Deno.Conn, see: (bytes: Uint8Array) => void): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      const bytes = buffer.subarray(0, count);
      see(bytes);
      for (let written = 0; written < count;) written += await to.write(bytes.subarray(written));
    }
  } catch (error) {
    if (
      !(error instanceof Error &&
        /reset|closed|broken|resource|interrupted/i.test(`${error.name} ${error.message}`))
    ) throw error;
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
