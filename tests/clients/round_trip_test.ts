/**
 * What one client writes every other reads back, byte for byte: each codec, each corner of a record, a hundred
 * thousand of them. Kafka's own broker passes this suite (MILENA_TEST_BOOTSTRAP).
 * @module
 */
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { codecs, type Reader, type SentRecord, type Writer } from "./client.ts";
import { assertSameRecords } from "./compare.ts";
import { closeConfluent, confluentReader, confluentWriter } from "./confluent.ts";
import { kafkajsWriter } from "./kafkajs.ts";
import { kcatReader, kcatWriter } from "./kcat.ts";
import { platformaticReader, platformaticWriter } from "./platformatic.ts";
import { awkwardRecords, numberedRecord } from "./sample_records.ts";
import { createTopic } from "./topic.ts";

const target = targetOfThisFile();
Deno.test.afterAll(closeConfluent);

const writers: readonly Writer[] = [kcatWriter, kafkajsWriter, platformaticWriter, confluentWriter];
const readers: readonly Reader[] = [kcatReader, platformaticReader, confluentReader];
async function assertReads(
  reader: Reader,
  topic: string,
  sent: readonly (readonly SentRecord[])[],
  limits: Writer["limits"],
): Promise<void> {
  const stored = await reader.read({ bootstrap: target.bootstrap, topic, partitions: sent.length });
  for (const [partition, records] of sent.entries()) {
    try {
      assertSameRecords(stored[partition]!, records, limits);
    } catch (error) {
      throw new Error(`${reader.name}, partition ${partition} of ${topic}`, { cause: error });
    }
  }
}

for (const writer of writers) {
  const needs = [...writer.needs, ...readers.flatMap((reader) => reader.needs)];

  testNeeding(
    needs,
    `${writer.name} writes awkward records in every codec and every client reads them`,
    async (t) => {
      const records = awkwardRecords(writer.limits);
      const topic = await createTopic(target.bootstrap, `awkward-${writer.name}`, {
        partitions: codecs.length,
      });
      for (const [partition, codec] of codecs.entries()) {
        await t.step(`written with ${codec}`, async () => {
          const options = { codec, acks: -1, idempotent: false } as const;
          await writer.write({ bootstrap: target.bootstrap, topic, partition }, records, options);
        });
      }
      for (const reader of readers) {
        await t.step(`read by ${reader.name}`, async () => {
          await assertReads(reader, topic, codecs.map(() => records), writer.limits);
        });
      }
    },
  );

  testNeeding(
    needs,
    `${writer.name} writes 100,000 records to six partitions and every client reads them`,
    async (t) => {
      const partitions = 6;
      const sent = Array.from({ length: partitions }, (): SentRecord[] => []);
      for (let index = 0; index < 100_000; index++) sent[index % partitions]!.push(numberedRecord(index));
      const topic = await createTopic(target.bootstrap, `many-${writer.name}`, { partitions });
      for (const [partition, records] of sent.entries()) {
        const codec = codecs[partition % codecs.length]!;
        // The last one without compression, as an idempotent producer: each client does that too.
        const options = { codec, acks: -1, idempotent: partition === partitions - 1 } as const;
        await writer.write({ bootstrap: target.bootstrap, topic, partition }, records, options);
      }
      for (const reader of readers) {
        await t.step(`read by ${reader.name}`, async () => {
          await assertReads(reader, topic, sent, writer.limits);
        });
      }
    },
  );
}
