/**
 * kafkajs 2.2: the admin client, acknowledgements, idempotence, creating on first use.
 * @module
 */
import assert from "node:assert/strict";
import { type Admin, CompressionTypes, Partitioners } from "kafkajs";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { kafkajs, kafkajsWriter } from "./kafkajs.ts";
import { platformaticReader } from "./platformatic.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile();
const decode = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

async function withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
  // Without retries: kafkajs asks again for 8 s when it is told that a topic to delete is not there.
  const admin = kafkajs(target.bootstrap).admin({ retry: { retries: 0 } });
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

testNeeding([], "kafkajs creates, describes and deletes a topic", async () => {
  const topic = uniqueTopic("kafkajs");
  await withAdmin(async (admin) => {
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] }), true);
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] }), false, "it exists");
    assert.ok((await admin.listTopics()).includes(topic));
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    assert.deepEqual(topics[0]!.partitions.map(({ partitionId }) => partitionId).sort(), [0, 1, 2, 3]);
    assert.ok(
      topics[0]!.partitions.every(({ leader, isr, partitionErrorCode }) =>
        isr[0] === leader && !partitionErrorCode
      ),
    );
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
    await assert.rejects(admin.deleteTopics({ topics: [topic], timeout: 1000 }), /does not host this topic/);
    // The name is free again, and what was there is gone.
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }), true);
    assert.deepEqual(await admin.fetchTopicOffsets(topic), [{
      partition: 0,
      offset: "0",
      high: "0",
      low: "0",
    }]);
  });
});

testNeeding([], "kafkajs is told the cluster: one broker, which is the controller", async () => {
  const { brokers, controller, clusterId } = await withAdmin((admin) => admin.describeCluster());
  assert.equal(brokers.length, 1);
  assert.equal(`${brokers[0]!.host}:${brokers[0]!.port}`, target.bootstrap);
  assert.equal(controller, brokers[0]!.nodeId);
  assert.ok(clusterId.length > 0);
});

testNeeding(
  [],
  "kafkajs is refused a topic with more replicas than brokers, or an illegal name",
  async () => {
    await withAdmin(async (admin) => {
      const three = admin.createTopics({ topics: [{ topic: uniqueTopic("three"), replicationFactor: 3 }] });
      await assert.rejects(three, (error: { errors?: { type: string }[] }) => {
        assert.deepEqual(error.errors?.map(({ type }) => type), ["INVALID_REPLICATION_FACTOR"]);
        return true;
      });
      const named = admin.createTopics({ topics: [{ topic: "no/slashes" }] });
      await assert.rejects(named, (error: { errors?: { type: string }[] }) => {
        assert.deepEqual(error.errors?.map(({ type }) => type), ["INVALID_TOPIC_EXCEPTION"]);
        return true;
      });
    });
  },
);

testNeeding([], "kafkajs finds offsets: first, last and by timestamp", async () => {
  const topic = await createTopic(target.bootstrap, "offsets", { partitions: 2 });
  const records = Array.from({ length: 300 }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 1 };
  for (let start = 0; start < records.length; start += 100) {
    const options = { codec: "gzip", acks: -1, idempotent: false } as const;
    await kafkajsWriter.write(at, records.slice(start, start + 100), options);
  }
  await withAdmin(async (admin) => {
    const byPartition = (a: { partition: number }, b: { partition: number }) => a.partition - b.partition;
    assert.deepEqual((await admin.fetchTopicOffsets(topic)).sort(byPartition), [
      { partition: 0, offset: "0", high: "0", low: "0" },
      { partition: 1, offset: "300", high: "300", low: "0" },
    ]);
    const byTime = async (timestamp: number) =>
      (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)).sort(byPartition)[1]!.offset;
    assert.equal(await byTime(records[0]!.timestamp), "0");
    // Within a compressed batch, too.
    assert.equal(await byTime(records[150]!.timestamp), "150");
    assert.equal(await byTime(records[299]!.timestamp), "299");
    // kafkajs puts the end of the partition for "none".
    assert.equal(await byTime(records[299]!.timestamp + 1), "300");
  });
});

for (const acks of [0, 1, -1] as const) {
  testNeeding([], `kafkajs with acks=${acks} appends every record once and in order`, async () => {
    const topic = await createTopic(target.bootstrap, `kafkajs-acks-${acks}`);
    const records = Array.from({ length: 2000 }, (_, index) => numberedRecord(index));
    const at = { bootstrap: target.bootstrap, topic, partition: 0 };
    await kafkajsWriter.write(at, records, { codec: "none", acks, idempotent: false });
    const read = async () =>
      (await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 }))[0]!;
    let stored = await read();
    // Nobody confirms acks=0: the last batch may still be on its way when the producer has closed.
    for (let attempt = 0; attempt < 20 && stored.length < records.length; attempt++) stored = await read();
    assert.deepEqual(stored.map(({ value }) => decode(value)), records.map(({ value }) => decode(value)));
  });
}

testNeeding([], "kafkajs as an idempotent producer gets its offsets, one after the other", async () => {
  const topic = await createTopic(target.bootstrap, "idempotent", { partitions: 1 });
  const producer = kafkajs(target.bootstrap).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    for (let index = 0; index < 20; index++) {
      const [answer] = await producer.send({
        topic,
        acks: -1,
        messages: [{ value: `a${index}` }, { value: `b${index}` }],
      });
      assert.equal(answer!.baseOffset, String(2 * index));
    }
  } finally {
    await producer.disconnect();
  }
});

testNeeding([], "kafkajs sends to a topic that is not there and makes it", async () => {
  const topic = uniqueTopic("made-by-kafkajs");
  const producer = kafkajs(target.bootstrap).producer({
    allowAutoTopicCreation: true,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ key: "k", value: "first" }] });
  } finally {
    await producer.disconnect();
  }
  const stored = await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 });
  assert.deepEqual(stored.flat().map(({ value }) => decode(value)), ["first"]);
});

testNeeding([], "kafkajs is told when a record is larger than max.message.bytes", async () => {
  const topic = await createTopic(target.bootstrap, "kafkajs-small", {
    settings: { "max.message.bytes": "1000" },
  });
  const producer = kafkajs(target.bootstrap).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    const tooLarge = producer.send({ topic, messages: [{ value: "x".repeat(2000) }] });
    await assert.rejects(tooLarge, { type: "MESSAGE_TOO_LARGE" });
    await producer.send({ topic, messages: [{ value: "x".repeat(500) }] });
  } finally {
    await producer.disconnect();
  }
});

testNeeding(
  [],
  "kafkajs is told when a record, compressed or not, has no key for a compacted topic",
  async () => {
    const topic = await createTopic(target.bootstrap, "kafkajs-compacted", {
      settings: { "cleanup.policy": "compact" },
    });
    const producer = kafkajs(target.bootstrap).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    try {
      for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
        const messages = [{ key: "k", value: "v" }, { value: "no key" }];
        const refused = producer.send({ topic, compression, messages });
        await assert.rejects(refused, { type: "INVALID_RECORD" });
        await producer.send({ topic, compression, messages: messages.slice(0, 1) });
      }
    } finally {
      await producer.disconnect();
    }
    const kept = await platformaticReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 });
    assert.deepEqual(kept.flat().map(({ value }) => decode(value)), ["v", "v"]);
  },
);
