/**
 * @platformatic/kafka 2.12, which begins where kafkajs ends: only the flexible encodings. Admin, acknowledgements,
 * creating on first use, a consumer that waits for records.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Consumer, ListOffsetTimestamps, Producer } from "@platformatic/kafka";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { platformaticAdmin, platformaticReader, platformaticWriter } from "./platformatic.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile();
const decode = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

testNeeding([], "platformatic creates, lists and deletes a topic", async () => {
  const topic = uniqueTopic("platformatic");
  const admin = platformaticAdmin(target.bootstrap);
  try {
    const [created] = await admin.createTopics({ topics: [topic], partitions: 5, replicas: 1 });
    assert.equal(created!.name, topic);
    assert.equal(created!.partitions, 5);
    assert.match(created!.id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.notEqual(created!.id, "00000000-0000-0000-0000-000000000000");
    assert.ok((await admin.listTopics()).includes(topic));
    const { topics } = await admin.metadata({ topics: [topic] });
    assert.equal(topics.get(topic)!.id, created!.id, "the topic's id is the same in metadata");
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
  } finally {
    await admin.close();
  }
});

testNeeding([], "platformatic lists offsets: first, last, newest timestamp and by timestamp", async () => {
  const topic = await createTopic(target.bootstrap, "platformatic-offsets");
  const records = Array.from({ length: 200 }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 0 };
  await platformaticWriter.write(at, records, { codec: "zstd", acks: -1, idempotent: false });
  const admin = platformaticAdmin(target.bootstrap);
  const ask = async (timestamp: bigint) => {
    const partitions = [{ partitionIndex: 0, timestamp }];
    const [answer] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
    return answer!.partitions[0]!;
  };
  try {
    assert.equal((await ask(ListOffsetTimestamps.EARLIEST)).offset, 0n);
    assert.equal((await ask(ListOffsetTimestamps.LATEST)).offset, 200n);
    const byTime = await ask(BigInt(records[77]!.timestamp));
    assert.equal(byTime.offset, 77n);
    assert.equal(byTime.timestamp, BigInt(records[77]!.timestamp));
    const newest = await ask(-3n);
    assert.equal(newest.offset, 199n);
    assert.equal(newest.timestamp, BigInt(records[199]!.timestamp));
  } finally {
    await admin.close();
  }
});

for (const acks of [0, 1, -1] as const) {
  testNeeding([], `platformatic with acks=${acks} appends every record once and in order`, async () => {
    const topic = await createTopic(target.bootstrap, `platformatic-acks-${acks}`);
    const records = Array.from({ length: 2000 }, (_, index) => numberedRecord(index));
    const at = { bootstrap: target.bootstrap, topic, partition: 0 };
    await platformaticWriter.write(at, records, { codec: "snappy", acks, idempotent: false });
    const read = async () =>
      (await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 }))[0]!;
    let stored = await read();
    for (let attempt = 0; attempt < 20 && stored.length < records.length; attempt++) stored = await read();
    assert.deepEqual(stored.map(({ value }) => decode(value)), records.map(({ value }) => decode(value)));
  });
}

testNeeding([], "platformatic sends to a topic that is not there and makes it", async () => {
  const topic = uniqueTopic("made-by-platformatic");
  const producer = new Producer({
    clientId: "milena-test",
    bootstrapBrokers: [target.bootstrap],
    autocreateTopics: true,
  });
  try {
    await producer.send({ messages: [{ topic, key: Buffer.from("k"), value: Buffer.from("first") }] });
  } finally {
    await producer.close();
  }
  const [stored] = await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 });
  assert.deepEqual(stored!.map(({ value }) => decode(value)), ["first"]);
});

testNeeding(
  [],
  "platformatic's fetch waits at the end of a partition and is woken by an append",
  async () => {
    const topic = await createTopic(target.bootstrap, "woken");
    const consumer = new Consumer({
      clientId: "milena-test",
      groupId: "unused",
      bootstrapBrokers: [target.bootstrap],
    });
    try {
      consumer.topics.track(topic);
      const metadata = await consumer.metadata({ topics: [topic] });
      const { id, partitions } = metadata.topics.get(topic)!;
      const begin = performance.now();
      const position = { partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000_000 };
      const fetched = consumer.fetch({
        node: partitions[0]!.leader,
        minBytes: 1,
        maxBytes: 1_000_000,
        maxWaitTime: 5000,
        topics: [{
          topicId: id,
          partitions: [{ ...position, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }],
        }],
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      const at = { bootstrap: target.bootstrap, topic, partition: 0 };
      await platformaticWriter.write(at, [numberedRecord(1)], { codec: "none", acks: 1, idempotent: false });
      const { responses } = await fetched;
      const elapsedMs = performance.now() - begin;
      assert.equal(responses[0]!.partitions[0]!.records?.[0]?.records.length, 1);
      assert.ok(elapsedMs < 4000, `woken after ${elapsedMs} ms: that was the wait's end, not the append`);
    } finally {
      await consumer.close();
    }
  },
);
