/**
 * The client through everything that can happen to it at once, for a while: two producers and one with transactions write, a
 * group whose members come and go reads, while the broker is killed and frozen and connections are cut.
 *
 * What must be true in the end: of what idempotent producers were told nothing is lost, doubled or out of order (History); of
 * transactions there is all or nothing (TransactionHistory); the group has read every record at least once, and none that
 * nobody sent; nothing failed, and no promise was forgotten.
 * @module
 */
import assert from "node:assert/strict";
import { describeGroup } from "../../client/admin/groups.ts";
import { Cluster } from "../../client/cluster.ts";
import { Producer } from "../../client/mod.ts";
import { createTopic, uniqueTopic } from "../clients/topic.ts";
import { quickGroups } from "../clients/groups.ts";
import { History, type HistoryFigures, recordValue } from "../crash/history.ts";
import { CuttingProxy } from "../support/cutting_proxy.ts";
import { type Address, type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { SeededRandom } from "../support/random.ts";
import { readTexts } from "./consuming.ts";
import { GroupWorker, type Handled } from "./group_worker.ts";
import { checkHistory } from "./history_check.ts";
import { type Config, type Data, senders, within } from "./producing.ts";
import { TransactionHistory } from "./transaction_history.ts";

const PARTITIONS = 4;
const SETTLE_WITHIN_MS = 60_000;
const MOST_UNTOLD = 3000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

export interface SoakFigures extends HistoryFigures {
  readonly seconds: number;
  readonly kills: number;
  readonly freezes: number;
  readonly cuts: number;
  /** Producers that were closed and made anew, with another configuration. */
  readonly producers: number;
  readonly committed: number;
  readonly aborted: number;
  /** Transactions whose producer was left in the middle. */
  readonly left: number;
  readonly groupMembers: number;
  readonly handled: number;
  readonly refusedCommits: number;
  readonly mostResidentBytes: number;
}

/** Throws if anything is not as it must be. */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  const random = new SeededRandom(options.seed);
  using proxy = new CuttingProxy({
    get target(): Address {
      return broker.kafka;
    },
    random,
    cutOneOf: 40,
  });
  const { host, port } = proxy.address;
  const settings = {
    ...quickGroups,
    // Who could not say that it leaves is missed no longer than that.
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "6000",
    "auto.create.topics.enable": "false",
    "advertised.listeners": `PLAINTEXT://${host}:${port}`,
  };
  await using broker = await startMilena({ settings });
  try {
    return await new Soak(broker, proxy, random, options).run();
  } catch (error) {
    throw new Error(
      `seed ${options.seed}: ${String(error)}\nthe broker said:\n${broker.stderr.slice(-2000)}`,
      {
        cause: error,
      },
    );
  }
}

class Soak {
  readonly #broker: MilenaProcess;
  readonly #proxy: CuttingProxy;
  readonly #random: SeededRandom;
  readonly #options: SoakOptions;
  readonly #history = new History();
  readonly #transactions = new TransactionHistory();
  readonly #handled: Handled = new Map();
  readonly #failures: string[] = [];
  #kills = 0;
  #freezes = 0;
  #producers = 0;
  #groupMembers = 0;
  #refusedCommits = 0;
  #mostResidentBytes = 0;
  #isOver = false;

  constructor(broker: MilenaProcess, proxy: CuttingProxy, random: SeededRandom, options: SoakOptions) {
    this.#broker = broker;
    this.#proxy = proxy;
    this.#random = random;
    this.#options = options;
  }

