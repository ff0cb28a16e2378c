import { deepEqual, equal, ok } from "node:assert/strict";
import { CompressionType } from "../../protocol/compression_type.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import type { CommonConfig } from "../config/cluster_of.ts";
import { commonKeys } from "../config/common_keys.ts";
import { readConfig } from "../config/read_config.ts";
import { Accumulator } from "./accumulator.ts";
import { BatchMemory, makeBatchMemory } from "./batch_memory.ts";
import { monotonicMs } from "./monotonic.ts";
import { errorOfBytes } from "./producer_error.ts";
import { ProducerTopic } from "./producer_topic.ts";
import { RecordWriter } from "./record_writer.ts";
import { Sender } from "./sender.ts";
import type { FromSender, SenderOptions } from "./sender_messages.ts";
import { type Faults, ModelCluster, NO_FAULTS } from "./testing/model_cluster.ts";

/** A caller that appends numbered values and keeps what it is told of each batch. */
class Caller {
  readonly outcomes: {
    readonly values: readonly string[];
    readonly partition: number;
    readonly offset: number;
    readonly error?: Error;
  }[] = [];
  readonly sent = new Map<number, string[]>();
  readonly memory: BatchMemory;
  readonly #accumulator: Accumulator;
  readonly sender: Sender;
  readonly #writer = new RecordWriter();
  readonly #values = new Map<object, string[]>();
  topic: ProducerTopic | undefined;

  constructor(cluster: ModelCluster, options: Partial<SenderOptions> = {}) {
    const layout = makeBatchMemory(options.layout === undefined ? 256 * 1024 : 0, 1024);
    this.memory = new BatchMemory(layout);
    this.#accumulator = new Accumulator(this.memory, 1024, monotonicMs);
    const common = readConfig("a client", commonKeys, {
      "bootstrap.servers": "model:1",
      "retry.backoff.ms": 1,
      "retry.backoff.max.ms": 3,
    }) as CommonConfig;
    this.sender = new Sender(
      {
        common,
        hasTokens: false,
        acks: -1,
        isIdempotent: true,
        lingerMs: 0,
        compression: CompressionType.none,
        compressionLevel: undefined,
        maxRequestBytes: 4096,
        maxInFlight: 5,
        deliveryTimeoutMs: 60_000,
        maxBlockMs: 1000,
        retries: 2 ** 31 - 1,
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        ...options,
        layout,
      },
      cluster.asCluster,
      (message) => this.#take(message),
    );
  }

  get outstanding(): number {
    return this.#accumulator.outstanding;
  }

  get freeBytes(): number {
    return this.#accumulator.freeBytes;
  }

  append(partition: number, value: string): boolean {
    this.#writer.take(null, value, undefined);
    const batch = this.#accumulator.append(this.topic!, partition, 0, this.#writer);
    if (batch === undefined) return false;
    if (!this.#values.has(batch)) this.#values.set(batch, []);
    this.#values.get(batch)!.push(value);
    if (!this.sent.has(partition)) this.sent.set(partition, []);
    this.sent.get(partition)!.push(value);
    if (this.memory.callSender()) this.sender.wake();
    return true;
  }

  #take(message: FromSender): void {
    if (message !== 0) {
      if (message.kind !== "topic") return;
      this.topic ??= new ProducerTopic(message.name, message.id, message.partitionCount, message.available);
      return;
    }
    setTimeout(() => this.collect(), 0);
  }

  collect(): void {
    const { memory } = this;
    memory.callerLooks();
    for (let head = memory.done.take(); head >= 0; head = memory.done.take()) {
      const why = memory.whyOf(head);
      const offset = memory.baseOffsetOf(head);
      const batch = this.#accumulator.takeBack(head);
      const values = this.#values.get(batch)!;
      this.#values.delete(batch);
      equal(values.length, batch.count);
      this.outcomes.push({
        values,
        partition: batch.partition,
        offset,
        ...why === undefined ? {} : { error: errorOfBytes(why) },
      });
    }
  }
}

