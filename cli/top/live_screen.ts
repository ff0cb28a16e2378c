/**
 * The terminal while something is drawn on it: its other screen, no cursor, keys as they are typed.
 *
 * What must be true: whatever ends the view, the terminal is afterwards as it was: by `dispose`, and where nobody catches an
 * error, before the sentence about it is written.
 * @module
 */
import type { Terminal } from "../command.ts";
import type { Size } from "./state.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";

export interface LiveScreenOptions {
  onBytes(bytes: Uint8Array): void;
  onResize(size: Size): void;
  /** The terminal has gone, or asks us to go. */
  onHangup(): void;
}

export class LiveScreen implements Disposable {
  readonly #terminal: Terminal;
  readonly #options: LiveScreenOptions;
  readonly #hasKeys = Deno.stdin.isTerminal();
  readonly #onWindow = () => this.#options.onResize(this.size);
  readonly #onHangup = () => this.#options.onHangup();
  readonly #restore = () => this[Symbol.dispose]();
  #isOpen = true;

  constructor(terminal: Terminal, options: LiveScreenOptions) {
    this.#terminal = terminal;
    this.#options = options;
    globalThis.addEventListener("error", this.#restore);
    globalThis.addEventListener("unhandledrejection", this.#restore);
    Deno.addSignalListener("SIGWINCH", this.#onWindow);
    Deno.addSignalListener("SIGHUP", this.#onHangup);
    if (this.#hasKeys) {
      Deno.stdin.setRaw(true);
      void this.#read();
    }
    this.write(ENTER);
  }

  get size(): Size {
    try {
      return Deno.consoleSize();
    } catch {
      return { columns: 80, rows: 24 };
    }
  }

  write(text: string): void {
    if (text === "" || !this.#isOpen) return;
    try {
      this.#terminal.write(text);
    } catch {
      this.#options.onHangup();
    }
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.write(LEAVE);
    this.#isOpen = false;
    if (this.#hasKeys) this.#giveKeysBack();
    globalThis.removeEventListener("error", this.#restore);
    globalThis.removeEventListener("unhandledrejection", this.#restore);
    Deno.removeSignalListener("SIGWINCH", this.#onWindow);
    Deno.removeSignalListener("SIGHUP", this.#onHangup);
  }

  #giveKeysBack(): void {
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal has gone.
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(1024);
    try {
      for (;;) {
        const count = await Deno.stdin.read(buffer);
        if (!this.#isOpen) return;
        if (count === null) break;
        this.#options.onBytes(buffer.slice(0, count));
      }
    } catch {
      // The terminal has gone.
    }
    if (this.#isOpen) this.#options.onHangup();
  }
}
