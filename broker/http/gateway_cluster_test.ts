/**
 * The gateway in front of several brokers: where records go, and what becomes of them when leaders move and brokers die.
 * @module
 */
import assert from "node:assert/strict";
import { createTopic, deleteTopic, describeTopic } from "../../client/admin/topics.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { ResponseError } from "../../client/response_error.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { decodeRecords } from "../../protocol/records.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { TinyCluster, type TinyClusterOptions } from "../../tests/support/tiny_cluster.ts";
import { Gateway } from "./gateway.ts";
import { failureOf, UncertainError } from "./kafka_failures.ts";
import type { Acks, Outcome } from "./produce_gatherer.ts";
import type { RecordToWrite } from "./records_request.ts";
import { offsetRange } from "./start_offset.ts";

const PARTITIONS = 6;

/** Three brokers; a topic "t" of six partitions led by 1, 2, 3, 1, 2, 3. */
class Fixture implements AsyncDisposable {
  readonly brokers: TinyCluster;
  readonly gateway: Gateway;

  constructor(options: TinyClusterOptions = {}, patienceMs = 3000) {
    this.brokers = new TinyCluster(options);
    this.brokers.create("t", PARTITIONS);
    this.gateway = new Gateway({ address: this.brokers.bootstrap, patienceMs });
  }

  async write(partition: number, texts: readonly string[], acks: Acks = -1): Promise<Outcome[]> {
    const placed = await this.gateway.write("t", texts.map(record), { acks, partition });
    return placed.map(({ outcome }) => outcome);
  }

  /** What is stored in a partition, by offset. */
  stored(partition: number): string[] {
    return this.brokers.topics.get("t")![partition]!.batches.flatMap((batch) =>
      [...decodeRecords(batch, { maxBytes: 1_000_000 })].map(({ value }) => new TextDecoder().decode(value!))
    );
  }

  produceRequests(id: number): number {
    return this.brokers.broker(id).requests.filter(({ apiKey }) => apiKey === api.Produce.key).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gateway.close();
    await this.brokers[Symbol.asyncDispose]();
  }
}

function record(text: string): RecordToWrite {
  const value = new TextEncoder().encode(text);
  return { key: null, value, headers: [], timestamp: undefined, partition: undefined };
}

function errorOf(outcome: Outcome): Error {
  return (outcome as { error: Error }).error;
}

Deno.test("Gateway.write() sends each leader its partitions, in one request", async () => {
  await using test = new Fixture();
  const records = Array.from(
    { length: PARTITIONS },
    (_, partition) => ({ ...record(`${partition}`), partition }),
  );
  const placed = await test.gateway.write("t", records, { acks: -1 });
  assert.deepEqual(
    placed.map(({ partition, outcome }) => [partition, (outcome as { offset: number }).offset]),
    [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0],
    ],
  );
  assert.deepEqual([1, 2, 3].map((id) => test.produceRequests(id)), [1, 1, 1]);
});

Deno.test("Gateway.write() lets others through while one broker is slow", async () => {
  const release = Promise.withResolvers<void>();
  await using test = new Fixture({ onProduce: (id) => id === 1 ? release.promise : undefined });
  const slow = test.write(0, ["slow"]);
  await test.write(1, ["a"]);
  await test.write(2, ["b"]);
  assert.deepEqual([0, 1, 2].map((partition) => test.stored(partition)), [[], ["a"], ["b"]]);
  release.resolve();
  await slow;
});

Deno.test("Gateway.write() sends again to the new leader, once, what the old one refused", async () => {
  await using test = new Fixture();
  await test.write(0, ["a"]);
  test.brokers.moveLeader("t", 0, 2);
  assert.deepEqual(
    (await test.write(0, ["b", "c"])).map((outcome) => (outcome as { offset: number }).offset),
    [
      1,
      2,
    ],
  );
  assert.deepEqual(test.stored(0), ["a", "b", "c"]);
});

Deno.test("Gateway.write() waits for a leader, and keeps the order of those who wait", async () => {
  await using test = new Fixture();
  await test.write(0, ["a"]);
  await test.brokers.stop(1);
  test.brokers.moveLeader("t", 0, -1);
  const waiting = ["b", "c", "d"].map((text) => test.write(0, [text]));
  setTimeout(() => test.brokers.moveLeader("t", 0, 3), 150);
  await Promise.all(waiting);
  assert.deepEqual(test.stored(0), ["a", "b", "c", "d"]);
});

Deno.test("Gateway.write() says that nothing was written when no leader comes in time", async () => {
  await using test = new Fixture({}, 100);
  await test.write(0, ["a"]);
  await test.brokers.stop(1);
  const [refused] = await test.write(0, ["b"]);
  const failure = failureOf(errorOf(refused!), "t")!;
  assert.equal(failure.status, 503);
  assert.match(failure.message, /nothing was done|could not .* just now/);
  assert.deepEqual(test.stored(0), ["a"]);
});

Deno.test("Gateway.write() says that it may have been written, and does not again, when the broker dies over it", async () => {
  let dies = true;
  await using test = new Fixture({
    onProduce: (id, moment) => {
      if (id !== 1 || moment === "before" || !dies) return;
      dies = false;
      throw new Error("the connection breaks");
    },
  });
  const [unknown] = await test.write(0, ["a"]);
  assert.ok(errorOf(unknown!) instanceof ConnectionError);
  assert.match(failureOf(errorOf(unknown!), "t")!.message, /may or may not have been done/);
  await test.write(0, ["b"]);
  assert.deepEqual(test.stored(0), ["a", "b"]);
});

