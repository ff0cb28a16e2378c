/**
 * What the producer is given comes out of the log as it was: each codec, each corner of a record, one partition or a
 * thousand.
 * @module
 */
import assert from "node:assert/strict";
import { CompressionType } from "../../protocol/compression_type.ts";
import { awkwardRecords } from "../clients/sample_records.ts";
import { assertSameRecords } from "../clients/compare.ts";
import { codecs } from "../clients/client.ts";
import { milenaReader, milenaWriter } from "../clients/milena_client.ts";
import { createTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { errorOf, senders, storedBatches, storedRecords, textOf, withProducer } from "./producing.ts";

const target = targetOfThisFile();
/** It takes Kafka some seconds to make a thousand: once is enough. */
const MANY = { worker: 1000, inline: 100 } as const;
const MAX_REQUEST_SIZE = 1_048_576;

for (const sender of senders) {
  testNeeding(
    [],
    `Producer, ${sender}: awkward records come back byte for byte, in every codec`,
    async () => {
      const { bootstrap } = target;
      const sent = awkwardRecords({});
      const topic = await createTopic(bootstrap, "awkward", { partitions: codecs.length });
      for (const [partition, codec] of codecs.entries()) {
        const options = { codec, acks: -1, idempotent: true } as const;
        await milenaWriter(sender).write({ bootstrap, topic, partition }, sent, options);
      }
      const batches = await storedBatches(bootstrap, topic, codecs.length);
      for (const [partition, codec] of codecs.entries()) {
        const inLog = batches[partition]!;
        const stored = inLog.flatMap(({ records }) => records);
        assertSameRecords(stored.map(asStored), sent, {});
        assert.ok(
          inLog.some(({ batch }) => batch.compression === CompressionType[codec]),
          `${codec} is in the log`,
        );
      }
      const read = await milenaReader.read({ bootstrap, topic, partitions: codecs.length });
      for (const stored of read) assertSameRecords(stored, sent, {});
    },
  );

  testNeeding([], `Producer, ${sender}: acks 1 and 0, and without idempotence`, async () => {
    const { bootstrap } = target;
    const sent = awkwardRecords({});
    const topic = await createTopic(bootstrap, "acks", { partitions: 3 });
    for (const [partition, acks] of ([-1, 1, 0] as const).entries()) {
      const options = { codec: "lz4", acks, idempotent: false } as const;
      await milenaWriter(sender).write({ bootstrap, topic, partition }, sent, options);
    }
    // Nobody says when what was sent with acks=0 has arrived.
    for (let attempt = 0;; attempt++) {
      const stored = await storedRecords(bootstrap, topic, 3);
      if (stored[2]!.length < sent.length && attempt < 200) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      for (const records of stored) assertSameRecords(records.map(asStored), sent, {});
      break;
    }
  });

  testNeeding(
    [],
    `Producer, ${sender}: a record as large as max.request.size allows, and one beyond`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "large");
      // Less what surrounds a value: 61 bytes of a batch, at most 21 of a record.
      const largest = new Uint8Array(MAX_REQUEST_SIZE - 82).fill(7);
      await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
        const { offset } = await producer.send({ topic, key: null, value: largest });
        assert.equal(offset, 0);
        const tooLarge = new Uint8Array(MAX_REQUEST_SIZE + 1);
        const error = await errorOf(() => producer.send({ topic, key: null, value: tooLarge }));
        assert.equal(error.retriable, false);
        assert.match(error.message, /max\.request\.size/);
        assert.match(error.message, /1048576|1,048,576/);
        await errorOf(() => producer.append({ topic, key: null, value: tooLarge }));
        assert.equal((await producer.send({ topic, key: "k", value: "it goes on" })).offset, 1);
      });
      const [records] = await storedRecords(bootstrap, topic, 1);
      assert.deepEqual(records!.map(({ value }) => value!.length), [largest.length, "it goes on".length]);
      assert.ok(records![0]!.value!.every((byte) => byte === 7));
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: what the topic finds too large is told so, and the rest goes on`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "small", { settings: { "max.message.bytes": "2000" } });
      await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
        for (const offset of [0, 1, 2]) {
          const error = await errorOf(producer.send({ topic, key: null, value: "x".repeat(3000) }));
          assert.equal(error.retriable, false);
          assert.match(error.message, /MESSAGE_TOO_LARGE/);
          assert.equal((await producer.send({ topic, key: null, value: "small" })).offset, offset);
        }
      });
      const [records] = await storedRecords(bootstrap, topic, 1);
      assert.deepEqual(records!.map(({ value }) => textOf(value)), ["small", "small", "small"]);
    },
  );

  testNeeding([], `Producer, ${sender}: ${MANY[sender]} partitions`, async () => {
    const { bootstrap } = target;
    const partitionCount = MANY[sender];
    const topic = await createTopic(bootstrap, "many", { partitions: partitionCount });
    const told = new Map<number, number>();
    await withProducer({
      "bootstrap.servers": bootstrap,
      "on.batch": ({ partition, recordCount, error }) => {
        assert.equal(error, undefined);
        told.set(partition, (told.get(partition) ?? 0) + recordCount);
      },
      sender,
    }, async (producer) => {
      assert.equal(await producer.partitionsFor(topic), partitionCount);
      for (let index = 0; index < 3 * partitionCount; index++) {
        await producer.append({ topic, key: null, value: String(index), partition: index % partitionCount });
      }
      await producer.flush();
    });
    assert.equal(told.size, partitionCount);
    assert.ok([...told.values()].every((count) => count === 3));
    const records = await storedRecords(bootstrap, topic, partitionCount);
    for (const [partition, values] of records.entries()) {
      assert.deepEqual(
        values.map(({ value }) => Number(textOf(value))),
        [0, 1, 2].map((round) => partition + round * partitionCount),
      );
    }
  });
}

function asStored(
  { offset, timestamp, key, value, headers }: Awaited<ReturnType<typeof storedRecords>>[0][0],
) {
  return {
    offset,
    timestamp,
    key,
    value,
    headers: headers.map(({ key, value }) => ({ name: key, value })),
  };
}
