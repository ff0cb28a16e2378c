/**
 * `milena serve`: the main thread of a broker. Reads the settings, starts the Workers and the HTTP interface, says where
 * everything is, and sees to it that a signal ends it in order and in time.
 * @module
 */
import { statfsSync } from "node:fs";
import { resolve } from "node:path";
import type { BrokerConfig, HostPort } from "../broker/config.ts";
import { durabilityOf } from "../broker/durability.ts";
import { LoopLiveness } from "../broker/http/loop_liveness.ts";
import type { Readiness } from "../broker/http/route.ts";
import type { HttpServer } from "../broker/http/serve_http.ts";
import type { MetricsReader } from "../broker/metrics/metrics_reader.ts";
import { brokerConfig } from "../broker/settings.ts";
import { assertSupported } from "../ffi/platform.ts";
import type { Logger } from "../storage/environment.ts";
import { banner, readyLine } from "./banner.ts";
import { BrokerThreads } from "./broker_threads.ts";
import { ExitCode, type Invocation, type Terminal } from "./command.ts";
import { gatewayPath, relayPath } from "./gateway_path.ts";
import { plainLogger, terminalLogger } from "./log_line.ts";
import { resolveHosts } from "./resolve_hosts.ts";
import { explainingFailure, readSettings } from "./settings_flags.ts";
import { settledWithin } from "../client/settled_within.ts";
import { type HttpStart, startHttp } from "./start_http.ts";
import { StopSignals } from "./stop_signals.ts";
import { sayUncaught } from "./uncaught.ts";
import { version } from "./version.ts";
import type { ReactorReady } from "./worker_messages.ts";

/** From the first signal to the end of the process. Service managers and the promise in the help count on 5 s. */
const STOP_WITHIN_MS = 4800;

/** Of these, what HTTP requests in flight get before the reactor is asked to stop. */
const HTTP_STOP_WITHIN_MS = 1000;

export async function serve(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  assertSupported();
  const log = terminalLogger(terminal);
  const config = readConfig(invocation, log);

  const isVerbose = terminal.environment["MILENA_DEBUG"] === "1";
  using signals = new StopSignals(() => dieAtOnce(terminal));
  using _guard = sayUncaught(terminal, isVerbose);
  const gateway = { path: gatewayPath(config.dataDirectory) };
  using threads = new BrokerThreads(config, {
    log: plainLogger(terminal),
    isVerbose,
    gatewayPath: gateway.path,
    relayPath: config.http === undefined ? undefined : relayPath(gateway.path),
  });
  signals.requested.then((signal) => limitStopping(signal, terminal, log));

  // While the reactor starts, which is on another core, and may take a while: HTTP tells how far it is.
  const httpStart = startHttp(config, {
    gateway,
    isOnKafkaPorts: true,
    nodeId: config.nodeId,
    log,
    isReady: () => readiness(threads, signals),
    broker: brokerToTell(config, threads),
  });
  const started = await firstOf(Promise.all([threads.ready, httpStart]), signals).catch(async (error) => {
    // A reactor that still checks its logs is not waited for.
    if (threads.progress === undefined) await stop(threads, undefined);
    throw error;
  });
  if (started === undefined) return await stop(threads, await settledOr(httpStart, undefined));
  const [ready, http] = started;
  http?.serveRelayed(relayPath(gateway.path));
  announce(terminal, config, ready, http?.address);
  const checked = ready.recoveredBytes === 0 ? "" : ` with ${ready.recoveredBytes} bytes of logs to check`;
  log("info", `ready after ${Math.ceil(ready.startMs)} ms${checked}`);
  await Promise.race([signals.requested, threads.ended]);
  return await stop(threads, http);
}

/** The configuration, with what only this machine knows: where the data directory is, and which address a name has. */
function readConfig(invocation: Invocation, log: Logger): BrokerConfig {
  const settings = readSettings(invocation);
  const config = explainingFailure(() => brokerConfig(settings));
  for (const warning of settings.warnings) log("warn", warning);
  if (settings.isGiven("bootstrap.servers")) {
    log(
      "warn",
      "bootstrap.servers has no effect here: it is milena gateway that stands in front of other brokers",
    );
  }
  return {
    ...config,
    dataDirectory: resolve(config.dataDirectory),
    listeners: resolveHosts(config.listeners),
  };
}

/** Undefined: a signal came first. */
function firstOf<T>(promise: Promise<T>, signals: StopSignals): Promise<T | undefined> {
  return Promise.race([promise, signals.requested.then(() => undefined)]);
}

/** Ends everything in order: no new HTTP requests, then the reactor, which answers, flushes and closes. */
async function stop(threads: BrokerThreads, http: HttpServer | undefined): Promise<number> {
  if (http !== undefined) await settledWithin(http.shutdown().catch(() => {}), HTTP_STOP_WITHIN_MS);
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

/** What `/metrics` and `/livez` go by. */
function brokerToTell(config: BrokerConfig, threads: BrokerThreads): NonNullable<HttpStart["broker"]> {
  const { metrics } = threads;
  const loop = new LoopLiveness({ turns: () => metrics.numbers.get("turns"), wake: () => threads.wake() });
  return {
    metrics,
    nodeId: config.nodeId,
    recovered: () => recovered(threads),
    startMs: () => threads.listening?.startMs,
    space: () => diskSpace(config.dataDirectory),
    // Before it listens it has no loop, and may recover for long.
    isAlive: async () => threads.progress !== undefined || await loop.isAlive(),
  };
}

function diskSpace(
  directory: string,
): { readonly freeBytes: number; readonly totalBytes: number } | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(directory);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined; // it has not been made yet
  }
}

/** Who only reads, or writes elsewhere, may come all the same. */
function troubles({ numbers }: MetricsReader): string[] {
  const found: string[] = [];
  if (numbers.get("isDiskLow") === 1) {
    found.push(
      "Nothing is written any more: the disk has less left than milena.disk.min.free.bytes. Make room.",
    );
  }
  const fenced = numbers.get("fencedPartitions");
  if (fenced > 0) {
    found.push(`${fenced} partitions answer errors since the disk failed them; the log names them.`);
  }
  return found;
}

/** 0 to 1. */
function recovered({ progress }: BrokerThreads): number {
  if (progress === undefined) return 1;
  return progress.totalBytes === 0 ? 0 : progress.doneBytes / progress.totalBytes;
}

function readiness({ progress, metrics }: BrokerThreads, { areRequested }: StopSignals): Readiness {
  if (areRequested) return { ready: false, reason: "it is stopping." };
  if (progress === undefined) return { ready: true, troubles: troubles(metrics) };
  const { doneBytes, totalBytes } = progress;
  if (totalBytes === 0) return { ready: false, reason: "it is starting." };
  return {
    ready: false,
    reason: `it was not closed cleanly and is checking its logs: ${
      totalBytes - doneBytes
    } of ${totalBytes} bytes are left.`,
    progress: doneBytes / totalBytes,
  };
}

function settledOr<T, Else>(promise: Promise<T>, otherwise: Else): Promise<T | Else> {
  return promise.catch(() => otherwise);
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
