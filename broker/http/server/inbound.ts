/**
 * The receiving half of a connection: bytes that have come and were not taken yet.
 *
 * What must be true:
 * - At most one read is on its way, whoever waits for it: who waits for the next request, for a body, or for the client to
 *   go. While it is, the buffer stays where it is; taking from its front is allowed.
 * - An idle connection holds IDLE_BYTES. The buffer grows up to MAX_BYTES for what does not fit, and shrinks when all is taken.
 * @module
 */

/** What is needed of a Deno.Conn. */
export interface ReadableSide {
  read(into: Uint8Array): Promise<number | null>;
}

export const IDLE_BYTES = 2048;

export class Inbound {
  /** [start, end) of `bytes` is what has come. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(IDLE_BYTES);
  start = 0;
  end = 0;
  /** The client sends no more, or the connection is broken. */
  hasEnded = false;
  readonly #side: ReadableSide;
  readonly #maxBytes: number;
  #reading: Promise<boolean> | undefined;

  constructor(side: ReadableSide, maxBytes: number) {
    this.#side = side;
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** No more can be received before something is taken. */
  get isFull(): boolean {
    return this.length >= this.#maxBytes;
  }

  /** Waits until more has come: false if nothing more will. Not while it is full. */
  fill(): Promise<boolean> {
    if (this.hasEnded) return Promise.resolve(false);
    return this.#reading ??= this.#read();
  }

  /** Takes bytes into `into`, at least one: what has come, or straight from the socket. 0: nothing more will come. */
  async take(into: Uint8Array): Promise<number> {
    while (this.length === 0) {
      if (this.hasEnded) return 0;
      if (this.#reading === undefined) return await this.#readInto(into);
      await this.#reading;
    }
    const count = Math.min(into.length, this.length);
    into.set(this.bytes.subarray(this.start, this.start + count));
    this.start += count;
    return count;
  }

  /** Makes room for a body in chunks: fewer and larger reads. */
  widen(): void {
    if (this.#reading === undefined && this.bytes.length < this.#maxBytes) this.#move(this.#maxBytes);
  }

  /** Between two requests. */
  rest(): void {
    if (this.#reading === undefined && this.bytes.length > IDLE_BYTES && this.length <= IDLE_BYTES) {
      this.#move(IDLE_BYTES);
    }
  }

  async #readInto(into: Uint8Array): Promise<number> {
    const receiving = this.#receive(into);
    // Whoever comes meanwhile waits for it, too: what it brings is not theirs.
    this.#reading = receiving.then((count) => count > 0);
    const count = await receiving;
    this.#reading = undefined;
    if (count === 0) this.hasEnded = true;
    return count;
  }

  async #read(): Promise<boolean> {
    this.#makeSpace();
    const count = await this.#receive(this.bytes.subarray(this.end));
    this.#reading = undefined;
    this.end += count;
    if (count === 0) this.hasEnded = true;
    return count > 0;
  }

  async #receive(into: Uint8Array): Promise<number> {
    try {
      return await this.#side.read(into) ?? 0;
    } catch {
      return 0; // reset by the client, or closed here: nothing more comes either way
    }
  }

  #makeSpace(): void {
    if (this.start === this.end) this.start = this.end = 0;
    if (this.end < this.bytes.length) return;
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    } else {
      this.#move(Math.min(this.#maxBytes, 2 * this.bytes.length));
    }
  }

  #move(byteCount: number): void {
    const bytes = new Uint8Array(byteCount);
    bytes.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = bytes;
  }
}
