/**
 * What is true of every client's transactions: the tests that each client passes. Whoever reads is not the client that is tried:
 * librdkafka reads what is committed and kafkajs asks for a group's offsets.
 * @module
 */
import assert from "node:assert/strict";
import { type Step, stepwise } from "../support/steps.ts";
import { testNeeding } from "../support/requirement.ts";
import type { Target } from "../support/target.ts";
import { confluentPackage, confluentRead, type Place } from "./confluent.ts";
import { kafkajs } from "./kafkajs.ts";
import { createTopic, uniqueTopic } from "./topic.ts";
import type { TransactionalClient, TransactionalProducer } from "./transactional_client.ts";

/** Registers the tests of one client: side by side. */
export function testTransactions(client: TransactionalClient, target: Target): void {
  const needs = [...client.needs, confluentPackage];
  testNeeding(needs, `${client.name}'s transactions`, async (context) => {
    const start = (name: string, body: (tried: Tried, step: Step) => Promise<void>) =>
      context.step(
        name,
        stepwise(async (step) => {
          const tried = new Tried(client, target.bootstrap);
          try {
            await body(tried, step);
          } finally {
            await tried.close();
          }
        }),
      );
    await Promise.all([
      start("are committed and aborted over two partitions", commitAndAbort),
      start("commit a group's offsets", sendOffsets),
      start("are fenced by a second producer with the transactional id", fence),
    ]);
  });
}

async function commitAndAbort(tried: Tried, step: Step): Promise<void> {
  const topic = await createTopic(tried.bootstrap, "transactions", { partitions: 2 });
  const [left, right] = [{ topic, partition: 0 }, { topic, partition: 1 }];
  const producer = await tried.open("committer");
  await step(
    "an open transaction is seen by those who read what is not committed, and by no other",
    async () => {
      await producer.begin();
      await producer.send(left, ["a", "b"]);
      await producer.send(right, ["c"]);
      assert.deepEqual(await tried.committed(left, right), [[], []]);
      assert.deepEqual(await tried.uncommitted(left, right), [["a", "b"], ["c"]]);
    },
  );
  await step("committed, it is seen by all, in both partitions", async () => {
    await producer.commit();
    assert.deepEqual(await tried.committed(left, right), [["a", "b"], ["c"]]);
  });
  await step("an aborted one is never seen as committed", async () => {
    await producer.begin();
    await producer.send(left, ["d"]);
    await producer.send(right, ["e", "f"]);
    await producer.abort();
    assert.deepEqual(await tried.committed(left, right), [["a", "b"], ["c"]]);
    assert.deepEqual(await tried.uncommitted(left, right), [["a", "b", "d"], ["c", "e", "f"]]);
  });
  await step("one after another, of one partition or both, all come in order", async () => {
    for (let index = 0; index < 10; index++) {
      await producer.begin();
      await producer.send(left, [`left ${index}`]);
      if (index % 2 === 0) await producer.send(right, [`right ${index}`]);
      await (index % 3 === 0 ? producer.abort() : producer.commit());
    }
    assert.deepEqual(await tried.committed(left, right), [
      ["a", "b", ...[1, 2, 4, 5, 7, 8].map((index) => `left ${index}`)],
      ["c", ...[2, 4, 8].map((index) => `right ${index}`)],
    ]);
  });
}

async function sendOffsets(tried: Tried, step: Step): Promise<void> {
  const input = { topic: await createTopic(tried.bootstrap, "input"), partition: 0 };
  const output = { topic: await createTopic(tried.bootstrap, "output"), partition: 0 };
  const group = uniqueTopic("group");
  const producer = await tried.open("copier");
  await step("an offset is the group's when the transaction is committed, not before", async () => {
    await producer.begin();
    await producer.send(output, ["one"]);
    await producer.sendOffset(group, input, 11);
    await producer.commit();
    assert.equal(await tried.offset(group, input), 11);
  });
  await step("an aborted transaction leaves the offset where it was", async () => {
    await producer.begin();
    await producer.send(output, ["two"]);
    await producer.sendOffset(group, input, 22);
    await producer.abort();
    assert.equal(await tried.offset(group, input), 11);
    assert.deepEqual(await tried.committed(output), [["one"]]);
  });
  await step("the next one goes on from there", async () => {
    await producer.begin();
    await producer.sendOffset(group, input, 33);
    await producer.send(output, ["three"]);
    await producer.commit();
    assert.equal(await tried.offset(group, input), 33);
    assert.deepEqual(await tried.committed(output), [["one", "three"]]);
  });
}

async function fence(tried: Tried, step: Step): Promise<void> {
  const place = { topic: await createTopic(tried.bootstrap, "fenced"), partition: 0 };
  const group = uniqueTopic("group");
  const zombie = await tried.open("one id");
  await zombie.begin();
  await zombie.send(place, ["of the zombie"]);
  await zombie.sendOffset(group, place, 1);
  let heir: TransactionalProducer;
  await step("a second producer of the id aborts what the first has begun", async () => {
    heir = await tried.open("one id");
    await heir.begin();
    await heir.send(place, ["of the heir"]);
    await heir.commit();
    assert.deepEqual(await tried.committed(place), [["of the heir"]]);
    assert.equal(await tried.offset(group, place), -1);
  });
  await step("the first can neither commit nor write any more", async () => {
    await assert.rejects(zombie.commit(), /Fenced|_FENCED|old epoch/);
    await assert.rejects(async () => {
      await zombie.begin();
      await zombie.send(place, ["of the zombie again"]);
      await zombie.commit();
    });
    assert.deepEqual(await tried.committed(place), [["of the heir"]]);
  });
  await step("the second is not disturbed by it", async () => {
    await heir.begin();
    await heir.send(place, ["of the heir again"]);
    await heir.commit();
    assert.deepEqual(await tried.committed(place), [["of the heir", "of the heir again"]]);
  });
}

/** A client under test, and how others see what it has done. */
class Tried {
  readonly bootstrap: string;
  readonly #client: TransactionalClient;
  readonly #run = crypto.randomUUID().slice(0, 8);
  readonly #open: TransactionalProducer[] = [];

  constructor(client: TransactionalClient, bootstrap: string) {
    this.#client = client;
    this.bootstrap = bootstrap;
  }

  /** A producer whose transactional id is `id` for this test. */
  async open(id: string): Promise<TransactionalProducer> {
    const producer = await this.#client.open(this.bootstrap, `${id} ${this.#run}`);
    this.#open.push(producer);
    return producer;
  }

  /** Values of each place, as `read_committed` gives them. */
  committed(...places: readonly Place[]): Promise<string[][]> {
    return this.#read(places, "read_committed");
  }

  uncommitted(...places: readonly Place[]): Promise<string[][]> {
    return this.#read(places, "read_uncommitted");
  }

  /** A group's committed offset; -1: none. */
  async offset(groupId: string, { topic, partition }: Place): Promise<number> {
    const admin = kafkajs(this.bootstrap).admin();
    await admin.connect();
    try {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return Number(found!.partitions.find((offset) => offset.partition === partition)!.offset);
    } finally {
      await admin.disconnect();
    }
  }

  /** A fenced producer may complain about its end: that is its matter. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#open.map((producer) => producer.close()));
  }

  async #read(places: readonly Place[], isolation: string): Promise<string[][]> {
    const read = await confluentRead(this.bootstrap, places, { "isolation.level": isolation });
    return read.map((records) => records.map(({ value }) => new TextDecoder().decode(value!)));
  }
}
