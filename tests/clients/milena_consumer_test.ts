/**
 * The public consumer (client/consumer/consumer.ts) against a broker: Milena's, or the one that MILENA_TEST_BOOTSTRAP names.
 * @module
 */
import assert from "node:assert/strict";
import { Consumer } from "../../client/consumer/consumer.ts";
import type { ConsumerConfig as AnyConfig } from "../../client/consumer/consumer_options.ts";
import { Producer } from "../../client/producer/producer.ts";
import { json } from "../../client/serializers/json.ts";
import { string } from "../../client/serializers/string.ts";
import { CompressionType } from "../../protocol/compression.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { ClusterTransactions } from "../support/cluster_transactions.ts";
import { startMilena } from "../support/milena_process.ts";
import { foreignBootstrap, targetOfThisFile } from "../support/target.ts";
import { ConsumerWorld, eventually, pollValues, Reading } from "./consumer_world.ts";
import { quickGroups } from "./groups.ts";
import { uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });
type ConsumerConfig = AnyConfig<Uint8Array | null, string | null>;

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

function test(name: string, run: (world: ConsumerWorld) => Promise<void>, partitions = 1): void {
  Deno.test(name, async () => {
    await using world = await ConsumerWorld.create(target.bootstrap, partitions);
    await run(world);
  });
}

test("Consumer gives records with all they have, made by deserializers", async (world) => {
  await world.write(0, [
    { timestamp: 1234, key: bytes("k"), value: bytes('{"n":1}'), headers: [{ key: "h", value: bytes("v") }] },
    { timestamp: 1235, key: null, value: null, headers: [{ key: "", value: null }] },
  ]);
  await using consumer = new Consumer({
    "bootstrap.servers": world.bootstrap,
    "key.deserializer": string,
    "value.deserializer": json<{ n: number }>(),
  });
  await consumer.assign([{ ...world.at(0), offset: 0 }]);
  const seen: unknown[] = [];
  for await (const record of consumer) {
    seen.push(record.toJSON());
    if (seen.length === 2) break;
  }
  const at = world.at(0);
  assert.deepEqual(seen, [
    {
      ...at,
      offset: 0,
      timestamp: 1234,
      key: "k",
      value: { n: 1 },
      headers: [{ key: "h", value: bytes("v") }],
    },
    { ...at, offset: 1, timestamp: 1235, key: null, value: null, headers: [{ key: "", value: null }] },
  ]);
});

for (const compression of Object.values(CompressionType)) {
  test(`Consumer.batches() gives batches of codec ${compression} whole, again and again`, async (world) => {
    await world.write(0, numbers(0, 100), { compression });
    await world.write(0, numbers(100, 250), { compression });
    const consumer = world.consumer();
    await consumer.assign([{ ...world.at(0), offset: 30 }]);
    const seen: string[] = [];
    for await (const batch of consumer.batches()) {
      const values = [...batch.records].map(({ value }) => value!);
      assert.deepEqual([...batch.records].map(({ value }) => value!), values, "a second time");
      assert.equal(batch.endOffset, 250);
      seen.push(...values);
      if (batch.nextOffset === 250) break;
    }
    assert.deepEqual(seen, numbers(30, 250));
  });
}

test("Consumer.seek(), pause() and resume() neither repeat nor leave out", async (world) => {
  for (const partition of [0, 1]) {
    for (let batch = 0; batch < 10; batch++) {
      await world.write(partition, numbers(batch * 10, batch * 10 + 10).map((n) => `${partition}:${n}`));
    }
  }
  const consumer = world.consumer({ "max.poll.records": 7 });
  await consumer.assign([world.at(0), world.at(1)]);
  const first = await pollValues(consumer, 20);
  consumer.pause([world.at(0)]);
  assert.deepEqual(consumer.paused, [world.at(0)]);
  const before = consumer.position(world.at(0))!;
  const second = await pollValues(consumer, 100 - first.filter((value) => value.startsWith("1:")).length);
  assert.ok(second.every((value) => value.startsWith("1:")), "nothing of what is paused");
  assert.equal(consumer.position(world.at(0)), before);
  assert.deepEqual(
    [...first, ...second].filter((value) => value.startsWith("1:")),
    numbers(0, 100).map((n) => `1:${n}`),
  );
  consumer.resume([world.at(0)]);
  const third = await pollValues(consumer, 100 - before);
  assert.deepEqual(third, numbers(before, 100).map((n) => `0:${n}`));
  consumer.seek(world.at(1), 55);
  assert.deepEqual(await pollValues(consumer, 45), numbers(55, 100).map((n) => `1:${n}`));
  await consumer.seekToBeginning([world.at(1)]);
  assert.deepEqual(await pollValues(consumer, 100), numbers(0, 100).map((n) => `1:${n}`));
  await consumer.seekToEnd();
  assert.deepEqual((await consumer.lag()).map(({ lag }) => lag), [0, 0]);
  await world.write(1, ["1:100"]);
  assert.deepEqual(await pollValues(consumer, 1), ["1:100"]);
}, 2);

