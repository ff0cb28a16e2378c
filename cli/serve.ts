/**
 * `milena serve`: the main thread of a broker. Reads the settings, starts the Workers and the HTTP interface, says where
 * everything is, and sees to it that a signal ends it in order and in time.
 * @module
 */
import { resolve } from "node:path";
import type { BrokerConfig, HostPort } from "../broker/config.ts";
import { durabilityOf } from "../broker/durability.ts";
import { formatHostPort } from "../broker/listeners.ts";
import { brokerConfig } from "../broker/settings.ts";
import { assertSupported } from "../ffi/platform.ts";
import type { Logger } from "../storage/environment.ts";
import { banner, readyLine } from "./banner.ts";
import { BrokerThreads, type WorkerModules, workerModules } from "./broker_threads.ts";
import { CommandFailure, ExitCode, type Invocation, type Terminal } from "./command.ts";
import { terminalLogger } from "./log_line.ts";
import { explainingFailure, readSettings } from "./settings_flags.ts";
import { startFailure } from "./start_failure.ts";
import { StopSignals } from "./stop_signals.ts";
import { version } from "./version.ts";
import type { ReactorReady } from "./worker_messages.ts";

/** From the first signal to the end of the process. Service managers and the promise in the help count on 5 s. */
const STOP_WITHIN_MS = 4800;

/** Of these, what HTTP requests in flight get before the reactor is asked to stop. */
const HTTP_STOP_WITHIN_MS = 1000;

interface HttpServing {
  readonly address: HostPort;
  shutdown(): Promise<void>;
}

/** What a broker is put together from; tests put in others. */
export interface ServeParts {
  readonly modules: WorkerModules;
  serveHttp(listen: HostPort, config: BrokerConfig, ready: ReactorReady): Promise<HttpServing>;
}

const parts: ServeParts = { modules: workerModules, serveHttp };

export async function serve(invocation: Invocation, { modules, serveHttp } = parts): Promise<number> {
  const { terminal } = invocation;
  assertSupported();
  const settings = readSettings(invocation);
  const unresolved = explainingFailure(() => brokerConfig(settings));
  const config = { ...unresolved, dataDirectory: resolve(unresolved.dataDirectory) };
  const log = terminalLogger(terminal);
  for (const warning of settings.warnings) log("warn", warning);

  const isVerbose = terminal.environment["MILENA_DEBUG"] === "1";
  using signals = new StopSignals(() => dieAtOnce(terminal));
  using _guard = sayUncaught(terminal, isVerbose);
  using threads = new BrokerThreads(config, { log, isVerbose, modules });
  signals.requested.then((signal) => limitStopping(signal, terminal, log));

  const ready = await firstOf(threads.ready, signals);
  if (ready === undefined) return await stop(threads, undefined);
  const http = config.http && await serveHttp(config.http, config, ready);
  announce(terminal, config, ready, http?.address);
  await Promise.race([signals.requested, threads.ended]);
  return await stop(threads, http);
}

/** Undefined: a signal came first. */
function firstOf<T>(promise: Promise<T>, signals: StopSignals): Promise<T | undefined> {
  return Promise.race([promise, signals.requested.then(() => undefined)]);
}

/** Ends everything in order: no new HTTP requests, then the reactor, which answers, flushes and closes. */
async function stop(threads: BrokerThreads, http: HttpServing | undefined): Promise<number> {
  if (http !== undefined) await settledWithin(http.shutdown(), HTTP_STOP_WITHIN_MS);
  threads.askToStop();
  await threads.ended;
  return ExitCode.OK;
}

function announce(
  terminal: Terminal,
  config: BrokerConfig,
  ready: ReactorReady,
  http: HostPort | undefined,
): void {
  terminal.print(banner({
    version,
    http,
    kafka: ready.listeners,
    dataDirectory: config.dataDirectory,
    clusterId: ready.clusterId,
    durability: durabilityOf(config.logDefaults).sentence,
  }));
  terminal.print(readyLine(ready.listeners[0]!, http));
}

async function serveHttp(listen: HostPort, config: BrokerConfig, ready: ReactorReady): Promise<HttpServing> {
  const { serveHttp } = await import("../broker/http/server.ts");
  try {
    return await serveHttp({
      listen,
      config,
      gateway: { path: ready.gatewayPath },
      durability: durabilityOf(config.logDefaults),
    });
  } catch (error) {
    throw new CommandFailure(startFailure(error, `listen on ${formatHostPort(listen)} for HTTP`, config));
  }
}

function limitStopping(signal: string, terminal: Terminal, log: Logger): void {
  log("info", `${signal}: stopping`);
  const timer = setTimeout(() => {
    terminal.report(
      `milena: not everything could be flushed and closed within ${STOP_WITHIN_MS} ms; ` +
        "nothing acknowledged is lost, and the next start will check the logs",
    );
    Deno.exit(ExitCode.FAILURE);
  }, STOP_WITHIN_MS);
  Deno.unrefTimer(timer);
}

function dieAtOnce(terminal: Terminal): never {
  terminal.report(
    "milena: stopped at once; nothing acknowledged is lost, and the next start will check the logs",
  );
  Deno.exit(ExitCode.FAILURE);
}

/** What nobody caught on this thread ends the process with a sentence in place of a stack. */
function sayUncaught(terminal: Terminal, isVerbose: boolean): Disposable {
  const say = (event: Event, error: unknown) => {
    event.preventDefault();
    const message = error instanceof Error ? error.message : String(error);
    terminal.report(`milena: the main thread broke down: ${message}`);
    if (isVerbose && error instanceof Error) terminal.report(error.stack ?? "");
    Deno.exit(ExitCode.FAILURE);
  };
  const onError = (event: ErrorEvent) => say(event, event.error);
  const onRejection = (event: PromiseRejectionEvent) => say(event, event.reason);
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    },
  };
}

/** Waits for `promise`, but not longer than `withinMs`, and whatever becomes of it. */
async function settledWithin(promise: Promise<unknown>, withinMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, withinMs);
  await Promise.race([promise.catch(() => {}), late.promise]);
  clearTimeout(timer);
}