Deno.test("Gateway.write() does not write again what a deposed leader had appended", async () => {
  await using test = new Fixture();
  await test.write(0, ["a"]);
  // As Apache Kafka answers when leadership moves while acks=-1 waits: the error, and where the batch was put.
  test.brokers.deposeWhileWaiting("t", 0, 2);
  const [unknown] = await test.write(0, ["b"]);
  assert.ok(errorOf(unknown!) instanceof UncertainError);
  assert.match(failureOf(errorOf(unknown!), "t")!.message, /may or may not have been written/);
  assert.deepEqual(test.stored(0), ["a", "b"]);
});

Deno.test("offsetRange() tells an unknown partition from an unknown topic", async () => {
  await using test = new Fixture();
  const failure = async (topic: string, partition: number) => {
    const error = await offsetRange(test.gateway.cluster, topic, partition, "read_uncommitted")
      .catch((error) => error);
    return failureOf(error, topic)!;
  };
  assert.match((await failure("t", 9)).message, /there is no partition 9/);
  assert.match((await failure("none", 0)).message, /There is no topic "none"/);
});

Deno.test("createTopic() and deleteTopic() return when the topic can be seen, or is gone", async () => {
  await using test = new Fixture();
  test.brokers.metadataLagMs = 60;
  await createTopic(test.gateway.cluster, { name: "new", partitionCount: 3 });
  assert.equal((await describeTopic(test.gateway.cluster, "new")).partitions.length, 3);
  await deleteTopic(test.gateway.cluster, "new");
  await assert.rejects(
    describeTopic(test.gateway.cluster, "new"),
    (error) => error instanceof ResponseError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  );
});

Deno.test("Gateway.write() loses and doubles nothing while leaders move, brokers die and connections break", async () => {
  const seed = testSeed();
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  let isCalm = false;
  await using test = new Fixture({
    onProduce: (_id, _moment) => {
      if (!isCalm && random.below(60) === 0) throw new Error("the connection breaks");
    },
  }, 20_000);
  const { brokers } = test;
  const outcomes = new Map<string, { partition: number; outcome: Outcome }>();
  let isOver = false;

  async function writer(name: number): Promise<void> {
    for (let i = 0; !isOver; i++) {
      const partition = random.below(PARTITIONS);
      const texts = Array.from({ length: 1 + random.below(4) }, (_, n) => `${name}.${i}.${n}`);
      const results = await test.write(partition, texts, random.below(3) === 0 ? 1 : -1);
      texts.forEach((text, n) => outcomes.set(text, { partition, outcome: results[n]! }));
    }
  }
  async function chaos(): Promise<void> {
    for (let i = 0; i < 60; i++) {
      const id = random.pick(brokers.ids);
      const others = brokers.ids.filter((other) => other !== id && brokers.isUp(other));
      switch (random.below(4)) {
        case 0:
          if (others.length > 0 && brokers.isUp(id)) {
            await brokers.stop(id);
            await pause(random.below(30));
            for (let partition = 0; partition < PARTITIONS; partition++) {
              if (brokers.leaderOf("t", partition) === id) {
                brokers.moveLeader("t", partition, random.pick(others));
              }
            }
          }
          break;
        case 1:
          if (!brokers.isUp(id)) brokers.start(id);
          break;
        case 2:
          if (brokers.isUp(id)) brokers.moveLeader("t", random.below(PARTITIONS), id);
          break;
        case 3:
          if (brokers.isUp(id)) brokers.broker(id).dropConnections();
      }
      await pause(random.below(20));
    }
    for (const id of brokers.ids) if (!brokers.isUp(id)) brokers.start(id);
    isCalm = true;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      brokers.moveLeader("t", partition, random.pick(brokers.ids));
    }
  }

  const writers = Array.from({ length: 12 }, (_, name) => writer(name));
  await chaos();
  await pause(100);
  isOver = true;
  await Promise.all(writers);

  const stored = Array.from({ length: PARTITIONS }, (_, partition) => test.stored(partition));
  const seen = new Map<string, number>();
  for (const text of stored.flat()) seen.set(text, (seen.get(text) ?? 0) + 1);
  const counts = { written: 0, unknown: 0, refused: 0 };
  const refusals = new Set<string>();
  for (const [text, { partition, outcome }] of outcomes) {
    const times = seen.get(text) ?? 0;
    if (!("error" in outcome)) {
      counts.written++;
      assert.equal(
        stored[partition]![outcome.offset],
        text,
        `seed ${seed}: ${text} is where it was said to be`,
      );
      assert.equal(times, 1, `seed ${seed}: ${text} was acknowledged`);
    } else if (outcome.error instanceof ConnectionError && outcome.error.sent) {
      counts.unknown++;
      assert.ok(times <= 1, `seed ${seed}: ${text} is there ${times} times`);
    } else {
      counts.refused++;
      refusals.add(outcome.error.message);
      assert.equal(times, 0, `seed ${seed}: ${text} was said not to be written: ${outcome.error.message}`);
    }
  }
  for (const text of seen.keys()) assert.ok(outcomes.has(text), `seed ${seed}: nobody wrote ${text}`);
  assertOrdered(stored, seed);
  assert.ok(counts.written > 200, `seed ${seed}: only ${JSON.stringify(counts)}`);
  assert.deepEqual([...refusals], [], `seed ${seed}: a leader came back soon enough each time`);
});

/** Each writer waited for its answers: what it wrote later stands later, in whichever partition. */
function assertOrdered(stored: readonly string[][], seed: number): void {
  for (const texts of stored) {
    const last = new Map<string, number>();
    for (const text of texts) {
      const [writer, i, n] = text.split(".").map(Number) as [number, number, number];
      const rank = i * 10 + n;
      assert.ok(rank > (last.get(`${writer}`) ?? -1), `seed ${seed}: ${text} stands too late`);
      last.set(`${writer}`, rank);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
