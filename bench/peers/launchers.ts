/**
 * How each broker of the comparison is started, with its own defaults: Milena from source or compiled, and Apache Kafka
 * as one KRaft node, by the `peers` script and with the settings that BASELINES beside it describes.
 * @module
 */
import { fileURLToPath } from "node:url";
import { describeMachine, thisMachine } from "../../cli/perf/machine.ts";
import { peersScript } from "../../tests/support/peers.ts";
import { runCommand } from "../../tests/support/run_command.ts";
import { type BrokerCommand, BrokerProcess, freePort, HOST } from "./broker_process.ts";

/** One of the brokers that are compared. */
export interface Launcher {
  readonly name: string;
  /** What it says of its version. */
  version(): Promise<string>;
  /** Makes ready what a start needs and does not count for its time. */
  prepare(): Promise<BrokerCommand>;
}

/** Heads what a comparison prints: on which machine, when, and what is compared. */
export async function announce(launchers: readonly Launcher[]): Promise<void> {
  console.log(`${describeMachine(await thisMachine())}; ${new Date().toISOString()}`);
  for (const launcher of launchers) console.log(`${launcher.name}: ${await launcher.version()}`);
}

export async function launch(launcher: Launcher): Promise<BrokerProcess> {
  return await BrokerProcess.start(await launcher.prepare());
}

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Settings by Kafka's names, beyond a broker's defaults. */
export type Settings = Readonly<Record<string, string>>;

/** Milena, the executable at `binary`, or from source. */
export function milena(binary?: string, settings: Settings = {}): Launcher {
  const name = binary === undefined ? "Milena (source)" : "Milena (compiled)";
  const program = binary ?? Deno.execPath();
  const before = binary === undefined ? ["run", "-A", "--no-check", main] : [];
  return {
    name,
    version: async () => firstLine((await runCommand(program, [...before, "--version"])).stdout),
    prepare: async () => {
      const scratchDirectory = await Deno.makeTempDir({ prefix: "milena-peers-" });
      const port = freePort();
      const logDirectory = `${scratchDirectory}/data`;
      const args = [
        ...[...before, "serve", "--data-dir", logDirectory],
        ...["--listen", `${HOST}:${port}`, "--http-listen", `${HOST}:0`],
        ...Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
      ];
      return { name, program, args, port, scratchDirectory, logDirectory };
    },
  };
}

/** The heap that Kafka's start script gives it. */
const KAFKA_HEAP = "-Xmx1G -Xms1G";
const CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk";

export const kafka: Launcher = kafkaWith({});

/** Apache Kafka with more settings, and with another heap than its start script gives it. */
export function kafkaWith(settings: Settings, heap = KAFKA_HEAP): Launcher {
  const name = "Apache Kafka";
  return {
    name,
    version: async () => {
      const { stdout } = await runCommand(peersScript, ["tool", "kafka.Kafka", "--version"], {
        environment: { KAFKA_HEAP_OPTS: "-Xmx128M" },
        timeoutMs: 300_000,
      });
      return `Apache Kafka ${firstLine(stdout).split(" ")[0]}`;
    },
    prepare: async () => {
      const scratchDirectory = await Deno.makeTempDir({ prefix: "milena-peers-" });
      const port = freePort();
      const logDirectory = `${scratchDirectory}/data`;
      const properties = `${scratchDirectory}/server.properties`;
      const more = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join("");
      await Deno.writeTextFile(properties, kafkaProperties(port, freePort(), logDirectory) + more);
      await runCommand(peersScript, [
        ...["tool", "kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER_ID, "-c", properties],
      ], { environment: { KAFKA_HEAP_OPTS: "-Xmx256M" }, timeoutMs: 300_000 });
      return {
        name,
        program: peersScript,
        args: ["tool", "kafka.Kafka", properties],
        environment: { KAFKA_HEAP_OPTS: heap },
        port,
        scratchDirectory,
        logDirectory,
      };
    },
  };
}

/**
 * How soon Kafka's controller takes a killed broker for dead. Until then it does not let it in again: 9 s by default, which
 * say nothing of its recovery.
 */
export const quickReturn: Settings = {
  "broker.session.timeout.ms": "1000",
  "broker.heartbeat.interval.ms": "200",
};

/** Why Apache Kafka can't be started here; undefined: it can. */
export function whyNoKafka(): string | undefined {
  try {
    if (Deno.statSync(peersScript).isFile) return undefined;
  } catch {
    // Said below.
  }
  return `the script that starts Apache Kafka is not at ${peersScript}: name it by PEERS, or measure with --milena-only`;
}

// A deleted topic's files go a second later instead of a minute: the next run finds the memory as after Milena's.
function kafkaProperties(port: number, controllerPort: number, logDirectory: string): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=${HOST}:${controllerPort}
listeners=PLAINTEXT://${HOST}:${port},CONTROLLER://${HOST}:${controllerPort}
advertised.listeners=PLAINTEXT://${HOST}:${port},CONTROLLER://${HOST}:${controllerPort}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${logDirectory}
log.segment.delete.delay.ms=1000
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
`;
}

function firstLine(stdout: Uint8Array): string {
  return new TextDecoder().decode(stdout).split("\n")[0]!;
}