/** More of them than the fast tests want: MILENA_TEST_ROUNDS. */
const ROUNDS = Number(Deno.env.get("MILENA_TEST_ROUNDS") ?? 2);

const pause = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

async function begin(cluster: ModelCluster, options?: Partial<SenderOptions>): Promise<Caller> {
  const caller = new Caller(cluster, options);
  caller.sender.topic("t", false);
  while (caller.topic === undefined) await pause();
  return caller;
}

async function finished(caller: Caller): Promise<void> {
  while (caller.outstanding > 0) {
    await pause(1);
    caller.sender.wake();
    caller.collect();
  }
}

/** What was acknowledged lies where that was said; nothing lies there twice, or in another order, or from nowhere. */
function check(cluster: ModelCluster, caller: Caller, note: string): void {
  cluster.topics.get("t")!.forEach(({ values: log }, partition) => {
    const sent = caller.sent.get(partition) ?? [];
    const order = new Map(sent.map((value, index) => [value, index]));
    let last = -1;
    for (const value of log) {
      const index = order.get(value);
      ok(index !== undefined, `${note}: ${value} from nowhere in partition ${partition}`);
      ok(index > last, `${note}: ${value} doubled or out of order in partition ${partition}`);
      last = index;
    }
    const told = caller.outcomes.filter((one) => one.partition === partition);
    equal(told.reduce((sum, { values }) => sum + values.length, 0), sent.length, `${note}: not told of all`);
    for (const { values, offset, error } of told) {
      if (error === undefined && offset >= 0) {
        deepEqual(log.slice(offset, offset + values.length), values, `${note}: acknowledged at ${offset}`);
      } else if (error === undefined) {
        ok(values.every((value) => log.includes(value)), `${note}: acknowledged and not there`);
      }
    }
  });
}

Deno.test("Sender delivers what it was told of, in order, and all memory comes back", async () => {
  const cluster = new ModelCluster(new SeededRandom(1), 2);
  cluster.create("t", 3);
  const caller = await begin(cluster);
  const total = caller.freeBytes;
  for (let index = 0; index < 1000; index++) {
    while (!caller.append(index % 3, `value ${index}`)) {
      await pause();
      caller.collect();
    }
  }
  await finished(caller);
  check(cluster, caller, "no faults");
  ok(caller.outcomes.every(({ error }) => error === undefined));
  equal(caller.freeBytes, total);
  ok(cluster.mostInFlight <= 5);
  await caller.sender.close();
});

const kinds: Readonly<Record<string, Faults>> = {
  "connections that break": { ...NO_FAULTS, lostBefore: 5, lostAfter: 5 },
  "leaders that move": { ...NO_FAULTS, refused: 8 },
  "batches that are rejected": { ...NO_FAULTS, rejected: 3, lostAfter: 3 },
  "everything": { lostBefore: 3, lostAfter: 3, refused: 3, timedOut: 3, rejected: 1, forgotten: 0 },
};

for (const [kind, faults] of Object.entries(kinds)) {
  Deno.test(`Sender loses, doubles and reorders nothing through ${kind}`, async () => {
    const seed = testSeed();
    console.log(`seed ${seed}`);
    for (let round = 0; round < ROUNDS; round++) {
      const random = new SeededRandom(seed + round);
      const cluster = new ModelCluster(random, 3);
      cluster.create("t", 4);
      const caller = await begin(cluster, {
        maxInFlight: 1 + random.below(5),
        // Some give up soon.
        retries: random.below(2) === 0 ? 2 : 2 ** 31 - 1,
      });
      const total = caller.freeBytes;
      cluster.faults = faults;
      for (let index = 0; index < 600; index++) {
        const value = `${index} ${"x".repeat(random.below(150))}`;
        while (!caller.append(random.below(4), value)) {
          await pause();
          caller.collect();
        }
        if (random.below(20) === 0) await pause();
      }
      await finished(caller);
      check(cluster, caller, `seed ${seed + round}`);
      equal(caller.freeBytes, total, `seed ${seed + round}: memory is missing`);
      ok(cluster.mostInFlight <= 5);
      await caller.sender.close();
    }
  });
}

