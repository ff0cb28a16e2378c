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
  /** Besides the plain one. */
  readonly listeners?: readonly KafkaListener[];
  /** For SCRAM, with both hashes. */
  readonly users?: Readonly<Record<string, string>>;
}

export interface KafkaListener {
  /** Capital letters. */
  readonly name: string;
  readonly protocol: "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Of this listener alone: "ssl.client.auth". */
  readonly settings: Readonly<Record<string, string>>;
}

const CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk";
const READY_WITHIN_MS = 120_000;
/** Little memory, and no waiting: there may be several on a small machine. */
const environment = { KAFKA_HEAP_OPTS: "-Xmx320M" };

interface KafkaBroker {
  readonly id: number;
  readonly port: number;
  /** Of the listeners, by name. */
  readonly ports: ReadonlyMap<string, number>;
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
        await formatStorage(properties, options.users ?? {});
      }
      await Promise.all(cluster.#brokers.map(({ id }) => cluster.startBroker(id)));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor({ brokerCount, settings = {}, listeners = [] }: KafkaClusterOptions) {
    this.#directory = Deno.makeTempDirSync({ prefix: "milena-kafka-" });
    const [controllerPort, ...brokerPorts] = freePorts(1 + brokerCount * (1 + listeners.length));
    this.#brokers = Array.from({ length: brokerCount }, (_, i) => {
      const id = i + 1;
      const [port, ...ports] = brokerPorts.slice(i * (1 + listeners.length)) as [number, ...number[]];
      const more = listeners.map(({ name }, j) => `,${name}://127.0.0.1:${ports[j]}`).join("");
      const properties = join(this.#directory, `${id}.properties`);
      const controller = `CONTROLLER://127.0.0.1:${controllerPort}`;
      const lines = {
        "process.roles": id === 1 ? "broker,controller" : "broker",
        "node.id": String(id),
        "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
        "listeners": `PLAINTEXT://127.0.0.1:${port}${more}${id === 1 ? `,${controller}` : ""}`,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": [
          "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
          ...listeners.map(({ name, protocol }) => `${name}:${protocol}`),
        ].join(","),
        "log.dirs": join(this.#directory, `data-${id}`),
        "log.cleaner.dedupe.buffer.size": String(8 * 1024 * 1024),
        "default.replication.factor": String(brokerCount),
        "offsets.topic.replication.factor": String(brokerCount),
        "offsets.topic.num.partitions": "6",
        "transaction.state.log.replication.factor": String(brokerCount),
        "transaction.state.log.num.partitions": "6",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        ...listeners.map(listenerSettings).reduce((all, more) => ({ ...all, ...more }), {}),
        ...settings,
      };
      Deno.writeTextFileSync(
        properties,
        // Certificates have several lines.
        Object.entries(lines).map(([name, value]) => `${name}=${value.replaceAll("\n", "\\n")}\n`).join(""),
      );
      return {
        id,
        port,
        ports: new Map(listeners.map(({ name }, j) => [name, ports[j]!])),
        properties,
        log: join(this.#directory, `${id}.log`),
        process: undefined,
      };
    });
  }

  /** HOST:PORT of all brokers, with commas between them. */
  get bootstrap(): string {
    return this.addresses.map(({ host, port }) => `${host}:${port}`).join(",");
  }

  get addresses(): { readonly host: string; readonly port: number }[] {
    return this.#brokers.map(({ port }) => ({ host: "127.0.0.1", port }));
  }

  /** Where the first broker has a listener of that name. */
  addressOf(listener: string): { readonly host: string; readonly port: number } {
    return { host: "127.0.0.1", port: this.#broker(1).ports.get(listener)! };
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

function listenerSettings({ name, settings }: KafkaListener): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value]),
  );
}

async function formatStorage(properties: string, users: Readonly<Record<string, string>>): Promise<void> {
  const { code, stdout, stderr } = await tryJavaTool("kafka.tools.StorageTool", [
    "format",
    "-t",
    CLUSTER_ID,
    "-c",
    properties,
    ...Object.entries(users).flatMap(([name, password]) =>
      ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
        "--add-scram",
        `${mechanism}=[name=${name},password=${password}]`,
      ])
    ),
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
