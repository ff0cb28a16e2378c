/**
 * The terminal while something is drawn on it: its other screen, no cursor, keys as they are typed.
 *
 * What must be true: whatever ends or suspends the view, the terminal is then as it was: by `dispose`, and where nobody
 * catches an error, before the sentence about it is written. When the process goes on, whoever stopped it may have changed
 * the terminal, and all of it is set and drawn anew.
 * @module
 */
import type { Terminal } from "../command.ts";
import type { Size } from "./state.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";
/** Of a terminal that does not know its own. */
const USUAL_SIZE: Size = { columns: 80, rows: 24 };
/** After it has asked to be stopped: where there is no shell to let it go on, the system does not stop it. */
const SUSPENDED_MS = 100;

export interface LiveScreenOptions {
  onBytes(bytes: Uint8Array): void;
  onResize(size: Size): void;
  /** Nothing is on the screen any more. */
  onResume(): void;
  /** The terminal has gone, or asks us to go. */
  onHangup(): void;
}

export class LiveScreen implements Disposable {
  readonly #terminal: Terminal;
  readonly #options: LiveScreenOptions;
  readonly #hasKeys = Deno.stdin.isTerminal();
  readonly #onWindow = () => this.#options.onResize(this.size);
  readonly #onHangup = () => this.#options.onHangup();
  readonly #onContinue = () => this.#enter();
  readonly #restore = () => this[Symbol.dispose]();
  #isOpen = true;

  constructor(terminal: Terminal, options: LiveScreenOptions) {
    this.#terminal = terminal;
    this.#options = options;
    globalThis.addEventListener("error", this.#restore);
    globalThis.addEventListener("unhandledrejection", this.#restore);
    Deno.addSignalListener("SIGWINCH", this.#onWindow);
    Deno.addSignalListener("SIGHUP", this.#onHangup);
    Deno.addSignalListener("SIGCONT", this.#onContinue);
    this.#setRaw(true);
    this.write(ENTER);
    if (this.#hasKeys) void this.#read();
  }

  get size(): Size {
    try {
      const size = Deno.consoleSize();
      return size.columns > 0 && size.rows > 0 ? size : USUAL_SIZE;
    } catch {
      return USUAL_SIZE;
    }
  }

  /** Lets the shell have the terminal until it says go on. */
  suspend(): void {
    this.write(LEAVE);
    this.#setRaw(false);
    Deno.kill(Deno.pid, "SIGTSTP");
    setTimeout(this.#onContinue, SUSPENDED_MS);
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
    this.#setRaw(false);
    globalThis.removeEventListener("error", this.#restore);
    globalThis.removeEventListener("unhandledrejection", this.#restore);
    Deno.removeSignalListener("SIGWINCH", this.#onWindow);
    Deno.removeSignalListener("SIGHUP", this.#onHangup);
    Deno.removeSignalListener("SIGCONT", this.#onContinue);
  }

  #enter(): void {
    if (!this.#isOpen) return;
    this.#setRaw(true);
    this.write(ENTER);
    this.#options.onResume();
  }

  #setRaw(isRaw: boolean): void {
    try {
      if (this.#hasKeys) Deno.stdin.setRaw(isRaw);
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