Deno.test("Sender sends again what was refused in a transaction, and what came behind it", async () => {
  const seed = testSeed();
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const cluster = new ModelCluster(random, 1);
  cluster.create("t", 2);
  const caller = await begin(cluster, { transactionalId: "x" });
  await caller.sender.initTransactions();
  // Apache Kafka says so of a batch while its partition is being added to the transaction.
  cluster.faults = { ...NO_FAULTS, refused: 15 };
  for (let transaction = 0; transaction < 20; transaction++) {
    for (let index = 0; index < 40; index++) {
      while (!caller.append(index % 2, `${transaction} ${index} ${"x".repeat(random.below(400))}`)) {
        await pause();
        caller.collect();
      }
    }
    await finished(caller);
    await caller.sender.endTransaction(true);
  }
  deepEqual(caller.outcomes.filter(({ error }) => error !== undefined), []);
  check(cluster, caller, `seed ${seed}`);
  await caller.sender.close();
});

Deno.test("Sender fails what is not acknowledged within the delivery timeout, and says why", async () => {
  const cluster = new ModelCluster(new SeededRandom(1), 1);
  cluster.create("t", 1);
  const caller = await begin(cluster, { deliveryTimeoutMs: 30 });
  cluster.faults = { ...NO_FAULTS, lostBefore: 100 };
  caller.append(0, "lost");
  await finished(caller);
  const error = caller.outcomes[0]!.error!;
  ok(error.message.includes("t-0 were not acknowledged within delivery.timeout.ms (30 ms)"), error.message);
  ok(error.message.includes("the model's connection broke"), error.message);
  cluster.faults = NO_FAULTS;
  caller.append(0, "found");
  await finished(caller);
  deepEqual(cluster.topics.get("t")![0]!.values, ["found"]);
  await caller.sender.close();
});

Deno.test("Sender fails in time all that waits while the cluster is away", async () => {
  // The first batch that was given up left a gap. The others needed another producer id, which no broker gave, and nothing
  // looked at the time meanwhile: they waited for ever, and so did who closed the producer.
  const cluster = new ModelCluster(new SeededRandom(1), 1);
  cluster.create("t", 2);
  const caller = await begin(cluster, { deliveryTimeoutMs: 30 });
  caller.append(0, "written");
  await finished(caller);
  cluster.faults = { ...NO_FAULTS, lostBefore: 100, givesNoIds: true };
  // Some of them have time left when the first have none.
  for (let at = 0; at < 10; at++) {
    for (const partition of [0, 1]) caller.append(partition, `${at} ${"x".repeat(500)}`);
    await pause(5);
  }
  // Nobody wakes the sender.
  for (let looks = 0; caller.outstanding > 0; looks++) {
    ok(looks < 5000, `${caller.outstanding} batches are still waiting`);
    await pause(1);
    caller.collect();
  }
  const failed = caller.outcomes.filter(({ error }) => error !== undefined);
  equal(failed.flatMap(({ values }) => values).length, 20);
  cluster.faults = NO_FAULTS;
  caller.append(0, "found");
  await finished(caller);
  deepEqual(cluster.topics.get("t")![0]!.values, ["written", "found"]);
  await caller.sender.close();
});

Deno.test("Sender fails what is left when it is closed", async () => {
  const cluster = new ModelCluster(new SeededRandom(1), 1);
  cluster.create("t", 1);
  const caller = await begin(cluster, { lingerMs: 60_000 });
  caller.append(0, "never sent");
  await caller.sender.close();
  caller.collect();
  equal(caller.outstanding, 0);
  ok(caller.outcomes[0]!.error!.message.includes("closed before"), String(caller.outcomes[0]!.error));
});
