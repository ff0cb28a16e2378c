/**
 * A broker in a process of its own, as a user starts it: from source by `deno run`, or the compiled binary that
 * MILENA_BINARY names. Free ports, a temporary data directory that is removed afterwards, signals by pid.
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProcessFigures, readProcess } from "./process_figures.ts";

export interface MilenaOptions {
  /** More arguments of `serve`. */
  readonly args?: readonly string[];
  /** Kafka's settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Kept afterwards if given; default: a temporary one. */
  readonly dataDirectory?: string;
  /** Acknowledge only what is on stable storage. */
  readonly sync?: boolean;
  /** What to run the broker under, e.g. ["strace", "-f"]: the pid is then that program's. */
  readonly under?: readonly string[];
  /** More variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Most milliseconds from the start to the ready line. Default 20,000. */
  readonly readyWithinMs?: number;
  /** HOST:PORT[,…]: not a broker, but a gateway in front of those. */
  readonly gatewayTo?: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** The program and what comes before its own arguments: from source, or the binary that MILENA_BINARY names. */
export function milenaProgram(): [string, ...string[]] {
  const binary = Deno.env.get("MILENA_BINARY");
  return binary ? [binary] : [Deno.execPath(), "run", "-A", join(repository, "main.ts")];
}

/** Starts a broker, or a gateway, and waits for its ready line. */
export async function startMilena(options: MilenaOptions = {}): Promise<MilenaProcess> {
  const temporary = options.dataDirectory === undefined;
  const dataDirectory = options.dataDirectory ?? await Deno.makeTempDir({ prefix: "milena-test-" });
  const broker = new MilenaProcess(options, dataDirectory, temporary);
  try {
    await broker.start();
    return broker;
  } catch (error) {
    await broker[Symbol.asyncDispose]();
    throw error;
  }
}

export class MilenaProcess implements AsyncDisposable {
  readonly dataDirectory: string;
  #options: MilenaOptions;
  readonly #temporary: boolean;
  #child: Deno.ChildProcess | undefined;
  #hasEnded = false;
  #kafka: Address | undefined;
  #http: Address | undefined;
  #stderr = "";
  #readers: Promise<void>[] = [];
  #readyMs = 0;

  constructor(options: MilenaOptions, dataDirectory: string, temporary: boolean) {
    this.#options = options;
    this.dataDirectory = dataDirectory;
    this.#temporary = temporary;
  }

  get pid(): number {
    return this.#running().pid;
  }

  /** Where the Kafka protocol is served. */
  get kafka(): Address {
    if (this.#kafka === undefined) throw new Error("the broker has not been started");
    return this.#kafka;
  }

  /** host:port of the Kafka protocol, as clients want it. */
  get bootstrap(): string {
    return `${this.kafka.host}:${this.kafka.port}`;
  }

  get http(): Address {
    if (this.#http === undefined) throw new Error("the broker has not been started");
    return this.#http;
  }

  /** What the broker has said on standard error, over all its starts. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Milliseconds from the last start to its ready line. */
  get readyMs(): number {
    return this.#readyMs;
  }

  /** Memory, processor time and bytes read of the running process. */
  figures(): ProcessFigures {
    return readProcess(this.pid);
  }

  /** Starts it, again on the ports it had if it was running before. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`the broker runs already, pid ${this.#child.pid}`);
    const [program, ...args] = this.#commandLine();
    const begin = performance.now();
    const child = new Deno.Command(program!, {
      args,
      cwd: repository,
      env: this.#options.environment ?? {},
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    const ready = Promise.withResolvers<string>();
    this.#readers = [
      eachLine(child.stdout, (line) => {
        if (line.startsWith("milena ready ")) ready.resolve(line);
      }),
      eachLine(child.stderr, (line) => void (this.#stderr += `${line}\n`)),
    ];
    const within = this.#options.readyWithinMs ?? 20_000;
    const timer = setTimeout(
      () => ready.reject(this.#complaint(`no ready line within ${within} ms`)),
      within,
    );
    this.#hasEnded = false;
    void child.status.then(async ({ code, signal }) => {
      this.#hasEnded = true;
      await Promise.allSettled(this.#readers);
      ready.reject(this.#complaint(`it ended with ${signal ?? `exit code ${code}`} before its ready line`));
    });
    try {
      const line = await ready.promise;
      this.#readyMs = performance.now() - begin;
      if (this.#options.gatewayTo === undefined) this.#kafka = parseAddress(line, "kafka");
      this.#http = parseAddress(line, "http");
    } catch (error) {
      if (this.#hasEnded && this.#child === child) this.#child = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** From the next start on, `options` in place of those it was started with. */
  configure(options: Omit<MilenaOptions, "dataDirectory">): void {
    this.#options = options;
  }

  /** SIGKILL; returns when the process is gone. */
  async kill9(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended();
  }

  /** SIGTERM; throws unless it exits with 0 within `withinMs`. Returns the milliseconds that took. */
  async terminate(withinMs = 5000): Promise<number> {
    const child = this.#running();
    const begin = performance.now();
    child.kill("SIGTERM");
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, withinMs);
    const { code, signal } = await child.status;
    clearTimeout(timer);
    await this.#ended();
    if (late) throw this.#complaint(`still running ${withinMs} ms after SIGTERM`);
    if (code !== 0) {
      throw this.#complaint(`SIGTERM: it ended with ${signal ?? `exit code ${code}`}, wanted exit code 0`);
    }
    return performance.now() - begin;
  }

  signal(signal: Deno.Signal): void {
    this.#running().kill(signal);
  }

  /** Stops it by SIGTERM if it runs, and starts it again on the same data and, if it can have them, the same ports. */
  async restart(): Promise<void> {
    if (this.#child !== undefined) await this.terminate();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) {
      if (!this.#hasEnded) this.signal("SIGKILL");
      await this.#ended();
    }
    if (this.#temporary) await Deno.remove(this.dataDirectory, { recursive: true });
  }

  #commandLine(): string[] {
    const { sync, settings, args, under, gatewayTo } = this.#options;
    const listen = (address: Address | undefined) =>
      address ? `${address.host}:${address.port}` : "127.0.0.1:0";
    return [
      ...under ?? [],
      ...milenaProgram(),
      ...gatewayTo === undefined
        ? ["serve", "--listen", listen(this.#kafka), "--data-dir", this.dataDirectory]
        : ["gateway", "--bootstrap", gatewayTo],
      ...["--http-listen", listen(this.#http)],
      ...sync ? ["--sync"] : [],
      ...Object.entries(settings ?? {}).flatMap(([key, value]) => ["--set", `${key}=${value}`]),
      ...args ?? [],
    ];
  }

  #running(): Deno.ChildProcess {
    if (this.#child === undefined) throw new Error("the broker does not run");
    return this.#child;
  }

  async #ended(): Promise<void> {
    await this.#running().status;
    await Promise.allSettled(this.#readers);
    this.#child = undefined;
  }

  #complaint(what: string): Error {
    const said = this.#stderr.slice(-4000);
    return new Error(
      `milena: ${what}; it said on standard error: ${said === "" ? "nothing" : `\n${said}`}`,
    );
  }
}

function parseAddress(line: string, name: string): Address {
  const match = new RegExp(`\\b${name}=(\\S+):(\\d+)`).exec(line);
  if (match === null) throw new Error(`the ready line has no ${name}=HOST:PORT: ${line}`);
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}
