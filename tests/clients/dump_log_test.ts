/**
 * Our files before Kafka's own reader (DumpLogSegments): several segments, all codecs, as they came and packed by us,
 * idempotent producers, timestamps that go back. It checks each batch's CRC and each index entry against the log.
 * @module
 */
import assert from "node:assert/strict";
import { assertKafkaCanRead, partitionFiles } from "../support/log_files.ts";
import { startMilena } from "../support/milena_process.ts";
import { javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";
import { codecs, type SentRecord, type Writer } from "./client.ts";
import { closeConfluent, confluentWriter } from "./confluent.ts";
import { kafkajsWriter } from "./kafkajs.ts";
import { platformaticWriter } from "./platformatic.ts";
import { awkwardRecords, numberedRecord } from "./sample_records.ts";
import { createTopic } from "./topic.ts";

Deno.test.afterAll(closeConfluent);
const writers: readonly Writer[] = [kafkajsWriter, platformaticWriter, confluentWriter];
const needs = [javaTools, ...writers.flatMap((writer) => writer.needs)];

/** Records whose timestamps go up and down, so that the time index has something to be wrong about. */
function unorderedRecords(count: number): SentRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const record = numberedRecord(index);
    return { ...record, timestamp: record.timestamp + (index * 7919) % 10_007 };
  });
}

testNeeding(
  needs,
  "Kafka's reader finds nothing to complain about in logs, indexes and snapshots",
  async (t) => {
    await using broker = await startMilena();
    const { bootstrap } = broker;
    const settings = { "segment.bytes": String(1024 * 1024) };
    const options = { acks: -1, batchRecords: 250 } as const;
    let sent = 0;
    for (const writer of writers) {
      const topic = await createTopic(bootstrap, writer.name, { partitions: codecs.length + 1, settings });
      for (const [partition, codec] of codecs.entries()) {
        const awkward = awkwardRecords(writer.limits).filter(({ value }) => (value?.length ?? 0) < 500_000);
        for (const records of [awkward, unorderedRecords(2000)]) {
          await writer.write({ bootstrap, topic, partition }, records, {
            codec,
            acks: -1,
            idempotent: false,
          });
          sent += records.length;
        }
      }
      const many = unorderedRecords(20_000);
      const at = { bootstrap, topic, partition: codecs.length };
      await writer.write(at, many, { ...options, codec: "none", idempotent: true });
      sent += many.length;
    }
    const compressionTypes = codecs.map((codec) => codec === "none" ? "uncompressed" : codec);
    for (const compressionType of compressionTypes) {
      const topic = await createTopic(bootstrap, `to-${compressionType}`, {
        partitions: 1,
        settings: { ...settings, "compression.type": compressionType },
      });
      const records = unorderedRecords(500);
      for (const codec of codecs) {
        await kafkajsWriter.write({ bootstrap, topic, partition: 0 }, records, {
          ...options,
          codec,
          idempotent: true,
        });
        sent += records.length;
      }
    }

    await t.step("while the broker runs", async () => {
      const figures = await assertKafkaCanRead(partitionFiles(broker.dataDirectory));
      assert.equal(figures.records, sent);
    });

    await t.step("after a clean stop", async () => {
      await broker.terminate();
      const figures = await assertKafkaCanRead(partitionFiles(broker.dataDirectory));
      assert.equal(figures.records, sent);
      const partitions = writers.length * (codecs.length + 1) + compressionTypes.length;
      assert.ok(figures.segments >= partitions + writers.length, `several segments: ${figures.segments}`);
      assert.ok(
        figures.offsetIndexEntries > partitions,
        `offset index entries: ${figures.offsetIndexEntries}`,
      );
      assert.ok(figures.timeIndexEntries > partitions, `time index entries: ${figures.timeIndexEntries}`);
      assert.ok(figures.snapshots > 0, "producer snapshots");
    });

    await t.step("after kill -9 and recovery", async () => {
      await broker.start();
      await broker.kill9();
      await broker.start();
      await broker.terminate();
      assert.equal((await assertKafkaCanRead(partitionFiles(broker.dataDirectory))).records, sent);
    });

    await t.step("and it would complain: an index entry that points elsewhere, a flipped bit", async () => {
      const index = partitionFiles(broker.dataDirectory).find((file) =>
        file.endsWith(".index") && Deno.statSync(file).size >= 16
      )!;
      const log = index.replace(/index$/, "log");
      await flipBit(index, 15);
      await assert.rejects(
        assertKafkaCanRead(partitionFiles(broker.dataDirectory)),
        /Kafka's reader|dump-log/,
      );
      await flipBit(index, 15);
      await flipBit(log, 300);
      await assert.rejects(
        assertKafkaCanRead(partitionFiles(broker.dataDirectory)),
        /Kafka's reader|dump-log/,
      );
    });
  },
);

async function flipBit(path: string, at: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at]! ^= 1;
  await Deno.writeFile(path, bytes);
}
