/**
 * A broker that is away for a while: a producer keeps within its memory, waits and lets wait for as long as it was told, says
 * so in sentences, and goes on when the broker is back.
 * @module
 */
import assert from "node:assert/strict";
import { Producer } from "../../client/mod.ts";
import { createTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import type { FaultyBroker } from "./faulty_broker.ts";
import { type Config, type Data, errorOf, senders, storedBatches, storedTexts, within } from "./producing.ts";

const PARTITIONS = 4;
const ANSWER_WITHIN_MS = 15_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const IMPATIENT = {
  ...{ "buffer.memory": 200_000, "batch.size": 10_000, "linger.ms": 0, "max.block.ms": 1000 },
  ...{ "delivery.timeout.ms": 1500, "request.timeout.ms": 500, "reconnect.backoff.max.ms": 200 },
} as const;
const PATIENT = {
  "buffer.memory": 8_000_000,
  "max.block.ms": 120_000,
  "reconnect.backoff.max.ms": 200,
} as const;
const LINGERING = { ...IMPATIENT, "linger.ms": 60_000, "delivery.timeout.ms": 120_000 } as const;

/** What a producer does while nobody is there; what it returns is done when somebody is again. */
type Scene = (producer: Producer<Data, Data>, place: Place) => Promise<() => Promise<void>>;

interface Place {
  readonly bootstrap: string;
  readonly topic: string;
}

/** Memory is full, and no fuller than it may be; then everything arrives. */
const fillsAndWaits: Scene = async (producer, { topic, bootstrap }) => {
  const value = "x".repeat(990);
  const bufferMemory = PATIENT["buffer.memory"];
  const before = Deno.memoryUsage().rss;
  let appended = 0;
  let waiting: Promise<void> | undefined;
  while (waiting === undefined) {
    waiting = producer.append({ topic, key: null, value, partition: appended++ % PARTITIONS });
    assert.ok(appended * value.length < 2 * bufferMemory, `${appended} records of 1 kB are in 8 MB`);
  }
  assert.ok(appended * value.length > bufferMemory / 3, `only ${appended} records of 1 kB are in 8 MB`);
  const { bufferAvailableBytes, bufferTotalBytes } = await producer.metrics();
  assert.ok(bufferTotalBytes <= bufferMemory && bufferAvailableBytes < 100_000);
  let hasRoom = false;
  void waiting.then(() => hasRoom = true);
  await pause(500);
  assert.equal(hasRoom, false, "nobody took anything");
  const grown = Deno.memoryUsage().rss - before;
  assert.ok(grown < 8 * bufferMemory, `${grown} bytes more than before`);
  return async () => {
    await waiting;
    await producer.flush();
    const stored = await storedTexts(bootstrap, topic, PARTITIONS);
    assert.equal(stored.flat().length, 1 + appended);
  };
};

/** Each wait ends with a sentence; afterwards all is well. */
const givesUp: Scene = async (producer, { topic }) => {
  const late = errorOf(producer.send({ topic, key: null, value: "late" }));
  const full = await errorOf(() => fill(producer, topic));
  assert.match(full.message, /buffer\.memory/);
  assert.match(full.message, /max\.block\.ms/);
  assert.equal(full.retriable, true);
  const error = await late;
  assert.match(error.message, /delivery\.timeout\.ms/);
  assert.equal(error.retriable, true);
  // Nobody else was told of those that filled the memory.
  assert.match((await errorOf(producer.flush())).message, /delivery\.timeout\.ms/);
  // What comes after a gap waits for a new producer id, but no longer either.
  const later = await within(errorOf(producer.send({ topic, key: null, value: "later" })), ANSWER_WITHIN_MS);
  assert.match(later.message, /delivery\.timeout\.ms/);
  return async () => {
    // What failed had been given numbers that the broker never saw: it must find its way back.
    const back = await producer.send({ topic, key: null, value: "back" });
    const more = await Promise.all(
      ["1", "2", "3"].map((value) => producer.send({ topic, key: null, value })),
    );
    assert.deepEqual(more.map(({ offset }) => offset - back.offset), [1, 2, 3]);
  };
};

/** Who has given up waiting for room leaves nothing behind: batches wait to be full again. */
const lingersAgain: Scene = async (producer, { topic, bootstrap }) => {
  await errorOf(() => fill(producer, topic));
  return async () => {
    await producer.flush();
    const before = (await storedBatches(bootstrap, topic, PARTITIONS))[0]!.length;
    for (let index = 0; index < 20; index++) {
      await producer.append({ topic, key: null, value: `${index}`, partition: 0 });
      await pause(1);
    }
    await producer.flush();
    const after = (await storedBatches(bootstrap, topic, PARTITIONS))[0]!.length;
    assert.equal(after - before, 1, "twenty records with time to become one batch");
  };
};

/** A flush in between makes nobody wait longer. */
const flushesBetween: Scene = async (producer, { topic }) => {
  await errorOf(() => fill(producer, topic));
  const append = () => errorOf(() => producer.append({ topic, key: null, value: "x".repeat(1000) }));
  const first = append();
  const flushing = producer.flush();
  await pause(20);
  const behind = append();
  for (const error of [await within(first, ANSWER_WITHIN_MS), await within(behind, ANSWER_WITHIN_MS)]) {
    assert.match(error.message, /max\.block\.ms/);
  }
  return () => flushing;
};

/** Who closes with a limit waits no longer, whatever is open. */
const closesInTime: Scene = async (producer, { topic }) => {
  const lost = errorOf(producer.send({ topic, key: null, value: "lost" }));
  await within(producer.close({ timeoutMs: 300 }).catch(() => {}), ANSWER_WITHIN_MS, "close");
  const error = await within(lost, ANSWER_WITHIN_MS, "the news");
  assert.match(error.message, /closed|aborted/);
  return () => Promise.resolve();
};

const scenes: readonly { readonly name: string; readonly scene: Scene; readonly config: Config }[] = [
  { name: "memory stays within buffer.memory", scene: fillsAndWaits, config: PATIENT },
  { name: "waiting ends when it was told to", scene: givesUp, config: IMPATIENT },
  { name: "batches linger again", scene: lingersAgain, config: LINGERING },
  { name: "a flush makes nobody wait longer", scene: flushesBetween, config: LINGERING },
  { name: "a close has its limit", scene: closesInTime, config: PATIENT },
  {
    name: "so it has in a transaction",
    scene: closesInTime,
    config: { ...PATIENT, "transactional.id": crypto.randomUUID() },
  },
];

export function testOutage(broker: FaultyBroker): void {
  testNeeding([], "Producer: while the broker is away, and when it is back", async ({ step }) => {
    const { bootstrap } = broker;
    const cast: { name: string; scene: Scene; topic: string; producer: Producer<Data, Data> }[] = [];
    // One after the other: at first each has to be fast enough for its own limits.
    for (const { name, scene, config } of scenes) {
      for (const sender of senders) {
        const topic = await createTopic(bootstrap, "outage", { partitions: PARTITIONS });
        const id = config["transactional.id"];
        const producer = new Producer<Data, Data>({
          ...{ "bootstrap.servers": bootstrap, ...config, sender },
          ...id && { "transactional.id": `${id}-${sender}` },
        });
        cast.push({ name: `${name}, ${sender}`, scene, topic, producer });
        if (id) {
          await producer.initTransactions();
          producer.beginTransaction();
        }
        const first = producer.send({ topic, key: null, value: "before" });
        await producer.flush();
        await first;
      }
    }
    try {
      await broker.kill();
      const after = new Map<string, () => Promise<void>>();
      // Side by side: most of the time they wait.
      await Promise.all(cast.map(({ name, scene, topic, producer }) => {
        const away = async () => void after.set(name, await scene(producer, { topic, bootstrap }));
        return step(`${name}: away`, away);
      }));
      await broker.start();
      await Promise.all(Array.from(after, ([name, goOn]) => {
        return step(`${name}: back`, () => within(goOn(), 2 * ANSWER_WITHIN_MS, "going on"));
      }));
    } finally {
      await broker.start();
      await Promise.all(cast.map(({ producer }) => producer.close({ timeoutMs: 10_000 }).catch(() => {})));
    }
  });
}

/** Appends until that fails. */
async function fill(producer: Producer<Data, Data>, topic: string): Promise<never> {
  for (let count = 0; count < 1000; count++) {
    await producer.append({ topic, key: null, value: "x".repeat(1000), partition: count % PARTITIONS });
  }
  assert.fail("1 MB is in 200 kB");
}
