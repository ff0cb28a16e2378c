/**
 * `milena gateway`: the HTTP interface in front of a cluster that runs elsewhere. No broker, no data, no threads: as many
 * of it as one likes.
 * @module
 */
import type { HostPort } from "../broker/config.ts";
import type { Readiness } from "../broker/http/route.ts";
import type { HttpServer } from "../broker/http/serve_http.ts";
import { formatHostPort, parseHostPort } from "../broker/listeners.ts";
import { brokerConfig, type Settings } from "../broker/settings.ts";
import { describeSource } from "../broker/setting_sources.ts";
import { Cluster } from "../client/cluster.ts";
import { commonKeys } from "../client/config/common_keys.ts";
import { readConfig } from "../client/config/read_config.ts";
import { securityOf } from "../client/security/security_of.ts";
import { ClusterWatch } from "../client/cluster_watch.ts";
import type { Logger } from "../storage/environment.ts";
import { gatewayBanner, readyLine } from "./banner.ts";
import { clientConfigOf } from "./cluster_config.ts";
import { CommandFailure, ExitCode, type Invocation, type Terminal } from "./command.ts";
import { terminalLogger } from "./log_line.ts";
import { settledWithin } from "../client/settled_within.ts";
import { explainingFailure, readSettings } from "./settings_flags.ts";
import { startHttp } from "./start_http.ts";
import { StopSignals } from "./stop_signals.ts";
import { sayUncaught } from "./uncaught.ts";
import { version } from "./version.ts";

/** What requests in flight get after the first signal. */
const STOP_WITHIN_MS = 4500;

export async function gateway(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const log = terminalLogger(terminal);
  // It has no listeners for Kafka's clients: none can be in the way of HTTP's.
  const settings = readSettings(invocation, [
    { name: "listeners", value: "PLAINTEXT://127.0.0.1:0", source: { kind: "default" } },
  ]);
  const config = explainingFailure(() => brokerConfig(settings));
  const bootstrap = bootstrapOf(settings);
  for (const warning of settings.warnings) log("warn", warning);
  if (config.http === undefined) {
    throw new CommandFailure(
      "a gateway serves HTTP and nothing else, but the settings say: no HTTP",
      ExitCode.USAGE,
    );
  }

  const client = readConfig("a gateway", commonKeys, clientConfigOf(invocation, "a gateway", commonKeys));
  const security = securityOf(client);

  using signals = new StopSignals(() => dieAtOnce(terminal));
  using _guard = sayUncaught(terminal, terminal.environment["MILENA_DEBUG"] === "1");
  using cluster = new Cluster({ bootstrap, clientId: "milena-gateway", security });
  using watch = new ClusterWatch(cluster, { onChange: (...change) => tell(bootstrap, log, ...change) });
  signals.requested.then((signal) => log("info", `${signal}: stopping`));

  const http = await startHttp(config, {
    gateway: bootstrap,
    security,
    isOnKafkaPorts: false,
    nodeId: null,
    log,
    isReady: () => readiness(watch, signals),
  });
  const found = await Promise.race([watch.first, signals.requested]);
  if (typeof found !== "string") {
    terminal.print(gatewayBanner({ version, http: http!.address, ...found }));
    terminal.print(readyLine(undefined, http!.address));
    await signals.requested;
  }
  await stop(http!);
  return ExitCode.OK;
}

/** The addresses of `bootstrap.servers`. Throws {@link CommandFailure} if there are none, or one is no address. */
function bootstrapOf(settings: Settings): HostPort[] {
  const texts = settings.get("bootstrap.servers") ?? [];
  if (texts.length === 0) {
    throw new CommandFailure(
      "which cluster? --bootstrap HOST:PORT names a broker of it, or several with commas between",
      ExitCode.USAGE,
    );
  }
  return texts.map((text) => {
    const address = parseHostPort(text);
    if (address !== undefined && address.host !== "" && address.port !== 0) return address;
    const source = settings.source("bootstrap.servers");
    throw new CommandFailure(
      `bootstrap.servers has "${text}" (${
        describeSource(source)
      }), but must be HOST:PORT, such as 127.0.0.1:9092`,
      source.kind === "flag" ? ExitCode.USAGE : ExitCode.FAILURE,
    );
  });
}

function readiness(watch: ClusterWatch, { areRequested }: StopSignals): Readiness {
  if (areRequested) return { ready: false, reason: "the gateway is stopping." };
  return watch.answers
    ? { ready: true }
    : { ready: false, reason: "no broker of the cluster behind the gateway answers." };
}

function tell(bootstrap: readonly HostPort[], log: Logger, answers: boolean, error: unknown): void {
  if (answers) return log("info", "the cluster answers");
  const where = bootstrap.map(formatHostPort).join(", ");
  const reason = error instanceof Error ? error.message : String(error);
  log("warn", `no broker of the cluster at ${where} answers, and is asked again every second: ${reason}`);
}

async function stop(http: HttpServer): Promise<void> {
  await settledWithin(http.shutdown().catch(() => {}), STOP_WITHIN_MS);
}

function dieAtOnce(terminal: Terminal): never {
  terminal.report("milena: stopped at once");
  Deno.exit(ExitCode.FAILURE);
}