  async run(): Promise<SoakFigures> {
    const begin = performance.now();
    const topic = await createTopic(this.#bootstrap, "soak", { partitions: PARTITIONS });
    const sink = await createTopic(this.#bootstrap, "soak-transactions", { partitions: PARTITIONS });
    const working = [
      ...senders.map((sender) => this.#produce(topic, sender)),
      this.#transact(sink),
      this.#consume(topic),
    ];
    // The first that fails ends it for all.
    for (const one of working) one.catch(() => this.#isOver = true);
    try {
      await this.#trouble(begin + this.#options.seconds * 1000);
    } finally {
      this.#isOver = true;
    }
    this.#proxy.isCutting = false;
    const names = [...senders.map((sender) => `the producer, ${sender}`), "transactions", "the group"];
    await Promise.all(working.map((one, at) => within(one, SETTLE_WITHIN_MS, `the end of ${names[at]}`)));
    await checkHistory(this.#history, this.#bootstrap, topic, PARTITIONS);
    assert.deepEqual(this.#transactions.findings(await readTexts(this.#bootstrap, sink)), []);
    assert.deepEqual(this.#failures, []);
    return {
      ...this.#history.figures,
      seconds: (performance.now() - begin) / 1000,
      kills: this.#kills,
      freezes: this.#freezes,
      cuts: this.#proxy.cuts,
      producers: this.#producers,
      committed: this.#transactions.countOf("committed"),
      aborted: this.#transactions.countOf("aborted"),
      left: this.#transactions.countOf("unknown"),
      groupMembers: this.#groupMembers,
      handled: this.#handled.size,
      refusedCommits: this.#refusedCommits,
      mostResidentBytes: this.#mostResidentBytes,
    };
  }

  get #bootstrap(): string {
    const { host, port } = this.#proxy.address;
    return `${host}:${port}`;
  }

  /** What all producers have in common: they wait as long as it takes. */
  get #patient(): Config {
    return {
      ...{ "bootstrap.servers": this.#bootstrap, "delivery.timeout.ms": 600_000, "max.block.ms": 600_000 },
      ...{ "retry.backoff.ms": 5, "retry.backoff.max.ms": 50, "request.timeout.ms": 5000 },
      ...{ "reconnect.backoff.ms": 5, "reconnect.backoff.max.ms": 100 },
    };
  }

  #randomConfig(): Config {
    const random = this.#random;
    return {
      "linger.ms": random.pick([0, 1, 5, 50]),
      "batch.size": random.pick([0, 500, 4000, 16_384]),
      "buffer.memory": random.pick([100_000, 1_000_000]),
      "compression.type": random.pick(["none", "gzip", "snappy", "lz4", "zstd"] as const),
      "max.in.flight.requests.per.connection": random.pick([1, 2, 5]),
    };
  }

  /** Until the end comes; then the broker is there again. */
  async #trouble(until: number): Promise<void> {
    let nextLine = performance.now() + 10_000;
    while (performance.now() < until && !this.#isOver) {
      await pause(200 + this.#random.below(1500));
      const what = this.#random.below(10);
      if (what < 4) {
        await this.#broker.kill9();
        this.#kills++;
        await pause(this.#random.below(500));
        await this.#broker.start();
      } else if (what < 5) {
        this.#broker.signal("SIGSTOP");
        this.#freezes++;
        // Now and then for longer than a request may take.
        await pause(this.#random.pick([200, 1000, 6000]));
        this.#broker.signal("SIGCONT");
      } else {
        this.#proxy.isCutting = what < 8;
      }
      this.#mostResidentBytes = Math.max(this.#mostResidentBytes, Deno.memoryUsage().rss);
      if (performance.now() > nextLine) {
        nextLine += 10_000;
        this.#options.say?.(
          `${this.#kills} kills, ${this.#freezes} freezes, ${this.#proxy.cuts} cuts: ` +
            `${this.#history.figures.acknowledged} records acknowledged, ${this.#handled.size} read, ` +
            `${this.#transactions.size} transactions`,
        );
      }
    }
  }

  async #produce(topic: string, sender: typeof senders[number]): Promise<void> {
    const counts = new Array<number>(PARTITIONS).fill(0);
    while (!this.#isOver) {
      const producer = new Producer<Data, Data>({ ...this.#patient, ...this.#randomConfig(), sender });
      this.#producers++;
      const until = performance.now() + 2000 + this.#random.below(8000);
      const untold = new Set<Promise<void>>();
      while (!this.#isOver && performance.now() < until) {
        for (let burst = this.#random.below(60); burst > 0; burst--) {
          const partition = this.#random.below(PARTITIONS);
          const name = { producer: sender, partition, index: counts[partition]!++ };
          const value = recordValue(name, "x".repeat(this.#random.below(400)));
          const told = producer.send({ topic, key: null, value, partition }).then(
            ({ offset }) => this.#history.acknowledge(name, offset),
            (error) => {
              this.#history.fail(name);
              this.#failures.push(`${sender}: ${error}`);
            },
          ).finally(() => untold.delete(told));
          untold.add(told);
        }
        await pause(this.#random.below(20));
        if (untold.size > MOST_UNTOLD) await Promise.race(untold);
        if (this.#random.below(200) === 0) await producer.flush();
      }
      // All are told by then, whatever is on its way.
      await producer.close();
      await within(Promise.all(untold), 1000, `${untold.size} records of a closed producer (${sender})`);
    }
  }

  async #transact(topic: string): Promise<void> {
    const id = uniqueTopic("soak");
    let producer: Producer<Data, Data> | undefined;
    while (!this.#isOver) {
      if (producer === undefined) {
        const sender = this.#random.pick(senders);
        const config = { ...this.#patient, ...this.#randomConfig(), "transactional.id": id, sender };
        producer = new Producer<Data, Data>({ ...config, "transaction.timeout.ms": 30_000 });
        this.#producers++;
        await producer.initTransactions();
      }
      const transaction = this.#transactions.begin();
      const keeps = this.#random.below(4) > 0;
      producer.beginTransaction();
      for (let count = this.#random.below(50); count > 0; count--) {
        await producer.append({
          topic,
          key: null,
          value: this.#transactions.nextValue(transaction),
          partition: this.#random.below(PARTITIONS),
        });
      }
      if (this.#random.below(15) === 0) {
        // It is left as it is; who comes next ends it.
        const left = producer;
        producer = undefined;
        this.#transactions.end(transaction, "unknown");
        void left.close().catch(() => {});
        continue;
      }
      await (keeps ? producer.commitTransaction() : producer.abortTransaction());
      this.#transactions.end(transaction, keeps ? "committed" : "aborted");
      await pause(this.#random.below(50));
    }
    await producer?.close();
  }

  /** One to three members, another every few seconds; in the end one, until it has read all. */
  async #consume(topic: string): Promise<void> {
    const protocol = this.#random.pick(["classic", "consumer"] as const);
    const options = {
      topic,
      handled: this.#handled,
      handlesFirst: true,
      config: {
        ...{
          "bootstrap.servers": this.#bootstrap,
          "group.id": uniqueTopic("soak"),
          "group.protocol": protocol,
        },
        ...protocol === "classic" ? { "session.timeout.ms": 6000, "heartbeat.interval.ms": 500 } : {},
        ...{ "request.timeout.ms": 5000, "retry.backoff.ms": 20, "reconnect.backoff.max.ms": 100 },
        "partition.assignment.strategy": this.#random.pick(["range", "cooperative-sticky"]),
      },
    };
    const members: GroupWorker[] = [];
    const leave = async (member: GroupWorker) => {
      this.#refusedCommits += member.refusedCommits;
      await within(member.leave(), 30_000, "a member that leaves");
    };
    const join = () => {
      members.push(new GroupWorker(options));
      this.#groupMembers++;
    };
    join();
    while (!this.#isOver) {
      await Promise.race([pause(1000), ...members.map(({ working }) => working)]);
      if (this.#random.below(4) > 0) continue;
      if (members.length < 3 && this.#random.below(2) === 0) join();
      else if (members.length > 1) await leave(members.shift()!);
    }
    while (members.length > 1) await leave(members.shift()!);
    await this.#untilRead(options.config["group.id"], members[0]!);
    await leave(members[0]!);
  }

  async #describe(groupId: string): Promise<string> {
    const { host, port } = this.#proxy.address;
    using cluster = new Cluster({ bootstrap: [{ host, port }], clientId: "milena-test-soak" });
    return JSON.stringify(await describeGroup(cluster, groupId));
  }

  async #untilRead(groupId: string, { working }: GroupWorker): Promise<void> {
    const deadline = performance.now() + SETTLE_WITHIN_MS / 2;
    const isRead = () => this.#handled.size >= this.#history.figures.acknowledged;
    for (let calm = 0; calm < 20;) {
      calm = isRead() ? calm + 1 : 0;
      if (performance.now() > deadline) {
        const { acknowledged } = this.#history.figures;
        const group = await this.#describe(groupId);
        throw new Error(`the group has read ${this.#handled.size} of ${acknowledged} records: ${group}`);
      }
      await Promise.race([pause(50), working]);
    }
  }
}
