/**
 * Transactions of the producer: all of it or nothing, consumed and produced exactly once, one producer at a time.
 * @module
 */
import assert from "node:assert/strict";
import { Producer } from "../../client/mod.ts";
import { quickGroups } from "../clients/groups.ts";
import { createTopic, uniqueTopic } from "../clients/topic.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { readTexts, textConsumer } from "./consuming.ts";
import { type Data, errorOf, numbered, senders, storedBatches, within, withProducer } from "./producing.ts";

const target = targetOfThisFile({ settings: quickGroups });
const seed = testSeed();

for (const sender of senders) {
  const configOf = (id = uniqueTopic("transactional")) =>
    ({ "bootstrap.servers": target.bootstrap, "transactional.id": id, sender }) as const;

  testNeeding([], `Producer, ${sender}: committed transactions are read, aborted ones are not`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "transactions", { partitions: 3 });
    await withProducer(configOf(), async (producer) => {
      await producer.initTransactions();
      for (let round = 0; round < 6; round++) {
        producer.beginTransaction();
        for (let index = 0; index < 30; index++) {
          const value = `${round % 2 === 0 ? "kept" : "dropped"} ${round}/${index}`;
          const record = { topic, key: null, value, partition: index % 3 };
          if (index % 2 === 0) await producer.append(record);
          else void producer.send(record).catch(() => {});
        }
        if (round === 3) await producer.flush();
        if (round % 2 === 0) await producer.commitTransaction();
        else await producer.abortTransaction();
      }
      // Without records there is nothing to end, and nothing wrong.
      producer.beginTransaction();
      await producer.commitTransaction();
      producer.beginTransaction();
      await producer.abortTransaction();
    });
    const committed = await readTexts(bootstrap, topic);
    for (const [partition, texts] of committed.entries()) {
      const wanted = [0, 2, 4].flatMap((round) =>
        Array.from({ length: 10 }, (_, index) => `kept ${round}/${index * 3 + partition}`)
      );
      assert.deepEqual(texts, wanted);
    }
    const all = (await readTexts(bootstrap, topic, "read_uncommitted")).flat();
    // What was flushed is in the log though nobody wants it.
    assert.equal(all.filter((text) => text.startsWith("dropped 3/")).length, 30);
    const batches = (await storedBatches(bootstrap, topic, 3)).flat();
    assert.ok(batches.every(({ batch }) => batch.isTransactional));
  });

  testNeeding([], `Producer, ${sender}: what an open transaction has written waits for its end`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "open");
    await withProducer(configOf(), async (producer) => {
      await producer.initTransactions();
      producer.beginTransaction();
      await producer.send({ topic, key: null, value: "in the open" });
      const consumer = textConsumer({ "bootstrap.servers": bootstrap, "isolation.level": "read_committed" });
      await consumer.assign([{ topic, partition: 0 }]);
      try {
        assert.deepEqual(await consumer.poll({ timeoutMs: 300 }), []);
        await producer.commitTransaction();
        const [record] = await consumer.poll({ timeoutMs: 10_000 });
        assert.equal(record?.value, "in the open");
      } finally {
        await consumer.close();
      }
    });
  });

  testNeeding(
    [],
    `Producer, ${sender}: calls out of order are refused, and what may come still may`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "order");
      const record = { topic, key: null, value: "x" };
      await withProducer(configOf(), async (producer) => {
        await errorOf(() => producer.beginTransaction());
        await errorOf(() => producer.send(record));
        await producer.initTransactions();
        await errorOf(() => producer.send(record));
        await errorOf(() => producer.commitTransaction());
        await errorOf(() => producer.abortTransaction());
        producer.beginTransaction();
        const twice = await errorOf(() => producer.beginTransaction());
        assert.equal(twice.retriable, false);
        await producer.send(record);
        await producer.commitTransaction();
      });
      await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
        const error = await errorOf(() => producer.initTransactions());
        assert.match(error.message, /transactional\.id/);
        await errorOf(() => producer.beginTransaction());
      });
      assert.deepEqual(await readTexts(bootstrap, topic), [["x"]]);
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: partitions join a transaction while others are being added to it (seed ${seed})`,
    async () => {
      const { bootstrap } = target;
      const random = new SeededRandom(seed);
      const partitionCount = 12;
      const topic = await createTopic(bootstrap, "joining", { partitions: partitionCount });
      const rounds = 25;
      await withProducer({ ...configOf(), "linger.ms": 0 }, async (producer) => {
        await producer.initTransactions();
        for (let round = 0; round < rounds; round++) {
          producer.beginTransaction();
          const begin = random.below(partitionCount);
          for (let index = 0; index < partitionCount; index++) {
            const partition = (begin + index) % partitionCount;
            await producer.append({ topic, key: null, value: `${round}`, partition });
            for (let turns = random.below(8); turns > 0; turns--) await undefined;
            if (random.below(2) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(3)));
          }
          await within(producer.commitTransaction(), 20_000, `the commit of transaction ${round}`);
        }
      });
      const wanted = Array.from({ length: rounds }, (_, round) => `${round}`);
      for (const texts of await readTexts(bootstrap, topic)) assert.deepEqual(texts, wanted);
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: nothing gets into a transaction that is being committed`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "committing", { partitions: 2 });
      await withProducer(configOf(), async (producer) => {
        await producer.initTransactions();
        producer.beginTransaction();
        await producer.append({ topic, key: null, value: "in time", partition: 0 });
        const committing = producer.commitTransaction();
        for (let turn = 0; turn < 20; turn++) {
          await errorOf(() => producer.send({ topic, key: null, value: "too late", partition: turn % 2 }));
          await undefined;
        }
        await errorOf(() => producer.commitTransaction());
        await errorOf(() => producer.beginTransaction());
        await committing;
        producer.beginTransaction();
        await producer.append({ topic, key: null, value: "the next", partition: 0 });
        await producer.commitTransaction();
      });
      assert.deepEqual(await readTexts(bootstrap, topic), [["in time", "the next"], []]);
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: a second one of the same transactional.id ends the first`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "fenced");
      const id = uniqueTopic("fencing");
      await withProducer(configOf(id), async (first) => {
        await first.initTransactions();
        first.beginTransaction();
        await first.send({ topic, key: null, value: "by the first" });
        await withProducer(configOf(id), async (second) => {
          await second.initTransactions();
          const error = await errorOf(first.commitTransaction());
          assert.equal(error.retriable, false);
          assert.match(error.message, /another producer/);
          assert.match(error.message, new RegExp(id), "it says whose name it was");
          await errorOf(async () => {
            await first.beginTransaction();
            await first.send({ topic, key: null, value: "by the first, again" });
          });
          second.beginTransaction();
          await second.send({ topic, key: null, value: "by the second" });
          await second.commitTransaction();
        });
      });
      assert.deepEqual(await readTexts(bootstrap, topic), [["by the second"]]);
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: a transaction with a refused record can only be aborted, then all is well`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "good");
      const compacted = await createTopic(bootstrap, "compacted", {
        settings: { "cleanup.policy": "compact" },
      });
      await withProducer(configOf(), async (producer) => {
        await producer.initTransactions();
        producer.beginTransaction();
        await producer.send({ topic, key: null, value: "dropped" });
        await errorOf(producer.send({ topic: compacted, key: null, value: "refused" }));
        await errorOf(producer.commitTransaction());
        await producer.abortTransaction();
        for (const value of ["kept", "kept, too"]) {
          producer.beginTransaction();
          await producer.send({ topic, key: null, value });
          await producer.send({ topic: compacted, key: "k", value });
          await producer.commitTransaction();
        }
      });
      assert.deepEqual(await readTexts(bootstrap, topic), [["kept", "kept, too"]]);
      assert.deepEqual(await readTexts(bootstrap, compacted), [["kept", "kept, too"]]);
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: consumed, transformed and produced exactly once, with a crash between`,
    async () => {
      const { bootstrap } = target;
      const source = await createTopic(bootstrap, "source", { partitions: 2 });
      const sink = await createTopic(bootstrap, "sink", { partitions: 2 });
      const count = 300;
      await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
        for (const [index, value] of numbered(count, 5).entries()) {
          await producer.append({ topic: source, key: null, value, partition: index % 2 });
        }
      });
      const group = uniqueTopic("transformers");
      const id = uniqueTopic("transformer");
      const places = [{ topic: source, partition: 0 }, { topic: source, partition: 1 }];

      /** Works until the input is at its end, or `crashAt` transactions have been begun: then it leaves the last as it is. */
      const work = async (producer: Producer<Data, Data>, crashAt: number) => {
        const consumer = textConsumer({
          "bootstrap.servers": bootstrap,
          "group.id": group,
          "isolation.level": "read_committed",
          "session.timeout.ms": 6000,
          "heartbeat.interval.ms": 200,
        });
        consumer.subscribe([source]);
        try {
          await producer.initTransactions();
          for (let transactions = 1, done = 0; done < count;) {
            const records = await consumer.poll({ timeoutMs: 5000, maxRecords: 25 });
            done = places.reduce((sum, place) => sum + (consumer.position(place) ?? 0), 0);
            if (records.length === 0) continue;
            producer.beginTransaction();
            for (const { partition, offset, value } of records) {
              await producer.append({ topic: sink, key: null, value: `${offset} ${value}`, partition });
            }
            const assigned = places.filter((place) => consumer.position(place) !== undefined);
            await producer.sendOffsetsToTransaction(
              assigned.map((place) => ({ ...place, offset: consumer.position(place)! })),
              consumer.groupMetadata(),
            );
            if (transactions++ === crashAt) {
              await producer.flush();
              return;
            }
            await producer.commitTransaction();
          }
        } finally {
          await consumer.close();
        }
      };

      await withProducer(configOf(id), async (crashed) => {
        await work(crashed, 4);
        await withProducer(configOf(id), (successor) => work(successor, Infinity));
      });
      const wanted = [0, 1].map((partition) =>
        Array.from(
          { length: count / 2 },
          (_, offset) => `${offset} ${String(offset * 2 + partition).padEnd(5, ".")}`,
        )
      );
      assert.deepEqual(await readTexts(bootstrap, sink), wanted);
      const written = (await readTexts(bootstrap, sink, "read_uncommitted")).flat().length;
      assert.ok(written > count, "what the crash left behind is in the log, and not committed");
    },
  );
}
