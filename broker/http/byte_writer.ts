/**
 * Builds the body of an answer as UTF-8 bytes, so that values which are JSON already are copied and never decoded.
 * @module
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  readonly #encoder = new TextEncoder();

  constructor(initialBytes = 1024) {
    this.#bytes = new Uint8Array(initialBytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  text(text: string): void {
    this.#grow(text.length * 3); // UTF-8 of one UTF-16 unit takes three bytes at most
    this.#length += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  bytes(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Puts blanks in the place of line feeds and carriage returns from `start` on. */
  replaceLineBreaks(start: number): void {
    for (let i = start; i < this.#length; i++) {
      if (this.#bytes[i] === 0x0a || this.#bytes[i] === 0x0d) this.#bytes[i] = 0x20;
    }
  }

  /** A view of all that was written; the writer must not be used after. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(additional: number): void {
    const needed = this.#length + additional;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
