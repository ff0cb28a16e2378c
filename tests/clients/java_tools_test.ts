/**
 * Apache Kafka's command-line tools, that is the Java client: producers, a consumer of one partition, topics, offsets.
 * @module
 */
import assert from "node:assert/strict";
import { javaTool } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { codecs } from "./client.ts";
import { closeJavaTools, javaNeeds, tool, tryTool } from "./java_tools.ts";
import { kafkajsWriter } from "./kafkajs.ts";
import { platformaticReader } from "./platformatic.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile();
Deno.test.afterAll(closeJavaTools);
const needs = javaNeeds;
const server = () => ["--bootstrap-server", target.bootstrap];
const decode = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

testNeeding(needs, "TopicCommand creates, lists and deletes a topic", async () => {
  const topic = uniqueTopic("java");
  const create = ["--create", "--topic", topic, "--partitions", "3", "--config", "max.message.bytes=65536"];
  assert.match(await tool("TopicCommand", [...server(), ...create]), /Created topic/);
  const again = await tryTool("TopicCommand", [...server(), ...create]);
  assert.equal(again.code, 1);
  assert.match(again.stdout + again.stderr, /TopicExistsException/);
  assert.ok((await tool("TopicCommand", [...server(), "--list"])).split("\n").includes(topic));
  await tool("TopicCommand", [...server(), "--delete", "--topic", topic]);
  assert.ok(!(await tool("TopicCommand", [...server(), "--list"])).split("\n").includes(topic));
});

testNeeding(needs, "ConsoleProducer's records come out as they went in, in every codec", async () => {
  const topic = await createTopic(target.bootstrap, "console");
  const input = "h1:v1,h2:v2\tk1\tv1\nh1:v1\tk2\t<null>\n<null>\t<null>\tno key\n<null>\tžena\tMilena 🗝️\n";
  const properties = ["parse.key=true", "parse.headers=true", "null.marker=<null>"];
  for (const codec of codecs) {
    await tool("ConsoleProducer", [
      ...[...server(), "--topic", topic, "--compression-codec", codec],
      ...properties.flatMap((property) => ["--reader-property", property]),
    ], input);
  }
  const [stored] = await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 });
  const records = stored!.map(({ key, value, headers }) => [
    headers.map((header) => `${header.name}:${decode(header.value)}`).join(),
    decode(key),
    decode(value),
  ]);
  const expected = [
    ["h1:v1,h2:v2", "k1", "v1"],
    ["h1:v1", "k2", null],
    ["", null, "no key"],
    ["", "žena", "Milena 🗝️"],
  ];
  assert.deepEqual(records, codecs.flatMap(() => expected));
});

testNeeding(
  needs,
  "ConsoleConsumer reads a partition from its beginning, keys, headers and timestamps too",
  async () => {
    const topic = await createTopic(target.bootstrap, "console-read", { partitions: 2 });
    const records = Array.from({ length: 5000 }, (_, index) => numberedRecord(index));
    const at = { bootstrap: target.bootstrap, topic, partition: 1 };
    for (const [index, codec] of codecs.entries()) {
      const some = records.slice(index * 1000, (index + 1) * 1000);
      await kafkajsWriter.write(at, some, { codec, acks: -1, idempotent: false });
    }
    const shown = ["print.timestamp=true", "print.key=true", "print.offset=true", "print.headers=true"];
    const output = await tool("consumer.ConsoleConsumer", [
      ...[
        ...server(),
        "--topic",
        topic,
        "--partition",
        "1",
        "--offset",
        "earliest",
        "--max-messages",
        "5000",
      ],
      ...shown.flatMap((property) => ["--formatter-property", property]),
    ]);
    const expected = records.map(({ key, value, timestamp, headers }, offset) => {
      const headerText = headers.map((header) => `${header.name}:${decode(header.value)}`).join() ||
        "NO_HEADERS";
      return [`CreateTime:${timestamp}`, `Offset:${offset}`, headerText, decode(key) ?? "null", decode(value)]
        .join("\t");
    });
    assert.deepEqual(output.replace(/\n$/, "").split("\n"), expected);
  },
);

testNeeding(needs, "ConsoleConsumer begins at the offset it is told, within a batch too", async () => {
  const topic = await createTopic(target.bootstrap, "console-middle");
  const records = Array.from({ length: 1000 }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 0 };
  await kafkajsWriter.write(at, records, { codec: "lz4", acks: -1, idempotent: false });
  const output = await tool("consumer.ConsoleConsumer", [
    ...[...server(), "--topic", topic, "--partition", "0", "--offset", "777", "--max-messages", "3"],
  ]);
  assert.deepEqual(
    output.replace(/\n$/, "").split("\n"),
    records.slice(777, 780).map(({ value }) => decode(value)),
  );
});

testNeeding(needs, "GetOffsetShell shows first, last, newest and by-time offsets", async () => {
  const topic = await createTopic(target.bootstrap, "shell", { partitions: 2 });
  const records = Array.from({ length: 100 }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 1 };
  await kafkajsWriter.write(at, records, { codec: "none", acks: -1, idempotent: false });
  const shell = async (time: string) =>
    (await tool("GetOffsetShell", [...server(), "--topic", topic, "--time", time])).trimEnd().split("\n");
  assert.deepEqual(await shell("earliest"), [`${topic}:0:0`, `${topic}:1:0`]);
  assert.deepEqual(await shell("latest"), [`${topic}:0:0`, `${topic}:1:100`]);
  // A partition without such a record is left out or has an empty place, by version of the tool.
  assert.ok((await shell("max-timestamp")).includes(`${topic}:1:99`));
  assert.ok((await shell(String(records[42]!.timestamp))).includes(`${topic}:1:42`));
});

testNeeding(
  needs,
  "VerifiableProducer, idempotent as Java is by default, has every record acknowledged and kept",
  async () => {
    const topic = await createTopic(target.bootstrap, "verifiable", { partitions: 3 });
    // In a machine of its own: only with its end does it wait for what is not acknowledged.
    const output = await javaTool("VerifiableProducer", [
      ...server(),
      "--topic",
      topic,
      "--max-messages",
      "20000",
    ]);
    const events: { name: string; value: string; partition: number; offset: number; acked?: number }[] =
      output.trim()
        .split("\n").map((line) => JSON.parse(line));
    const acknowledged = events.filter(({ name }) => name === "producer_send_success");
    assert.equal(acknowledged.length, 20_000);
    const stored = await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 3 });
    assert.equal(stored.flat().length, 20_000);
    for (const { value, partition, offset } of acknowledged) {
      assert.equal(
        decode(stored[partition]![offset]!.value),
        value,
        `partition ${partition}, offset ${offset}`,
      );
    }
  },
);
