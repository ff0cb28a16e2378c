/**
 * What one client writes every other reads back, byte for byte: each codec, each corner of a record, a hundred
 * thousand of them. Kafka's own broker passes this suite (MILENA_TEST_BOOTSTRAP).
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { codecs, type Reader, type SentRecord, type Writer } from "./client.ts";
import { assertSameRecords } from "./compare.ts";
import { closeConfluent, confluentReader, confluentWriter } from "./confluent.ts";
import { javaConsoleReader } from "./java_console.ts";
import { closeJavaTools, javaNeeds, tool } from "./java_tools.ts";
import { kafkajsReader, kafkajsWriter } from "./kafkajs.ts";
import { kcatReader, kcatWriter } from "./kcat.ts";
import { milenaReader, milenaWriter } from "./milena_client.ts";
import { platformaticReader, platformaticWriter } from "./platformatic.ts";
import { awkwardRecords, numberedRecord } from "./sample_records.ts";
import { createTopic } from "./topic.ts";

const target = targetOfThisFile();
Deno.test.afterAll(closeConfluent);
Deno.test.afterAll(closeJavaTools);

const writers: readonly Writer[] = [
  kcatWriter,
  kafkajsWriter,
  platformaticWriter,
  confluentWriter,
  milenaWriter("worker"),
];
const readers: readonly Reader[] = [kcatReader, platformaticReader, confluentReader, milenaReader];
/** They take long, or their tools are not everywhere: they read only the awkward records of the project's own client. */
const slowReaders: readonly Reader[] = [kafkajsReader, javaConsoleReader];

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

for (const reader of slowReaders) {
  testNeeding(
    reader.needs,
    `milena writes awkward records in every codec and ${reader.name} reads them`,
    async () => {
      const writer = milenaWriter("inline");
      const records = awkwardRecords(writer.limits);
      const topic = await createTopic(target.bootstrap, "awkward-inline", { partitions: codecs.length });
      for (const [partition, codec] of codecs.entries()) {
        const options = { codec, acks: -1, idempotent: true } as const;
        await writer.write({ bootstrap: target.bootstrap, topic, partition }, records, options);
      }
      await assertReads(reader, topic, codecs.map(() => records), writer.limits);
    },
  );
}

testNeeding(javaNeeds, "Java's producer writes in every codec and milena reads it", async () => {
  const { bootstrap } = target;
  const topic = await createTopic(bootstrap, "java");
  const input = "h1:v1,h2:v2\tk1\tv1\nh1:v1\tk2\t<null>\n<null>\t<null>\tno key\n<null>\tžena\tMilena 🗝️\n";
  const properties = ["parse.key=true", "parse.headers=true", "null.marker=<null>"];
  for (const codec of codecs) {
    await tool("ConsoleProducer", [
      ...["--bootstrap-server", bootstrap, "--topic", topic, "--compression-codec", codec],
      ...properties.flatMap((property) => ["--reader-property", property]),
    ], input);
  }
  const text = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);
  const [stored] = await milenaReader.read({ bootstrap, topic, partitions: 1 });
  const records = stored!.map(({ key, value, headers }) => [
    headers.map((header) => `${header.name}:${text(header.value)}`).join(),
    text(key),
    text(value),
  ]);
  const expected = [
    ["h1:v1,h2:v2", "k1", "v1"],
    ["h1:v1", "k2", null],
    ["", null, "no key"],
    ["", "žena", "Milena 🗝️"],
  ];
  assert.deepEqual(records, codecs.flatMap(() => expected));
});