test("Consumer.seekToTime() goes on at the first record that is not older", async (world) => {
  const at = (timestamp: number) => ({ timestamp, value: bytes(String(timestamp)) });
  await world.write(0, [at(1000), at(2000), at(3000)]);
  const consumer = world.consumer();
  await consumer.assign([world.at(0)]);
  await consumer.seekToTime([world.at(0)], 1500);
  assert.deepEqual(await pollValues(consumer, 2), ["2000", "3000"]);
  await consumer.seekToTime([world.at(0)], 9999);
  await world.write(0, [at(4000)]);
  assert.deepEqual(await pollValues(consumer, 1), ["4000"]);
});

test("Consumer with read_committed gives nothing of aborted transactions, and all of the others", async (world) => {
  const producer = await ClusterTransactions.begin(world.cluster, `tx-${world.topic}`);
  const expected: string[] = [];
  for (let round = 0; round < 6; round++) {
    await world.write(0, [`plain ${round}`]);
    await producer.write(world.topic, 0, [`a ${round}`, `b ${round}`]);
    const how = round % 2 === 0 ? "abort" : "commit";
    await producer.end(how);
    expected.push(`plain ${round}`, ...how === "commit" ? [`a ${round}`, `b ${round}`] : []);
  }
  await producer.write(world.topic, 0, ["open"]);
  await world.write(0, ["behind"]);
  const consumer = world.consumer({ "isolation.level": "read_committed" });
  await consumer.assign([world.at(0)]);
  assert.deepEqual(await pollValues(consumer, expected.length), expected);
  assert.deepEqual(await consumer.poll({ timeoutMs: 300 }), [], "nothing behind what is not decided");
  await producer.end("commit");
  assert.deepEqual(await pollValues(consumer, 2), ["open", "behind"]);
});

test("Consumer refuses a batch that unpacks to more than it may, and goes on where it is told", async (world) => {
  const value = new Uint8Array(24 * 1024 * 1024);
  const bomb = encodeBatch([{ timestamp: 0, value }], { compression: CompressionType.zstd });
  assert.ok(bomb.length < 100_000);
  await world.write(0, ["before"]);
  await world.writeBatch(0, bomb);
  await world.write(0, ["behind"]);
  const consumer = world.consumer({ "queued.max.bytes": 1024 * 1024 });
  await consumer.assign([world.at(0)]);
  assert.deepEqual(await pollValues(consumer, 1), ["before"]);
  for (let time = 0; time < 2; time++) {
    await assert.rejects(() => consumer.poll({ timeoutMs: 10_000 }), /offset 1 cannot be read: .*16777216/);
  }
  assert.equal(consumer.position(world.at(0)), 1);
  consumer.seek(world.at(0), 2);
  assert.deepEqual(await pollValues(consumer, 1), ["behind"]);
  const roomy = world.consumer({ "queued.max.bytes": 64 * 1024 * 1024 });
  await roomy.assign([world.at(0)]);
  assert.equal((await pollValues(roomy, 3))[1]!.length, value.length);
});

