/**
 * Apache Kafka itself: a cluster of its own for one test, on free ports and in a temporary directory, started with the
 * jars of the `peers` script. The first broker is the controller, too, and stays up; the others may go and come.
 * @module
 */
import { join } from "node:path";
import { Connection } from "../../client/connection.ts";
import { peersScript, tryJavaTool } from "./peers.ts";

export interface KafkaClusterOptions {
  readonly brokerCount: number;
  /** More lines of each broker's server.properties. */
  readonly settings?: Readonly<Record<string, string>>;
}

const CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk";
const READY_WITHIN_MS = 120_000;
/** Little memory, and no waiting: there may be several on a small machine. */
const environment = { KAFKA_HEAP_OPTS: "-Xmx320M" };

interface KafkaBroker {
  readonly id: number;
  readonly port: number;
  readonly properties: string;
  readonly log: string;
  process: Deno.ChildProcess | undefined;
}

export class KafkaCluster implements AsyncDisposable {
  readonly #directory: string;
  readonly #brokers: KafkaBroker[];

  /** Starts all brokers and waits until each answers. */
  static async start(options: KafkaClusterOptions): Promise<KafkaCluster> {
    const cluster = new KafkaCluster(options);
    try {
      for (const { properties } of cluster.#brokers) {
        await formatStorage(properties);
      }
      await Promise.all(cluster.#brokers.map(({ id }) => cluster.startBroker(id)));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor({ brokerCount, settings = {} }: KafkaClusterOptions) {
    this.#directory = Deno.makeTempDirSync({ prefix: "milena-kafka-" });
    const [controllerPort, ...ports] = freePorts(1 + brokerCount);
    this.#brokers = ports.map((port, i) => {
      const id = i + 1;
      const properties = join(this.#directory, `${id}.properties`);
      const controller = `CONTROLLER://127.0.0.1:${controllerPort}`;
      const lines = {
        "process.roles": id === 1 ? "broker,controller" : "broker",
        "node.id": String(id),
        "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
        "listeners": `PLAINTEXT://127.0.0.1:${port}${id === 1 ? `,${controller}` : ""}`,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": join(this.#directory, `data-${id}`),
        "log.cleaner.dedupe.buffer.size": String(8 * 1024 * 1024),
        "default.replication.factor": String(brokerCount),
        "offsets.topic.replication.factor": String(brokerCount),
        "offsets.topic.num.partitions": "6",
        "transaction.state.log.replication.factor": String(brokerCount),
        "transaction.state.log.num.partitions": "6",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        ...settings,
      };
      Deno.writeTextFileSync(
        properties,
        Object.entries(lines).map(([name, value]) => `${name}=${value}\n`).join(""),
      );
      return { id, port, properties, log: join(this.#directory, `${id}.log`), process: undefined };
    });
  }

  /** HOST:PORT of all brokers, with commas between them. */
  get bootstrap(): string {
    return this.addresses.map(({ host, port }) => `${host}:${port}`).join(",");
  }

  get addresses(): { readonly host: string; readonly port: number }[] {
    return this.#brokers.map(({ port }) => ({ host: "127.0.0.1", port }));
  }

  async startBroker(id: number): Promise<void> {
    const broker = this.#broker(id);
    if (broker.process !== undefined) throw new Error(`broker ${id} runs`);
    // Both outputs go to a file, which the script's `exec` hands on to Java: the pid is Java's own.
    broker.process = new Deno.Command("/bin/sh", {
      args: [
        "-c",
        'exec "$0" tool kafka.Kafka "$1" >> "$2" 2>&1',
        peersScript,
        broker.properties,
        broker.log,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      env: environment,
    }).spawn();
    await this.#answers(broker);
  }

  /** SIGTERM gives leadership away before it ends; after SIGKILL the controller has to notice. */
  async stopBroker(id: number, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const broker = this.#broker(id);
    const { process } = broker;
    if (process === undefined) throw new Error(`broker ${id} does not run`);
    process.kill(signal);
    const timer = setTimeout(() => process.kill("SIGKILL"), 60_000);
    await process.status;
    clearTimeout(timer);
    broker.process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#brokers.filter(({ process }) => process !== undefined).map(({ id }) => {
        return this.stopBroker(id, "SIGKILL");
      }),
    );
    await Deno.remove(this.#directory, { recursive: true });
  }

  #broker(id: number): KafkaBroker {
    return this.#brokers.find((broker) => broker.id === id)!;
  }

  async #answers({ id, port, log, process }: KafkaBroker): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    let hasEnded = false;
    void process!.status.then(() => hasEnded = true);
    for (;;) {
      try {
        (await Connection.connect({ address: { host: "127.0.0.1", port }, clientId: "test" })).close();
        return;
      } catch (error) {
        if (hasEnded || performance.now() > deadline) {
          const said = Deno.readTextFileSync(log).slice(-3000);
          throw new Error(`Apache Kafka's broker ${id} does not answer: ${said}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

async function formatStorage(properties: string): Promise<void> {
  const { code, stdout, stderr } = await tryJavaTool("kafka.tools.StorageTool", [
    "format",
    "-t",
    CLUSTER_ID,
    "-c",
    properties,
  ]);
  if (code !== 0) throw new Error(`StorageTool format: ${new TextDecoder().decode(stdout)}\n${stderr}`);
}

/** Ports that nobody has at the moment. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
