/**
 * A program on a real pseudo-terminal: keys in, a screen out. Python makes the terminal (pseudo_terminal.py), since what it
 * takes is no part of our runtime; `TerminalScreen` reads what the program wrote to it.
 * @module
 */
import { fileURLToPath } from "node:url";
import { type ScreenSize, TerminalScreen } from "./terminal_screen.ts";

const script = fileURLToPath(new URL("./pseudo_terminal.py", import.meta.url));
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1, SIGKILL: 9 } as const;

export interface PseudoTerminalOptions {
  /** Default 80×24. */
  readonly size?: ScreenSize;
  /** Added to this process's. TERM is xterm-256color, and NO_COLOR is not set unless it is set here. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** What terminals send for keys that are no characters. */
export const Key = {
  UP: "\x1b[A",
  DOWN: "\x1b[B",
  RIGHT: "\x1b[C",
  LEFT: "\x1b[D",
  HOME: "\x1b[H",
  END: "\x1b[F",
  PAGE_UP: "\x1b[5~",
  PAGE_DOWN: "\x1b[6~",
  TAB: "\t",
  ENTER: "\r",
  ESCAPE: "\x1b",
  BACKSPACE: "\x7f",
  CTRL_C: "\x03",
  CTRL_D: "\x04",
  CTRL_Z: "\x1a",
} as const;

export class PseudoTerminal implements AsyncDisposable {
  readonly screen: TerminalScreen;
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #name: string;
  /** Called whenever the screen has changed, and at the end. */
  #changed = Promise.withResolvers<void>();
  #written = "";
  #hasEnded = false;
  /** What the screen could not make sense of. */
  #failure: unknown;

  constructor(program: string, args: readonly string[], options: PseudoTerminalOptions = {}) {
    const size = options.size ?? { columns: 80, rows: 24 };
    this.screen = new TerminalScreen(size);
    this.#name = [program, ...args].join(" ");
    const { NO_COLOR: _, ...inherited } = Deno.env.toObject();
    this.#child = new Deno.Command("python3", {
      args: [script, String(size.columns), String(size.rows), program, ...args],
      env: { ...inherited, TERM: "xterm-256color", ...options.environment },
      clearEnv: true,
      ...options.directory === undefined ? {} : { cwd: options.directory },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#orders = this.#child.stdin.getWriter();
    this.#reading = this.#read().catch((error) => {
      this.#failure = error;
      this.#tell();
    });
  }

  /** All that the program has written, with every sequence. */
  get written(): string {
    return this.#written;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Types `text`, or a `Key`. */
  async send(text: string): Promise<void> {
    await this.#order({ send: text });
  }

  async resize(size: ScreenSize): Promise<void> {
    this.screen.resize(size);
    await this.#order({ resize: [size.columns, size.rows] });
  }

  async signal(signal: keyof typeof SIGNALS): Promise<void> {
    await this.#order({ signal: SIGNALS[signal] });
  }

  /** Returns once the screen's text matches, or `isThere` says so. Throws with the screen if it takes too long. */
  async waitFor(
    wanted: RegExp | string | ((screen: TerminalScreen) => boolean),
    withinMs = 20_000,
  ): Promise<void> {
    const isThere = typeof wanted === "function"
      ? wanted
      : ({ text }: TerminalScreen) => typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
    await this.#until(() => isThere(this.screen), String(wanted), withinMs, true);
  }

  /** Waits for the program's end and returns its exit code, or 128 and its signal. */
  async exitCode(withinMs = 20_000): Promise<number> {
    await this.#until(() => this.#hasEnded, "its end", withinMs, false);
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orders.close().catch(() => {});
    await this.#reading;
    await this.#child.status;
  }

  async #until(isTrue: () => boolean, wanted: string, withinMs: number, isOver: boolean): Promise<void> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), withinMs);
    try {
      while (!isTrue()) {
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#hasEnded && isOver) throw this.#complaint(`it ended before ${wanted}`);
        if (await Promise.race([this.#changed.promise, late.promise]) === "late") {
          throw this.#complaint(`not within ${withinMs} ms: ${wanted}`);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) {
      const text = decoder.decode(bytes, { stream: true });
      this.#written += text;
      this.screen.write(text);
      this.#tell();
    }
    await this.#child.status;
    this.#hasEnded = true;
    this.#tell();
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  async #order(order: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#orders.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
  }

  #complaint(what: string): Error {
    const screen = this.screen.rows.map((row) => `│${row}`).join("\n");
    return new Error(`${this.#name}: ${what}; its screen:\n${screen}`);
  }
}
