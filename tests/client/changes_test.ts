/**
 * Topics that change under a producer: partitions come, the topic goes and comes back.
 * @module
 */
import assert from "node:assert/strict";
import { Admin, Producer } from "../../client/mod.ts";
import { createTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { type Data, errorOf, senders, storedTexts, within, withProducer } from "./producing.ts";

const target = targetOfThisFile({ settings: { "auto.create.topics.enable": "false" } });
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

for (const sender of senders) {
  testNeeding([], `Producer, ${sender}: partitions that are added are written to`, async () => {
    const { bootstrap } = target;
    using admin = new Admin({ "bootstrap.servers": bootstrap });
    const topic = await createTopic(bootstrap, "growing");
    const config = { "bootstrap.servers": bootstrap, "metadata.max.age.ms": 200, "batch.size": 200, sender };
    const sent: string[] = [];
    await withProducer(config, async (producer) => {
      const told: Promise<unknown>[] = [];
      const send = (partition?: number) => {
        // As large as a batch: each without a partition of its own may go elsewhere.
        const record = { topic, key: null, value: `${sent.length}`.padEnd(200) };
        sent.push(record.value);
        return producer.send(partition === undefined ? record : { ...record, partition });
      };
      await send();
      await admin.createPartitions(topic, 4);
      // Who names one must wait until the producer has heard of it.
      const early = await errorOf(() => producer.send({ topic, key: null, value: "early", partition: 3 }));
      assert.equal(early.retriable, true);
      const seen = new Set<number>();
      await within(
        (async () => {
          while (seen.size < 4) {
            const { partition } = await send();
            seen.add(partition);
            await pause(5);
          }
        })(),
        20_000,
        "records in each of the four",
      );
      for (let count = 0; count < 200; count++) told.push(send(count % 4));
      await Promise.all(told);
    });
    const stored = (await storedTexts(bootstrap, topic, 4)).flat();
    assert.deepEqual(stored.toSorted(), sent.toSorted());
  });

  testNeeding(
    [],
    `Producer, ${sender}: a topic that is deleted is told of, and written to when it is back`,
    async () => {
      const { bootstrap } = target;
      using admin = new Admin({ "bootstrap.servers": bootstrap });
      const topic = await createTopic(bootstrap, "deleted", { partitions: 2 });
      const other = await createTopic(bootstrap, "other");
      await withProducer({
        ...{ "bootstrap.servers": bootstrap, sender, "linger.ms": 0 },
        ...{ "delivery.timeout.ms": 1500, "request.timeout.ms": 1000, "max.block.ms": 1500 },
      }, async (producer) => {
        for (const partition of [0, 1]) await producer.send({ topic, key: null, value: "old", partition });
        await admin.deleteTopic(topic);
        const waiting = [0, 1, 0, 1].map((partition) =>
          within(errorOf(producer.send({ topic, key: null, value: "lost", partition })), 15_000, "a refusal")
        );
        // Nobody else has to wait for it.
        for (let offset = 0; offset < 50; offset++) {
          assert.equal((await producer.send({ topic: other, key: null, value: "x" })).offset, offset);
        }
        for (const error of await Promise.all(waiting)) assert.match(error.message, new RegExp(topic));
        await admin.createTopic({ name: topic, partitionCount: 2, replicationFactor: 1 });
        await within(untilSent(producer, topic), 20_000, "a record in the new topic");
        await producer.send({ topic, key: null, value: "last", partition: 1 });
      });
      const stored = await storedTexts(bootstrap, topic, 2);
      assert.ok(!stored.flat().includes("old"));
      assert.equal(stored[1]!.at(-1), "last");
    },
  );
}

/** Apache Kafka takes a moment until every part of it knows a topic. */
async function untilSent(producer: Producer<Data, Data>, topic: string): Promise<void> {
  for (;;) {
    try {
      await producer.send({ topic, key: null, value: "new", partition: 0 });
      return;
    } catch (error) {
      assert.equal((error as { retriable?: boolean }).retriable, true, String(error));
      await pause(50);
    }
  }
}
