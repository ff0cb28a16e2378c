/**
 * A broker under measurement, whichever it is: a child process on ports of its own and a data directory of its own.
 * Both brokers are started, asked and stopped by the same code, so that it favours neither.
 * @module
 */
import { Connection } from "../../client/connection.ts";
import { type ProcessFigures, readProcess } from "../../tests/support/process_figures.ts";

/** How to start one. */
export interface BrokerCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it will answer. */
  readonly port: number;
  /** New, and removed when the broker is disposed of. Topics lie in `logDirectory`. */
  readonly scratchDirectory: string;
  readonly logDirectory: string;
  /** Most milliseconds to the first answer, and from SIGTERM to the end. Default: {@link START_WITHIN_MS}, {@link STOP_WITHIN_MS}. */
  readonly startWithinMs?: number;
  readonly stopWithinMs?: number;
}

export const HOST = "127.0.0.1";
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;
/** So long after a refused connection the next is tried: the error of a start-up time. */
const RETRY_MS = 2;
const KEPT_OUTPUT = 8000;

export class BrokerProcess implements AsyncDisposable {
  /** Starts it and waits for its first answer to ApiVersions. */
  static async start(command: BrokerCommand): Promise<BrokerProcess> {
    const broker = new BrokerProcess(command);
    try {
      await broker.#answer();
      return broker;
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  readonly #command: BrokerCommand;
  readonly #child: Deno.ChildProcess;
  readonly #begin: number;
  readonly #output: Promise<void>[];
  #ended = false;
  #disposed: Promise<void> | undefined;
  #startMs = NaN;
  #said = "";

  private constructor(command: BrokerCommand) {
    this.#command = command;
    this.#begin = performance.now();
    this.#child = new Deno.Command(command.program, {
      args: [...command.args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(command.environment === undefined ? {} : { env: { ...command.environment } }),
    }).spawn();
    this.#output = [this.#child.stdout, this.#child.stderr].map((stream) => this.#keep(stream));
    void this.#child.status.then(() => this.#ended = true);
  }

  get name(): string {
    return this.#command.name;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  get bootstrap(): string {
    return `${HOST}:${this.#command.port}`;
  }

  get logDirectory(): string {
    return this.#command.logDirectory;
  }

  /** Milliseconds from exec to the first answer. */
  get startMs(): number {
    return this.#startMs;
  }

  /** The end of what it has said on both outputs. */
  get said(): string {
    return this.#said;
  }

  figures(): ProcessFigures {
    return readProcess(this.#child.pid);
  }

  connect(connectTimeoutMs = 10_000): Promise<Connection> {
    const address = { host: HOST, port: this.#command.port };
    return Connection.connect({ address, clientId: "bench", connectTimeoutMs });
  }

  /** SIGTERM, and SIGKILL if that does not end it. Its data stays for another start of the same command. */
  terminate(): Promise<void> {
    return this.#end("SIGTERM");
  }

  /** SIGKILL; returns when it is gone. Its data stays. */
  kill9(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Ends it and removes its directory. Asked again, it waits for the same end. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposed ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    await this.terminate();
    await removeIfThere(this.#command.scratchDirectory);
  }

  async #end(first: Deno.Signal): Promise<void> {
    const signal = (name: Deno.Signal) => {
      if (!this.#ended) this.#child.kill(name);
    };
    signal(first);
    const timer = setTimeout(() => signal("SIGKILL"), this.#command.stopWithinMs ?? STOP_WITHIN_MS);
    await this.#child.status;
    clearTimeout(timer);
    await Promise.allSettled(this.#output);
  }

  async #answer(): Promise<void> {
    for (;;) {
      if (this.#ended) throw this.#complaint("it ended before its first answer");
      const within = this.#command.startWithinMs ?? START_WITHIN_MS;
      const left = within - (performance.now() - this.#begin);
      if (left <= 0) throw this.#complaint(`no answer within ${within} ms`);
      try {
        (await this.connect(left)).close();
        this.#startMs = performance.now() - this.#begin;
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async #keep(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#said = (this.#said + text).slice(-KEPT_OUTPUT);
    }
  }

  #complaint(what: string): Error {
    const said = this.#said === "" ? "it said nothing" : `it said:\n${this.#said}`;
    return new Error(`${this.name} (${this.#command.program}): ${what}; ${said}`);
  }
}

/** Another start of the same broker may have removed it already. */
async function removeIfThere(directory: string): Promise<void> {
  try {
    await Deno.remove(directory, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A port that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}
