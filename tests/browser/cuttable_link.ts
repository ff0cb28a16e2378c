/**
 * A way to a server that can be cut: what Chromium calls offline ends no connection that is open.
 * @module
 */
import type { Address } from "../support/milena_process.ts";

export class CuttableLink implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #to: Address;
  #isCut = false;

  constructor(to: Address) {
    this.#to = to;
    this.#accept();
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Ends all connections, in the middle of whatever they carry, and takes no others until `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  mend(): void {
    this.#isCut = false;
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      if (this.#isCut) close(near);
      else void this.#join(near);
    }
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    try {
      this.#open.add(near);
      const far = await Deno.connect({ hostname: this.#to.host, port: this.#to.port });
      this.#open.add(far);
      await Promise.all([near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)]);
    } catch {
      close(near);
    }
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#listener.close();
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