test("Consumer keeps no more than queued.max.bytes, however slow its reader is", async (world) => {
  const value = "x".repeat(1000);
  for (let batch = 0; batch < 60; batch++) {
    for (const partition of [0, 1, 2]) await world.write(partition, Array.from({ length: 20 }, () => value));
  }
  const maxBytes = 200_000;
  const consumer = world.consumer({ "queued.max.bytes": maxBytes, "max.poll.records": 50 });
  await consumer.assign([0, 1, 2].map((partition) => world.at(partition)));
  let count = 0;
  let most = 0;
  const offsets = [0, 0, 0];
  while (count < 3600) {
    for (const record of await consumer.poll({ timeoutMs: 5000 })) {
      assert.equal(record.offset, offsets[record.partition]!++, "in order, each once");
      count++;
    }
    most = Math.max(most, consumer.queuedBytes);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(most <= maxBytes, `${most} bytes were kept`);
  assert.ok(most > maxBytes / 2, `only ${most} bytes were kept: nothing is fetched ahead`);
  assert.equal(count, 3600);
}, 3);

test("Consumer commits what was asked past, and no more", async (world) => {
  await world.write(0, numbers(0, 5));
  const first = world.consumer({ "auto.commit.interval.ms": 10 });
  first.subscribe([world.topic]);
  let seen = 0;
  for await (const { value } of first) {
    assert.equal(value, String(seen));
    if (++seen === 3) break;
  }
  await first.close();
  assert.equal(await world.committed(), 2, "the third was not asked past");
  const second = world.consumer({ "enable.auto.commit": false });
  second.subscribe([world.topic]);
  for await (const { value } of second) {
    assert.equal(value, "2");
    await second.commit();
    break;
  }
  await second.close();
  assert.equal(await world.committed(), 3, "it said so itself");
});

test("Consumer without a group reads, and says why it can't commit", async (world) => {
  await world.write(0, ["a"]);
  const consumer = world.consumer({ "group.id": null });
  assert.throws(() => consumer.subscribe([world.topic]), /no "group.id"/);
  await consumer.assign([world.at(0)]);
  assert.deepEqual(await pollValues(consumer, 1), ["a"]);
  await assert.rejects(() => consumer.commit(), /group\.id/);
  assert.throws(() => consumer.position(world.at(7)), /not assigned/);
});

test("Consumer.subscribe() with a pattern reads topics that come later", async (world) => {
  const consumer = world.consumer({ "metadata.max.age.ms": 200 });
  consumer.subscribe(new RegExp(`^${world.topic}`));
  await world.write(0, ["a"]);
  assert.deepEqual(await pollValues(consumer, 1), ["a"]);
  assert.deepEqual(consumer.subscription, [world.topic]);
});

test("Consumer that asks for nothing for max.poll.interval.ms loses its partitions, and comes back", async (world) => {
  await world.write(0, ["a", "b"]);
  const calls: string[] = [];
  const stuck = world.consumer({ "max.poll.interval.ms": 500, "session.timeout.ms": 6000 });
  stuck.subscribe([world.topic], {
    onAssigned: () => void calls.push("assigned"),
    onRevoked: () => void calls.push("revoked"),
    onLost: () => void calls.push("lost"),
  });
  assert.equal((await stuck.poll({ timeoutMs: 10_000, maxRecords: 1 })).length, 1);
  const other = new Reading(world.consumer());
  other.consumer.subscribe([world.topic]);
  await eventually("the other has it", () => other.values.length === 2);
  assert.deepEqual(calls, ["assigned", "lost"]);
  await other.stop();
  await world.write(0, ["c"]);
  assert.deepEqual(await pollValues(stuck, 1), ["c"]);
});

/** Ways to share out partitions. */
const ways: readonly (readonly [string, ConsumerConfig])[] = [
  ["range", { "partition.assignment.strategy": "range" }],
  ["roundrobin", { "partition.assignment.strategy": "roundrobin" }],
  ["range or cooperative-sticky", {}],
  ["cooperative-sticky", { "partition.assignment.strategy": "cooperative-sticky" }],
  ["the consumer protocol", { "group.protocol": "consumer" }],
  ["the consumer protocol, range", { "group.protocol": "consumer", "group.remote.assignor": "range" }],
];

// Side by side: for most of their time they wait for one another's members.
Deno.test("Consumers that come and go share partitions, and read each record once, whoever assigns", async () => {
  await Promise.all(ways.map(async ([way, config]) => {
    await using world = await ConsumerWorld.create(target.bootstrap, 6);
    try {
      await comeAndGo(world, config);
    } catch (error) {
      throw new Error(`by ${way}: ${(error as Error).message}`, { cause: error });
    }
  }));
});

async function comeAndGo(world: ConsumerWorld, config: ConsumerConfig): Promise<void> {
  const partitions = [0, 1, 2, 3, 4, 5];
  const written: string[] = [];
  const read: string[] = [];
  const write = async () => {
    for (const partition of partitions) {
      const values = numbers(written.length, written.length + 20).map((n) => `${partition}:${n}`);
      await world.write(partition, values);
      written.push(...values);
    }
  };
  const members: Reading[] = [];
  const join = () => {
    const member = new Reading(world.consumer({ "auto.commit.interval.ms": 50, ...config }));
    member.consumer.subscribe([world.topic]);
    members.push(member);
  };
  const leave = async () => {
    const member = members.shift()!;
    await member.stop();
    read.push(...member.values);
  };
  const areShared = () => {
    const all = members.flatMap((member) => member.partitions).sort();
    return all.join() === partitions.join() &&
      members.every((member) => member.partitions.length === partitions.length / members.length);
  };
  const allRead = () => read.length + members.flatMap(({ values }) => values).length >= written.length;
  join();
  await write();
  await eventually("one has all", areShared);
  join();
  await write();
  join();
  await eventually("three share", areShared);
  await write();
  await leave();
  await write();
  await eventually("two share", areShared);
  await write();
  await eventually("all is read", allRead);
  while (members.length > 0) await leave();
  await write();
  join();
  await eventually("a new one goes on where they were", allRead);
  await leave();
  assert.deepEqual(read.sort(), written.sort(), "each once");
  for (const partition of partitions) {
    assert.equal(await world.committed(partition), written.length / partitions.length);
  }
}

for (const protocol of ["classic", "consumer"] as const) {
  test(
    `Consumer tells of rebalances, and commits in them, with group.protocol=${protocol}`,
    async (world) => {
      for (const partition of [0, 1]) await world.write(partition, numbers(0, 10));
      const calls: string[] = [];
      const shown = (partitions: readonly { partition: number }[]) =>
        partitions.map((one) => one.partition).sort();
      const config = { "enable.auto.commit": false, "group.protocol": protocol };
      const first = world.consumer(config);
      let isFirst = true;
      first.subscribe([world.topic], {
        onAssigned: async (partitions) => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          for (const one of isFirst ? partitions : []) first.seek(one, 5);
          isFirst = false;
          calls.push(`assigned ${shown(partitions)}`);
        },
        onRevoked: async (partitions) => {
          await first.commit();
          calls.push(`revoked ${shown(partitions)}`);
        },
      });
      const values = await pollValues(first, 10);
      assert.deepEqual(
        values.sort(),
        [...numbers(5, 10), ...numbers(5, 10)].sort(),
        "not before onAssigned is done",
      );
      assert.deepEqual(calls.flatMap((call) => call.match(/\d/g)).sort(), ["0", "1"]);
      const { groupId, generationId, memberId } = first.groupMetadata();
      assert.equal(groupId, world.group);
      assert.ok(generationId > 0 && memberId !== "");
      const second = new Reading(world.consumer(config));
      second.consumer.subscribe([world.topic]);
      await eventually("they share", async () => {
        await first.poll({ timeoutMs: 20 });
        return first.assignment.length === 1 && second.partitions.length === 1;
      });
      assert.ok(calls.some((call) => call.startsWith("revoked")), calls.join());
      assert.equal(await world.committed(second.partitions[0]), 10);
      await first.close();
      await eventually("the other has both", () => second.partitions.length === 2);
      await second.stop();
      assert.deepEqual(second.values, [], "all was committed when it was given up");
    },
    2,
  );

  test(`A static consumer that restarts has what it had, with group.protocol=${protocol}`, async (world) => {
    const join = (instanceId: string) => {
      const config = { "group.protocol": protocol, "group.instance.id": instanceId };
      const calls: string[] = [];
      const reading = new Reading(world.consumer(config));
      reading.consumer.subscribe([world.topic], {
        onAssigned: () => void calls.push("assigned"),
        onRevoked: () => void calls.push("revoked"),
      });
      return { reading, calls };
    };
    const one = join("one");
    const other = join("other");
    const share = (a: Reading, b: Reading) => a.partitions.length === 2 && b.partitions.length === 2;
    await eventually("they share", () => share(one.reading, other.reading));
    const { partitions } = one.reading;
    const calls = [...other.calls];
    await one.reading.stop();
    const again = join("one");
    await eventually("it is back", () => share(again.reading, other.reading));
    assert.deepEqual(again.reading.partitions, partitions);
    assert.deepEqual(other.calls, calls, "the other did not notice");
    await Promise.all([again.reading.stop(), other.reading.stop()]);
  }, 4);
}

