/**
 * What callers do that nobody thought of: bytes that change after the call, calls from within callbacks, many at once, little
 * memory, and a thread that dies.
 * @module
 */
import assert from "node:assert/strict";
import { type BatchReport, Producer, type ProducerError } from "../../client/mod.ts";
import { createTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import {
  type Data,
  errorOf,
  senders,
  storedRecords,
  storedTexts,
  within,
  withProducer,
} from "./producing.ts";

const target = targetOfThisFile();

for (const sender of senders) {
  testNeeding([], `Producer, ${sender}: bytes are the caller's again when the call returns`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "reused");
    await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
      const bytes = new Uint8Array(4);
      const headers = [{ key: "h", value: bytes }];
      const telling: Promise<unknown>[] = [];
      // The first ones wait until the topic is known.
      for (let index = 0; index < 100; index++) {
        bytes.fill(index);
        telling.push(producer.send({ topic, key: bytes, value: bytes, headers, partition: 0 }));
        if (index === 50) await telling[0];
      }
      bytes.fill(255);
      await Promise.all(telling);
    });
    const [records] = await storedRecords(bootstrap, topic, 1);
    for (const part of ["key", "value"] as const) {
      assert.deepEqual(records!.map((record) => record[part]![0]), [...Array(100).keys()]);
    }
    assert.deepEqual(records!.map(({ headers }) => headers[0]!.value![0]), [...Array(100).keys()]);
  });

  testNeeding([], `Producer, ${sender}: callbacks may append, send and flush`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "within", { partitions: 2 });
    let left = 200;
    const flushes: Promise<void>[] = [];
    let again: (report: BatchReport) => void = () => {};
    await withProducer({
      ...{ "bootstrap.servers": bootstrap, sender, "batch.size": 300, "linger.ms": 0 },
      "on.batch": (report) => again(report),
    }, async (producer) => {
      const done = new Promise<void>((resolve) => {
        again = ({ partition }) => {
          for (let count = 0; count < 3 && left > 0; count++) {
            left--;
            const record = { topic, key: null, value: `${left}`, partition: 1 - partition };
            if (left % 2 === 0) void producer.append(record);
            else void producer.send(record);
          }
          flushes.push(producer.flush());
          if (left === 0) resolve();
        };
      });
      await producer.append({ topic, key: null, value: "begin", partition: 0 });
      await within(done, 20_000, "two hundred records");
      await Promise.all(flushes);
    });
    const stored = (await storedTexts(bootstrap, topic, 2)).flat();
    assert.deepEqual(
      stored.toSorted(),
      ["begin", ...Array.from({ length: 200 }, (_, i) => `${i}`)].toSorted(),
    );
  });

  testNeeding([], `Producer, ${sender}: a record that can't be one takes no other with it`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "impossible");
    await withProducer({ "bootstrap.servers": bootstrap, sender, "linger.ms": 50 }, async (producer) => {
      const sendOdd = (odd: object) => producer.send({ topic, key: null, value: "odd", ...odd });
      for (const isKnown of [false, true]) {
        const good = [producer.send({ topic, key: null, value: "good", timestamp: 5 })];
        const odd = [
          ...[-1, NaN, 1.5, 1e300, "5", new Date()].map((
            timestamp,
          ) => [{ timestamp }, /milliseconds since 1970/]),
          [{ headers: { trace: "abc" } }, /headers are an array/],
          [{ headers: [{ value: "abc" }] }, /key is a text/],
          [{ headers: [{ key: "trace", value: 5 }] }, /the header trace has number/],
          [{ headers: [{ key: "trace" }] }, /the header trace has undefined/],
          [{ topic: undefined }, /for a topic/],
          [{ topic: 5 }, /for a topic/],
          [{ topic: "" }, /for a topic/],
        ] as [object, RegExp][];
        const errors = await Promise.all(odd.map(([one]) => errorOf(sendOdd(one))));
        for (const [index, [, message]] of odd.entries()) {
          assert.match(errors[index]!.message, message);
          assert.equal((errors[index] as ProducerError).retriable, false);
        }
        good.push(producer.send({ topic, key: null, value: "good", timestamp: 0 }));
        await within(Promise.all(good), 10_000, `good records, ${isKnown}`);
      }
    });
    assert.deepEqual(await storedTexts(bootstrap, topic, 1), [new Array(4).fill("good")]);
  });

  testNeeding([], `Producer, ${sender}: less memory than partitions and records would like`, async () => {
    const { bootstrap } = target;
    const partitions = 200;
    const topic = await createTopic(bootstrap, "narrow", { partitions });
    const config = {
      ...{ "bootstrap.servers": bootstrap, sender, "buffer.memory": 65_536, "linger.ms": 60_000 },
      "delivery.timeout.ms": 120_000,
    } as const;
    await withProducer(config, async (producer) => {
      const appending = (async () => {
        for (let index = 0; index < 2000; index++) {
          const value = `${index} `.padEnd(index % 100 === 0 ? 30_000 : 10, "x");
          await producer.append({ topic, key: null, value, partition: index % partitions });
        }
        await producer.flush();
      })();
      await within(appending, 30_000, "two thousand records through 64 KiB");
      const tooLarge = await errorOf(() => producer.append({ topic, key: null, value: "x".repeat(70_000) }));
      assert.match(tooLarge.message, /buffer\.memory/);
    });
    const stored = await storedTexts(bootstrap, topic, partitions);
    for (const [partition, texts] of stored.entries()) {
      assert.deepEqual(
        texts.map((text) => Number.parseInt(text)),
        Array.from({ length: 10 }, (_, round) => round * partitions + partition),
      );
    }
  });

  testNeeding(
    [],
    `Producer, ${sender}: many callers at once, some of them flushing, keep the order of each`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "many", { partitions: 8 });
      const config = { "bootstrap.servers": bootstrap, sender, "buffer.memory": 70_000, "batch.size": 1000 };
      await withProducer(config, async (producer) => {
        await within(
          Promise.all(Array.from({ length: 8 }, async (_, partition) => {
            for (let index = 0; index < 300; index++) {
              await producer.append({ topic, key: null, value: `${index}`.padEnd(50), partition });
              if (index % 50 === partition) await producer.flush();
            }
          })),
          30_000,
          "eight callers",
        );
        await Promise.all([producer.flush(), producer.close(), producer.flush().catch(() => {})]);
      });
      for (const texts of await storedTexts(bootstrap, topic, 8)) {
        assert.deepEqual(texts.map(Number), [...Array(300).keys()]);
      }
    },
  );
}

