/**
 * A broker that a test may kill: Milena, or Apache Kafka where MILENA_TEST_BOOTSTRAP says that the suite runs against it.
 * It comes back with its data, on its port.
 * @module
 */
import { KafkaCluster } from "../support/kafka_cluster.ts";
import { type Address, type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { foreignBootstrap } from "../support/target.ts";

export interface OwnBrokerOptions {
  /** Where clients are told to go; default: to itself. */
  readonly advertised?: Address;
}

export interface OwnBroker extends AsyncDisposable {
  readonly address: Address;
  /** host:port */
  readonly bootstrap: string;
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** Returns when it answers, at once if it was not killed. */
  start(): Promise<void>;
}

/** Whether what `startOwnBroker` starts is Apache Kafka. */
export const isKafka: boolean = foreignBootstrap !== undefined;

const SETTINGS = { "auto.create.topics.enable": "false" };

export async function startOwnBroker({ advertised }: OwnBrokerOptions = {}): Promise<OwnBroker> {
  const settings = {
    ...SETTINGS,
    ...advertised && { "advertised.listeners": `PLAINTEXT://${advertised.host}:${advertised.port}` },
  };
  return isKafka
    ? new OwnKafka(await KafkaCluster.start({ brokerCount: 1, settings }))
    : new OwnMilena(await startMilena({ settings }));
}

class OwnMilena implements OwnBroker {
  readonly #process: MilenaProcess;
  #isDown = false;

  constructor(process: MilenaProcess) {
    this.#process = process;
  }

  get address(): Address {
    return this.#process.kafka;
  }

  get bootstrap(): string {
    return this.#process.bootstrap;
  }

  async kill(): Promise<void> {
    this.#isDown = true;
    await this.#process.kill9();
  }

  async start(): Promise<void> {
    if (this.#isDown) await this.#process.start();
    this.#isDown = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

const KAFKA_ID = 1;

class OwnKafka implements OwnBroker {
  readonly #cluster: KafkaCluster;
  #isDown = false;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  get address(): Address {
    return this.#cluster.addresses[0]!;
  }

  get bootstrap(): string {
    return this.#cluster.bootstrap;
  }

  async kill(): Promise<void> {
    this.#isDown = true;
    await this.#cluster.stopBroker(KAFKA_ID, "SIGKILL");
  }

  async start(): Promise<void> {
    if (this.#isDown) await this.#cluster.startBroker(KAFKA_ID);
    this.#isDown = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cluster[Symbol.asyncDispose]();
  }
}
