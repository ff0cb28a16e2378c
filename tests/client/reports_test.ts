/**
 * What the producer tells of a record or a batch is what is in the log.
 * @module
 */
import assert from "node:assert/strict";
import type { BatchReport } from "../../client/mod.ts";
import { createTopic } from "../clients/topic.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { senders, storedBatches, textOf, withProducer } from "./producing.ts";

const target = targetOfThisFile();
const seed = testSeed();
const PARTITIONS = 5;
const RECORDS = 3000;

for (const sender of senders) {
  for (const timestampType of ["CreateTime", "LogAppendTime"] as const) {
    testNeeding(
      [],
      `Producer, ${sender}, ${timestampType}: what is told of records and batches is where they lie (seed ${seed})`,
      async () => {
        const { bootstrap } = target;
        const random = new SeededRandom(seed);
        const settings = { "message.timestamp.type": timestampType };
        const topic = await createTopic(bootstrap, "reports", { partitions: PARTITIONS, settings });
        const reports = Array.from({ length: PARTITIONS }, (): BatchReport[] => []);
        const places: { value: string; partition: number; offset: number; timestamp: number }[] = [];
        await withProducer({
          "bootstrap.servers": bootstrap,
          "batch.size": 2000,
          "linger.ms": 1,
          "compression.type": "lz4",
          "on.batch": (report) => void reports[report.partition]!.push(report),
          sender,
        }, async (producer) => {
          const telling: Promise<void>[] = [];
          for (let index = 0; index < RECORDS; index++) {
            const value = `${index} ${"x".repeat(random.below(300))}`;
            const record = {
              topic,
              key: random.pick([null, "", `key ${random.below(100)}`]),
              value,
              timestamp: 1_700_000_000_000 + random.below(1_000_000),
            };
            if (random.below(2) === 0) {
              await producer.append(record);
            } else {
              telling.push(
                producer.send(record).then((told) => {
                  assert.equal(told.topic, topic);
                  places.push({ value, ...told });
                }),
              );
            }
            if (random.below(500) === 0) await producer.flush();
          }
          await producer.flush();
          await Promise.all(telling);
        });
        const stored = await storedBatches(bootstrap, topic, PARTITIONS);
        for (const [partition, batches] of stored.entries()) {
          assert.deepEqual(
            reports[partition]!.map(({ baseOffset, recordCount, logAppendTime, error, ...where }) => {
              assert.deepEqual({ topic: where.topic, partition: where.partition }, { topic, partition });
              return { baseOffset, recordCount, logAppendTime, error };
            }),
            batches.map(({ batch, records }) => ({
              baseOffset: batch.baseOffset,
              recordCount: records.length,
              logAppendTime: timestampType === "LogAppendTime" ? Number(batch.maxTimestamp) : -1,
              error: undefined,
            })),
          );
          const indexes = batches.flatMap(({ records }) =>
            records.map(({ value }) => Number.parseInt(textOf(value)))
          );
          assert.deepEqual(indexes, indexes.toSorted((a, b) => a - b), "in the order they were sent in");
        }
        assert.equal(stored.flat().reduce((sum, { records }) => sum + records.length, 0), RECORDS);
        assert.ok(places.length > RECORDS / 3);
        const byOffset = stored.map((batches) =>
          new Map(batches.flatMap(({ records }) => records).map((record) => [record.offset, record]))
        );
        for (const { value, partition, offset, timestamp } of places) {
          const record = byOffset[partition]!.get(offset);
          assert.equal(textOf(record!.value), value, `partition ${partition}, offset ${offset}`);
          assert.equal(timestamp, record!.timestamp);
        }
      },
    );
  }

  testNeeding([], `Producer, ${sender}: with acks=0 there is no offset to tell`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "unacknowledged");
    const reports: BatchReport[] = [];
    await withProducer({
      "bootstrap.servers": bootstrap,
      "acks": "0",
      "enable.idempotence": false,
      "on.batch": (report) => void reports.push(report),
      sender,
    }, async (producer) => {
      const told = await producer.send({ topic, key: null, value: "x" });
      assert.deepEqual({ partition: told.partition, offset: told.offset }, { partition: 0, offset: -1 });
    });
    assert.deepEqual(reports.map(({ baseOffset, error }) => ({ baseOffset, error })), [
      { baseOffset: -1, error: undefined },
    ]);
  });

  testNeeding(
    [],
    `Producer, ${sender}: a record without a timestamp has the time it was sent at`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "now");
      const before = Date.now();
      const { timestamp } = await withProducer(
        { "bootstrap.servers": bootstrap, sender },
        (producer) => producer.send({ topic, key: null, value: "x" }),
      );
      assert.ok(timestamp >= before && timestamp <= Date.now(), `${timestamp} is not after ${before}`);
    },
  );
}