testNeeding([], "Producer, worker: when its thread dies everybody is told, and nobody waits", async () => {
  const { bootstrap } = target;
  const topic = await createTopic(bootstrap, "orphan");
  const workers: Worker[] = [];
  const { Worker: Original } = globalThis;
  globalThis.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args);
      workers.push(this);
    }
  };
  try {
    const producer = new Producer<Data, Data>({ "bootstrap.servers": bootstrap, "linger.ms": 60_000 });
    const lost = producer.send({ topic, key: null, value: "lost" });
    lost.catch(() => {});
    await producer.partitionsFor(topic);
    const flushing = errorOf(producer.flush().then(() => lost));
    const lingering = errorOf(producer.send({ topic, key: null, value: "lost, too" }));
    // Nobody sends that: what it does to the thread is what any fault in it would do.
    workers[0]!.postMessage(null);
    const error = await within(lingering, 10_000, "the news");
    assert.match(error.message, /thread/);
    assert.equal(error.retriable, false);
    await within(Promise.race([flushing, lost.catch(() => {})]), 10_000, "the flush");
    assert.match((await errorOf(() => producer.send({ topic, key: null, value: "x" }))).message, /thread/);
    assert.match((await errorOf(() => producer.append({ topic, key: null, value: "x" }))).message, /thread/);
    await within(producer.close().catch(() => {}), 10_000, "close");
  } finally {
    globalThis.Worker = Original;
  }
});
