/**
 * Frames on their way out: what is appended in one turn leaves in one write, and what is appended meanwhile in the next.
 *
 * What must be true: bytes leave in the order in which they were appended; and memory that a large request took is given
 * back once it is sent.
 * @module
 */
import { Writer } from "../protocol/primitives.ts";
import type { Socket } from "./sockets/socket.ts";

const CAPACITY = 16 * 1024;
/** Memory beyond this is given back. */
const KEPT_BYTES = 1024 * 1024;

export class SendQueue {
  readonly #socket: Socket;
  readonly #onError: (error: unknown) => void;
  #gathering = new Writer(CAPACITY);
  #spare = new Writer(CAPACITY);
  #sending = false;
  #sent = Promise.resolve();
  #stopped = false;

  constructor(socket: Socket, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#onError = onError;
  }

  /** Where to append whole frames; then say `flushSoon`. */
  get writer(): Writer {
    return this.#gathering;
  }

  /** Resolves when the socket has taken what was flushed, or never will. */
  get sent(): Promise<void> {
    return this.#sent;
  }

  /** Sends what has gathered by the end of this turn, or when what is being sent now has been sent. */
  flushSoon(): void {
    if (this.#sending) return;
    this.#sending = true;
    this.#sent = this.#flush();
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#stopped = true;
  }

  async #flush(): Promise<void> {
    await undefined;
    try {
      while (this.#gathering.position > 0 && !this.#stopped) {
        const writer = this.#gathering;
        this.#gathering = this.#spare;
        const bytes = writer.bytes();
        for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
        writer.reset();
        this.#spare = writer.capacity > KEPT_BYTES ? new Writer(CAPACITY) : writer;
      }
    } catch (error) {
      this.#onError(error);
    }
    this.#sending = false;
  }
}
