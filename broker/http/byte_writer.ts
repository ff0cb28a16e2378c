/**
 * Builds the body of an answer as UTF-8 bytes, so that values which are JSON already are copied and never decoded.
 * @module
 */
/** Shorter texts are cheaper to copy here than to hand over to the encoder. */
const SHORT = 96;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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
    if (text.length > SHORT || !this.#ascii(text)) {
      this.#length += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
    }
  }

  bytes(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Writes `bytes` between quotes if they are plain ASCII, with nothing that JSON must escape; tells whether they were. */
  quotedAscii(bytes: Uint8Array): boolean {
    this.#grow(bytes.length + 2);
    const into = this.#bytes;
    let at = this.#length;
    into[at++] = QUOTE;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return false;
      into[at++] = byte;
    }
    into[at++] = QUOTE;
    this.#length = at;
    return true;
  }

  /** Puts blanks in the place of line feeds and carriage returns from `start` on. */
  replaceLineBreaks(start: number): void {
    for (let i = start; i < this.#length; i++) {
      if (this.#bytes[i] === 0x0a || this.#bytes[i] === 0x0d) this.#bytes[i] = 0x20;
    }
  }

  /** Begins anew in the same memory: views that were given before are not good any more. */
  clear(): void {
    this.#length = 0;
  }

  /** A view of all that was written; the writer must not be used after, but to begin anew. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes `text` if it is all ASCII; tells whether it was. There is room. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[start + i] = unit;
    }
    this.#length = start + text.length;
    return true;
  }

  #grow(additional: number): void {
    const needed = this.#length + additional;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
