/**
 * A TCP connection to a broker that sends whatever bytes it is given and takes answers frame by frame, each wait with
 * an end.
 * @module
 */
import type { Address } from "./milena_process.ts";

export const CLOSED = "closed";

export class RawConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  /** What came: the bytes of #space from #start to #end. */
  #space = new Uint8Array(65_536);
  #start = 0;
  #end = 0;
  #reading: Promise<number | null> | undefined;
  readonly #chunk = new Uint8Array(65_536);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open({ host, port }: Address): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: host, port }));
  }

  /** Sends all of `bytes`; a connection that the broker has closed meanwhile is no error here. */
  async send(bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }

  /** Sends as much of `bytes` as the broker takes within `withinMs`; returns how much that was. */
  async sendSome(bytes: Uint8Array, withinMs: number): Promise<number> {
    let taken = 0;
    const deadline = performance.now() + withinMs;
    while (taken < bytes.length) {
      const writing = this.#connection.write(bytes.subarray(taken, taken + 65_536)).catch(() => 0);
      const count = await within(writing, deadline - performance.now());
      if (count === undefined || count === 0) break;
      taken += count;
    }
    return taken;
  }

  /** Says that nothing more will be sent. */
  async finish(): Promise<void> {
    try {
      await this.#connection.closeWrite();
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }

  /** The next frame without its size; CLOSED if the broker closed instead; undefined if neither came in time. */
  async receive(withinMs = 2000): Promise<Uint8Array | typeof CLOSED | undefined> {
    const deadline = performance.now() + withinMs;
    while (true) {
      const frame = this.#frame();
      if (frame !== undefined) return frame;
      const count = await this.#read(deadline - performance.now());
      if (count === null) return CLOSED;
      if (count === undefined) return undefined;
    }
  }

  /** Reads and drops until the broker closes; false if it has not within the time. */
  async isClosed(withinMs = 2000): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (true) {
      const count = await this.#read(deadline - performance.now());
      this.#start = this.#end;
      if (count === null) return true;
      if (count === undefined) return false;
    }
  }

  #frame(): Uint8Array | undefined {
    if (this.#end - this.#start < 4) return undefined;
    const end = this.#start + 4 + new DataView(this.#space.buffer).getInt32(this.#start);
    if (end > this.#end) return undefined;
    const body = this.#space.slice(this.#start + 4, end);
    this.#start = end;
    return body;
  }

  async #read(withinMs: number): Promise<number | null | undefined> {
    this.#reading ??= this.#connection.read(this.#chunk).catch((error) => {
      if (isBroken(error)) return null;
      throw error;
    });
    const count = await within(this.#reading, withinMs);
    if (count === undefined) return undefined;
    this.#reading = undefined;
    if (count !== null) this.#keep(this.#chunk.subarray(0, count));
    return count;
  }

  #keep(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#space.length) {
      const held = this.#space.subarray(this.#start, this.#end);
      const space = new Uint8Array(Math.max(this.#space.length, 2 * (held.length + bytes.length)));
      space.set(held);
      this.#end = held.length;
      this.#start = 0;
      this.#space = space;
    }
    this.#space.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

/** What `promise` resolves with, or undefined when the time is over. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<undefined>((resolve) =>
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms))
  );
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