for (const protocol of ["classic", "consumer"] as const) {
  test(
    `Consumer and Producer pass each record on exactly once, with group.protocol=${protocol}`,
    async (world) => {
      const output = uniqueTopic("passed-on");
      await world.createTopic(output, 1);
      const total = 300;
      const ending = new AbortController();
      const errors: unknown[] = [];
      const pass = async (name: string) => {
        const consumer = world.consumer({
          "enable.auto.commit": false,
          "group.protocol": protocol,
          "max.poll.records": 7,
        });
        consumer.subscribe([world.topic]);
        await using producer = new Producer({
          "bootstrap.servers": world.bootstrap,
          "transactional.id": `${name}-${world.topic}`,
          "sender": "inline",
          "linger.ms": 0,
        });
        await producer.initTransactions();
        while (!ending.signal.aborted) {
          const records = await consumer.poll({ timeoutMs: 50, signal: ending.signal });
          if (records.length === 0) continue;
          producer.beginTransaction();
          try {
            for (const { value } of records) await producer.append({ topic: output, value: value! });
            const offsets = consumer.assignment.flatMap((one) => {
              const offset = consumer.position(one);
              return offset === undefined ? [] : [{ ...one, offset }];
            });
            await producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            await producer.commitTransaction();
          } catch (error) {
            // The group has changed meanwhile: what was not committed is read again.
            if (!/ILLEGAL_GENERATION|STALE_MEMBER_EPOCH|UNKNOWN_MEMBER_ID/.test(String(error))) throw error;
            await producer.abortTransaction();
            const committed = await consumer.committed();
            for (const one of consumer.assignment) consumer.seek(one, committed.get(one)?.offset ?? 0);
          }
        }
        await consumer.close();
      };
      const workers = [pass("one").catch((error) => errors.push(error))];
      for (let written = 0; written < total; written += 30) {
        for (const partition of [0, 1, 2]) {
          await world.write(
            partition,
            numbers(written / 3, written / 3 + 10).map((n) => `${partition}:${n}`),
          );
        }
        if (written === 90) workers.push(pass("two").catch((error) => errors.push(error)));
        if (written === 180) workers.push(pass("three").catch((error) => errors.push(error)));
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      const reader = world.consumer({ "group.id": null, "isolation.level": "read_committed" });
      await reader.assign([{ ...world.at(0, output), offset: 0 }]);
      const values = await pollValues(reader, total).catch((error) => {
        throw errors[0] ?? error;
      });
      ending.abort();
      await Promise.all(workers);
      assert.deepEqual(errors, []);
      values.push(...(await reader.poll({ timeoutMs: 200 })).map(({ value }) => value!));
      const expected = [0, 1, 2].flatMap((partition) =>
        numbers(0, total / 3).map((n) => `${partition}:${n}`)
      );
      assert.deepEqual(values.sort(), expected.sort());
    },
    3,
  );
}

if (foreignBootstrap === undefined) {
  for (const protocol of ["classic", "consumer"] as const) {
    Deno.test(`Consumer goes on where it was when its broker is killed and comes back, with group.protocol=${protocol}`, async () => {
      await using broker = await startMilena({ settings: quickGroups });
      await using world = await ConsumerWorld.create(broker.bootstrap, 2);
      const reading = new Reading(
        world.consumer({ "auto.commit.interval.ms": 50, "group.protocol": protocol }),
      );
      reading.consumer.subscribe([world.topic]);
      const written: string[] = [];
      for (let round = 0; round < 3; round++) {
        for (const partition of [0, 1]) {
          const values = numbers(round * 100, round * 100 + 100).map((n) => `${partition}:${n}`);
          await world.write(partition, values);
          written.push(...values);
        }
        if (round > 0) {
          await broker.kill9();
          await broker.start();
        }
      }
      await eventually("all are read", () => new Set(reading.values).size === written.length);
      for (const partition of ["0:", "1:"]) {
        const ofPartition = (values: readonly string[]) =>
          values.filter((value) => value.startsWith(partition));
        assert.deepEqual(ofPartition(reading.values), ofPartition(written), "in order, each once");
      }
      await reading.stop();
    });
  }
}
