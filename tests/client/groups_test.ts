/**
 * Three members of a group that come and go while records are written: each record is handled once.
 * @module
 */
import assert from "node:assert/strict";
import { quickGroups } from "../clients/groups.ts";
import { createTopic, uniqueTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { type Config, textConsumer } from "./consuming.ts";
import { GroupWorker, type Handled } from "./group_worker.ts";
import { withProducer } from "./producing.ts";

const target = targetOfThisFile({ settings: quickGroups });
const PARTITIONS = 6;
const WITHIN_MS = 30_000;

const kinds: readonly { readonly name: string; readonly config: Config }[] = [
  ...(["range", "roundrobin", "cooperative-sticky"] as const).map((name) => ({
    name,
    config: { "partition.assignment.strategy": name },
  })),
  ...(["uniform", "range"] as const).map((name) => ({
    name: `consumer: ${name}`,
    config: { "group.protocol": "consumer", "group.remote.assignor": name } as const,
  })),
];

testNeeding(
  [],
  "Consumer: members of a group come and go, and each record is handled once",
  async ({ step }) => {
    // Side by side: most of the time they wait for one another's members.
    await Promise.all(kinds.map(({ name, config }) => step(name, () => comeAndGo(config))));
  },
);

async function comeAndGo(config: Config): Promise<void> {
  const { bootstrap } = target;
  const topic = await createTopic(bootstrap, "shared", { partitions: PARTITIONS });
  const handled: Handled = new Map();
  const isConsumerProtocol = config["group.protocol"] === "consumer";
  const options = {
    topic,
    handled,
    config: {
      "bootstrap.servers": bootstrap,
      "group.id": uniqueTopic("group"),
      ...isConsumerProtocol ? {} : { "heartbeat.interval.ms": 200, "session.timeout.ms": 45_000 },
      ...config,
    },
  };
  const members: GroupWorker[] = [];
  let written = 0;
  const write = (count: number) =>
    withProducer({ "bootstrap.servers": bootstrap, sender: "inline" }, async (producer) => {
      for (const end = written + count; written < end; written++) {
        await producer.append({ topic, key: null, value: `${written}`, partition: written % PARTITIONS });
      }
    });
  const until = async (what: string, isTrue: () => boolean) => {
    for (const deadline = performance.now() + WITHIN_MS; !isTrue();) {
      if (performance.now() > deadline) {
        const has = members.map(({ assigned }) => `[${assigned}]`).join(" ");
        throw new Error(`${what}: not within ${WITHIN_MS} ms; ${handled.size} of ${written} handled, ${has}`);
      }
      await Promise.race([
        ...members.map(({ working }) => working),
        new Promise((resolve) => setTimeout(resolve, 20)),
      ]);
    }
  };
  const isShared = () => {
    const all = members.flatMap(({ assigned }) => assigned).sort((a, b) => a - b);
    return all.join() === "0,1,2,3,4,5" &&
      members.every(({ assigned }) => assigned.length === PARTITIONS / members.length);
  };
  try {
    members.push(new GroupWorker(options));
    await write(120);
    await until("the first has all", isShared);
    members.push(new GroupWorker(options));
    await write(120);
    await until("two have three each", isShared);
    members.push(new GroupWorker(options));
    await write(120);
    await until("three have two each", isShared);
    await until("all is handled", () => handled.size === written);
    await Promise.all([members.shift()!.leave(), write(300)]);
    await until("the two that are left have three each", isShared);
    await Promise.all([members.shift()!.leave(), write(60)]);
    await until("the last has all", isShared);
    await until("all is handled", () => handled.size === written);
    await members.shift()!.leave();
    // Who comes to an empty group goes on where it was.
    await write(60);
    members.push(new GroupWorker(options));
    await until("all is handled", () => handled.size === written);
    await members.shift()!.leave();
  } finally {
    await Promise.allSettled(members.map((member) => member.leave()));
  }
  assert.equal(handled.size, written);
  const notOnce = [...handled].filter(([, times]) => times !== 1);
  assert.deepEqual(notOnce, []);
}

testNeeding([], "Consumer: lag, seeking by offset and time, pausing", async () => {
  const { bootstrap } = target;
  const topic = await createTopic(bootstrap, "seek", { partitions: 2 });
  const begin = 1_700_000_000_000;
  await withProducer({ "bootstrap.servers": bootstrap, sender: "inline" }, async (producer) => {
    for (let index = 0; index < 100; index++) {
      const timestamp = begin + index * 1000;
      await producer.append({ topic, key: null, value: `${index}`, partition: index % 2, timestamp });
    }
  });
  const consumer = textConsumer({ "bootstrap.servers": bootstrap });
  const [even, odd] = [{ topic, partition: 0 }, { topic, partition: 1 }];
  const next = async (count: number) => {
    const values: number[] = [];
    for (const deadline = performance.now() + WITHIN_MS; values.length < count;) {
      assert.ok(performance.now() < deadline, `only ${values.length} of ${count} came`);
      const records = await consumer.poll({ timeoutMs: 200, maxRecords: count - values.length });
      values.push(...records.map(({ value }) => Number(value)));
    }
    return values;
  };
  try {
    await consumer.assign([even, { ...odd, offset: 45 }]);
    const read = await next(55);
    assert.deepEqual(read.filter((value) => value % 2 === 0), Array.from({ length: 50 }, (_, i) => 2 * i));
    assert.deepEqual(read.filter((value) => value % 2 === 1), [91, 93, 95, 97, 99]);
    assert.deepEqual([consumer.position(even), consumer.position(odd)], [50, 50]);
    consumer.seek(even, 47);
    assert.deepEqual(await next(3), [94, 96, 98]);
    await consumer.seekToTime([even, odd], begin + 95_500);
    assert.deepEqual((await next(4)).toSorted((a, b) => a - b), [96, 97, 98, 99].filter((v) => v >= 96));
    consumer.seek(even, 0);
    consumer.seek(odd, 0);
    consumer.pause([even]);
    const paused = await next(50);
    assert.ok(paused.every((value) => value % 2 === 1));
    assert.equal(consumer.position(even), 0);
    consumer.resume([even]);
    assert.deepEqual(await next(50), Array.from({ length: 50 }, (_, i) => 2 * i));
  } finally {
    await consumer.close();
  }
});
