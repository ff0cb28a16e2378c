/**
 * Apache Kafka 4.3 in a process of its own, with a fresh directory, that tells its clients another address.
 * @module
 */
import { runCommand } from "../../support/run_command.ts";
import { peersScript } from "../../support/peers.ts";

const READY_WITHIN_MS = 60_000;

export class KafkaProcess implements AsyncDisposable {
  readonly #directory: string;
  readonly #child: Deno.ChildProcess;
  readonly port: number;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.port = port;
    this.#child = new Deno.Command(peersScript, {
      args: ["tool", "kafka.Kafka", `${directory}/server.properties`],
      env: { KAFKA_HEAP_OPTS: "-Xmx512M" },
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** @param directory must not exist; it is removed in the end. It shows in some answers. */
  static async start(
    { directory, advertised }: { directory: string; advertised: string },
  ): Promise<KafkaProcess> {
    const [clients, brokers, controllers] = freePorts(3);
    await Deno.mkdir(directory);
    await Deno.writeTextFile(
      `${directory}/server.properties`,
      `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllers}
listeners=PLAINTEXT://127.0.0.1:${clients},BROKER://127.0.0.1:${brokers},CONTROLLER://127.0.0.1:${controllers}
advertised.listeners=PLAINTEXT://${advertised},BROKER://127.0.0.1:${brokers},CONTROLLER://127.0.0.1:${controllers}
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
group.initial.rebalance.delay.ms=0
`,
    );
    const format = ["--standalone", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", `${directory}/server.properties`];
    await runCommand(peersScript, ["tool", "kafka.tools.StorageTool", "format", ...format]);
    const kafka = new KafkaProcess(directory, clients!);
    try {
      await kafka.#untilItListens();
      return kafka;
    } catch (error) {
      await kafka[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #untilItListens(): Promise<void> {
    for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end;) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error(`Kafka does not listen on port ${this.port} after ${READY_WITHIN_MS} ms`);
  }
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  return listeners.map((listener) => {
    listener.close();
    return listener.addr.port;
  });
}
