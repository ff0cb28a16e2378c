/**
 * How the producer makes batches and chooses partitions, seen in the log: no clock is asked.
 * @module
 */
import assert from "node:assert/strict";
import { partitionForKey } from "../../client/murmur2.ts";
import { createTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { partitionKeys } from "./partition_facts.ts";
import { numbered, senders, storedBatches, storedRecords, textOf, withProducer } from "./producing.ts";

const target = targetOfThisFile();
/** Longer than any test: only what is full, or flushed, leaves. */
const LINGERING = { "linger.ms": 60_000, "delivery.timeout.ms": 120_000 } as const;

for (const sender of senders) {
  testNeeding([], `Producer, ${sender}: what lingers leaves as one batch when it is flushed`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "flushed", { partitions: 2 });
    await withProducer({ "bootstrap.servers": bootstrap, ...LINGERING, sender }, async (producer) => {
      let isTold = false;
      const telling = producer.send({ topic, key: null, value: "0", partition: 0 }).then(() => isTold = true);
      for (let index = 1; index < 100; index++) {
        await producer.append({ topic, key: null, value: String(index), partition: 0 });
      }
      assert.equal(isTold, false);
      await producer.flush();
      await telling;
      await producer.flush();
      await producer.append({ topic, key: null, value: "100", partition: 0 });
      await producer.append({ topic, key: null, value: "101", partition: 1 });
      await producer.flush();
    });
    const stored = await storedBatches(bootstrap, topic, 2);
    assert.deepEqual(stored.map((batches) => batches.map(({ records }) => records.length)), [[100, 1], [1]]);
  });

  testNeeding(
    [],
    `Producer, ${sender}: a full batch leaves though it might linger, and none is larger`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "full");
      const batchSize = 4096;
      await withProducer(
        { "bootstrap.servers": bootstrap, ...LINGERING, "batch.size": batchSize, sender },
        async (producer) => {
          const telling: Promise<unknown>[] = [];
          for (const value of numbered(1000, 100)) {
            telling.push(producer.send({ topic, key: null, value, partition: 0 }));
          }
          // Two batches' worth are far more than what may still be waiting to be full.
          await Promise.all(telling.slice(0, 900));
          await producer.flush();
          await Promise.all(telling);
        },
      );
      const [batches] = await storedBatches(bootstrap, topic, 1);
      const sizes = batches!.map(({ batch }) => batch.sizeInBytes);
      assert.ok(Math.max(...sizes) <= batchSize, `the largest has ${Math.max(...sizes)} bytes`);
      // A record takes 107 or 108 bytes: 37 fit. All but the last are full.
      const counts = batches!.map(({ records }) => records.length);
      assert.ok(counts.slice(0, -1).every((count) => count >= 36), counts.join());
      assert.deepEqual(
        batches!.flatMap(({ records }) => records.map(({ value }) => Number.parseInt(textOf(value)))),
        [...Array(1000).keys()],
      );
    },
  );

  testNeeding([], `Producer, ${sender}: with batch.size=0 each record is a batch, in order`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "each");
    await withProducer({ "bootstrap.servers": bootstrap, "batch.size": 0, sender }, async (producer) => {
      for (const value of numbered(60)) await producer.append({ topic, key: null, value, partition: 0 });
      await producer.flush();
    });
    const [batches] = await storedBatches(bootstrap, topic, 1);
    assert.deepEqual(
      batches!.map(({ records }) => records.map(({ value }) => Number.parseInt(textOf(value)))),
      Array.from({ length: 60 }, (_, index) => [index]),
    );
  });

  testNeeding([], `Producer, ${sender}: a record larger than batch.size is a batch by itself`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "larger");
    const values = ["a", "b".repeat(5000), "c", "d".repeat(100_000), "e"];
    await withProducer(
      { "bootstrap.servers": bootstrap, "batch.size": 1000, sender },
      async (producer) => {
        for (const value of values) await producer.append({ topic, key: null, value, partition: 0 });
        await producer.flush();
      },
    );
    const [records] = await storedRecords(bootstrap, topic, 1);
    assert.deepEqual(records!.map(({ value }) => textOf(value)), values);
  });

  testNeeding(
    [],
    `Producer, ${sender}: without a key a partition has some batches, then another has`,
    async () => {
      const { bootstrap } = target;
      const partitionCount = 3;
      const topic = await createTopic(bootstrap, "sticky", { partitions: partitionCount });
      const partitions = await withProducer(
        { "bootstrap.servers": bootstrap, ...LINGERING, "batch.size": 2000, sender },
        async (producer) => {
          const telling = numbered(1000, 100).map((value) => producer.send({ topic, key: null, value }));
          await producer.flush();
          return (await Promise.all(telling)).map(({ partition }) => partition);
        },
      );
      const switches = partitions.filter((partition, index) => partition !== partitions[index - 1]).length;
      const batches = (await storedBatches(bootstrap, topic, partitionCount)).flat();
      assert.ok(
        switches <= batches.length,
        `${switches} times another partition in ${batches.length} batches`,
      );
      // About 18 records fill one: much smaller ones would say that they were torn by the choice of partitions.
      assert.ok(batches.length <= 1000 / 14, `${batches.length} batches`);
      assert.equal(new Set(partitions).size, partitionCount, "no partition is left out");
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: 10,000 keys go to the partitions that Java's producer chooses`,
    async () => {
      const { bootstrap } = target;
      const partitionCount = 7;
      const topic = await createTopic(bootstrap, "keyed", { partitions: partitionCount });
      const keys = partitionKeys();
      await withProducer(
        { "bootstrap.servers": bootstrap, "batch.size": 65_536, sender },
        async (producer) => {
          const telling: Promise<void>[] = [];
          for (const [index, key] of keys.entries()) {
            if (index % 10 > 0) {
              await producer.append({ topic, key, value: String(index) });
            } else {
              telling.push(
                producer.send({ topic, key, value: String(index) }).then(({ partition }) => {
                  assert.equal(partition, partitionForKey(key, partitionCount));
                }),
              );
            }
          }
          await producer.flush();
          await Promise.all(telling);
        },
      );
      const stored = await storedRecords(bootstrap, topic, partitionCount);
      assert.equal(stored.flat().length, keys.length);
      for (const [partition, records] of stored.entries()) {
        for (const { value } of records) {
          const index = Number(textOf(value));
          assert.equal(partitionForKey(keys[index]!, partitionCount), partition, `key ${index}`);
        }
      }
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: a partition given, a partitioner of one's own, keys ignored`,
    async () => {
      const { bootstrap } = target;
      const partitionCount = 4;
      const topic = await createTopic(bootstrap, "chosen", { partitions: partitionCount });
      const servers = { "bootstrap.servers": bootstrap, sender } as const;
      await withProducer(servers, async (producer) => {
        for (const partition of [3, 0, 2, 1]) {
          assert.equal(
            (await producer.send({ topic, key: "same", value: "x", partition })).partition,
            partition,
          );
        }
      });
      const asked: unknown[] = [];
      const partitioner = (name: string, key: Uint8Array | null, count: number) => {
        asked.push([name, key && textOf(key), count]);
        return count - 1;
      };
      await withProducer({ ...servers, partitioner }, async (producer) => {
        assert.equal((await producer.send({ topic, key: "k", value: "x" })).partition, 3);
        assert.equal((await producer.send({ topic, key: null, value: "x" })).partition, 3);
      });
      assert.deepEqual(asked, [[topic, "k", 4], [topic, null, 4]]);
      await withProducer(
        { ...servers, "partitioner.ignore.keys": true, "batch.size": 200 },
        async (producer) => {
          const telling = numbered(200, 100).map((value) => producer.send({ topic, key: "same", value }));
          await producer.flush();
          const partitions = (await Promise.all(telling)).map(({ partition }) => partition);
          assert.ok(new Set(partitions).size > 1, "one key is in several partitions");
        },
      );
    },
  );

  testNeeding(
    [],
    `Producer.close(), ${sender}: what was appended is delivered before it returns`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "closed", { partitions: 3 });
      let reported = 0;
      await withProducer(
        {
          "bootstrap.servers": bootstrap,
          ...LINGERING,
          "on.batch": ({ recordCount }) => void (reported += recordCount),
          sender,
        },
        async (producer) => {
          for (const [index, value] of numbered(2000, 50).entries()) {
            await producer.append({ topic, key: null, value, partition: index % 3 });
          }
          const last = producer.send({ topic, key: null, value: "the last", partition: 0 });
          await producer.close();
          assert.equal((await last).partition, 0);
        },
      );
      assert.equal(reported, 2001);
      const stored = await storedRecords(bootstrap, topic, 3);
      assert.equal(stored.flat().length, 2001);
    },
  );
}
