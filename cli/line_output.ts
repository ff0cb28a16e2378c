/**
 * Many lines for standard output, gathered into large writes.
 * @module
 */
import type { Terminal } from "./command.ts";

const FLUSH_CHARACTERS = 64 * 1024;

export class LineOutput implements Disposable {
  readonly #terminal: Terminal;
  #lines: string[] = [];
  #characters = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Throws Deno.errors.BrokenPipe, now or later, once nobody reads. */
  line(text: string): void {
    this.#lines.push(text);
    this.#characters += text.length + 1;
    if (this.#characters >= FLUSH_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("\n") + "\n";
    this.#lines = [];
    this.#characters = 0;
    this.#terminal.write(text);
  }

  [Symbol.dispose](): void {
    this.flush();
  }
}
