/**
 * Bytes for standard output, gathered into large writes.
 * @module
 */
import { ByteWriter } from "../broker/http/byte_writer.ts";
import type { Terminal } from "./command.ts";

const FLUSH_BYTES = 256 * 1024;
/** Memory that one long record took is not kept. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

type OutputTerminal = Pick<Terminal, "writeBytes" | "isAbandoned">;

export class ByteOutput {
  readonly #terminal: OutputTerminal;
  #writer = new ByteWriter(2 * FLUSH_BYTES);

  constructor(terminal: OutputTerminal) {
    this.#terminal = terminal;
  }

  /** To write to; another one after each `flush`. */
  get writer(): ByteWriter {
    return this.#writer;
  }

  get isFull(): boolean {
    return this.#writer.length >= FLUSH_BYTES;
  }

  /** Rejects with Deno.errors.BrokenPipe if nobody reads, also if there is nothing to write. */
  async checkReader(): Promise<void> {
    if (await this.#terminal.isAbandoned?.()) throw new Deno.errors.BrokenPipe();
  }

  /** Rejects with Deno.errors.BrokenPipe once nobody reads. */
  async flush(): Promise<void> {
    const { length } = this.#writer;
    if (length === 0) return;
    await this.#terminal.writeBytes(this.#writer.finish());
    if (length > MAX_KEPT_BYTES) this.#writer = new ByteWriter(2 * FLUSH_BYTES);
    else this.#writer.clear();
  }
}
