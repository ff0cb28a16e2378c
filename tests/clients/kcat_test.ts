/**
 * kcat 1.7: metadata, acknowledgements, offsets by time, sizes, unknown topics.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { tryCommand } from "../support/run_command.ts";
import { targetOfThisFile } from "../support/target.ts";
import { kcat, kcatProgram, kcatReader, kcatWriter } from "./kcat.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile();
const needs = [kcatProgram];
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Metadata {
  readonly controllerid: number;
  readonly brokers: { readonly id: number; readonly name: string }[];
  readonly topics: {
    readonly topic: string;
    readonly error?: string;
    readonly partitions: {
      readonly partition: number;
      readonly leader: number;
      readonly replicas: { id: number }[];
      readonly isrs: { id: number }[];
    }[];
  }[];
}

testNeeding(needs, "kcat -L shows the broker and a topic's partitions with their leader", async () => {
  const topic = await createTopic(target.bootstrap, "listed", { partitions: 3 });
  const { stdout } = await kcat(target.bootstrap, ["-L", "-J"]);
  const metadata: Metadata = JSON.parse(decode(stdout));
  assert.equal(metadata.brokers.length, 1);
  const [broker] = metadata.brokers;
  assert.equal(broker!.name, target.bootstrap);
  assert.equal(metadata.controllerid, broker!.id);
  const listed = metadata.topics.find((candidate) => candidate.topic === topic);
  const replica = { leader: broker!.id, replicas: [{ id: broker!.id }], isrs: [{ id: broker!.id }] };
  assert.deepEqual(listed?.partitions, [0, 1, 2].map((partition) => ({ partition, ...replica })));
});

testNeeding(needs, "kcat -L of a topic that is not there says so and makes none", async () => {
  const topic = uniqueTopic("nowhere");
  const { stdout } = await kcat(target.bootstrap, [
    "-L",
    "-J",
    "-t",
    topic,
    "-X",
    "allow.auto.create.topics=false",
  ]);
  const { topics }: Metadata = JSON.parse(decode(stdout));
  assert.deepEqual(topics, [{ topic, error: "Broker: Unknown topic or partition", partitions: [] }]);
  const all: Metadata = JSON.parse(decode((await kcat(target.bootstrap, ["-L", "-J"])).stdout));
  assert.ok(!all.topics.some((candidate) => candidate.topic === topic), "the question made the topic");
});

testNeeding(needs, "kcat -P to a topic that is not there makes it", async () => {
  const topic = uniqueTopic("made-by-producing");
  await kcat(target.bootstrap, ["-P", "-t", topic], encode("one\ntwo\n"));
  const { stdout } = await kcat(target.bootstrap, ["-C", "-t", topic, "-o", "beginning", "-e", "-q"]);
  assert.equal(decode(stdout), "one\ntwo\n");
});

testNeeding(needs, "kcat -C of a topic that is not there ends with Kafka's error", async () => {
  const topic = uniqueTopic("nowhere");
  const { code, stderr } = await tryCommand("kcat", [
    ...["-b", target.bootstrap, "-C", "-t", topic, "-p", "0", "-e"],
    ...["-X", "allow.auto.create.topics=false"],
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /Unknown topic or partition|Unknown partition/);
});

for (const acks of [0, 1, -1] as const) {
  testNeeding(needs, `kcat -P with acks=${acks} appends every record once and in order`, async () => {
    const topic = await createTopic(target.bootstrap, `acks-${acks}`);
    const records = Array.from({ length: 5000 }, (_, index) => numberedRecord(index));
    const at = { bootstrap: target.bootstrap, topic, partition: 0 };
    await kcatWriter.write(at, records, { codec: "none", acks, idempotent: false });
    // Nobody confirms acks=0: its last batch may still be on its way when kcat has ended.
    for (let attempt = 0; attempt < 20; attempt++) {
      const { stdout } = await kcat(target.bootstrap, ["-Q", "-t", `${topic}:0:-1`]);
      if (decode(stdout).includes(`offset ${records.length}`)) break;
    }
    const [stored] = await kcatReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 });
    assert.deepEqual(stored!.map(({ value }) => decode(value!)), records.map(({ value }) => decode(value!)));
  });
}

testNeeding(needs, "kcat -Q finds the first offset at or after a time, the start and the end", async () => {
  const topic = await createTopic(target.bootstrap, "by-time");
  const before = Date.now();
  await kcat(target.bootstrap, ["-P", "-t", topic, "-p", "0"], encode("1\n2\n3\n"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const between = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await kcat(target.bootstrap, ["-P", "-t", topic, "-p", "0", "-z", "lz4"], encode("4\n5\n"));
  const query = async (timestamp: number) => {
    const { stdout } = await kcat(target.bootstrap, ["-Q", "-t", `${topic}:0:${timestamp}`]);
    return /offset (-?\d+)/.exec(decode(stdout))?.[1];
  };
  assert.equal(await query(-2), "0", "the start");
  assert.equal(await query(-1), "5", "the end");
  assert.equal(await query(0), "0", "1970");
  assert.equal(await query(before), "0", "before the first");
  assert.equal(await query(between), "3", "between the two batches");
  // librdkafka 2.0 asks for no timestamp after the last record's: -1, which it shows as the end of the partition.
  assert.equal(await query(Date.now() + 3_600_000), "-1", "in the future");
});

testNeeding(needs, "kcat -P is told when a record is larger than max.message.bytes", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, crypto.getRandomValues(new Uint8Array(65_536)));
    const small = await createTopic(target.bootstrap, "small", {
      settings: { "max.message.bytes": "60000" },
    });
    const { code, stderr } = await tryCommand("kcat", [
      "-b",
      target.bootstrap,
      "-P",
      "-t",
      small,
      "-p",
      "0",
      file,
    ]);
    assert.match(stderr, /Message size too large/);
    assert.equal(code, 1);
    const large = await createTopic(target.bootstrap, "large", {
      settings: { "max.message.bytes": "70000" },
    });
    await kcat(target.bootstrap, ["-P", "-t", large, "-p", "0", file]);
    const { stdout } = await kcat(target.bootstrap, [
      "-C",
      "-t",
      large,
      "-o",
      "beginning",
      "-e",
      "-q",
      "-D",
      "",
    ]);
    assert.deepEqual(new Uint8Array(stdout), await Deno.readFile(file));
  } finally {
    await Deno.remove(file);
  }
});

testNeeding(
  needs,
  "kcat carries a record of 5 MB where the topic allows it, larger than a fetch's limit",
  async () => {
    const file = await Deno.makeTempFile();
    try {
      // getRandomValues gives 65,536 bytes at most.
      const value = new Uint8Array(5_000_000);
      for (let at = 0; at < value.length; at += 65_536) {
        crypto.getRandomValues(
          value.subarray(at, at + 65_536),
        );
      }
      await Deno.writeFile(file, value);
      const topic = await createTopic(target.bootstrap, "five", {
        settings: { "max.message.bytes": "6000000" },
      });
      await kcat(target.bootstrap, ["-P", "-t", topic, "-p", "0", "-X", "message.max.bytes=6000000", file]);
      const limits = [
        "-X",
        "fetch.message.max.bytes=10000",
        "-X",
        "fetch.max.bytes=1000000",
        "-X",
        "message.max.bytes=1000000",
      ];
      const { stdout } = await kcat(target.bootstrap, [
        ...["-C", "-t", topic, "-o", "beginning", "-e", "-q", "-D", ""],
        ...limits,
      ]);
      assert.ok(
        stdout.length === value.length && stdout.every((byte, index) => byte === value[index]),
        "the same bytes",
      );
    } finally {
      await Deno.remove(file);
    }
  },
);
