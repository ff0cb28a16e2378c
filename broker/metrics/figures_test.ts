/** The figures of a real broker, as another thread reads them, beside what its topics and groups say when they are asked. */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember } from "../../tests/support/group_member.ts";
import { commitOffsets } from "../../tests/support/offset_requests.ts";
import {
  createTopic,
  fetch,
  fetchBody,
  produce,
  randomBatch,
  receiveFetch,
  receiveProduce,
  sendProduce,
} from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type Script, type TestBroker } from "../../tests/support/test_broker.ts";
import { columnsOf, type TableName } from "./layout.ts";

const topics = columnsOf("topics");
const clients = columnsOf("clients");

/** By the labels. */
function table({ metricsReader }: TestBroker, name: TableName): Map<string, number[]> {
  return new Map(metricsReader.rows(name).map(({ labels, numbers }) => [labels.join("/"), [...numbers]]));
}

/** What the rows must be, by asking everything. */
function check(broker: TestBroker, step: number): void {
  const { topics: store, groups } = broker.server.broker;
  const logs = [...store.topics()].flatMap(({ partitions }) => partitions);
  const message = `step ${step}, seed ${broker.seed}`;
  assert.deepEqual(
    table(broker, "partitions"),
    new Map(logs.map((log) => [
      `${log.topic}/${log.partition}`,
      [log.logStartOffset, log.endOffset, log.highWatermark, log.sizeInBytes, log.unflushedBytes],
    ])),
    message,
  );
  const unflushed = logs.reduce((sum, { unflushedBytes }) => sum + unflushedBytes, 0);
  assert.equal(broker.metrics.get("unflushedBytes"), unflushed, message);
  assert.deepEqual(
    new Set(table(broker, "topics").keys()),
    new Set([...store.topics()].map(({ name }) => name)),
    message,
  );
  assert.deepEqual(
    table(broker, "groups"),
    new Map([...groups.groups()].map(({ id, memberCount }) => [id, [memberCount]])),
    message,
  );
  const commits = [...groups.groups()].flatMap(({ id: groupId }) => {
    const { topics } = groups.offsets.fetch({
      groupId,
      memberId: null,
      memberEpoch: -1,
      topics: undefined,
      requireStable: false,
    });
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) =>
        [`${groupId}/${name}/${partitionIndex}`, [committedOffset]] as const
      )
    );
  });
  assert.deepEqual(table(broker, "groupOffsets"), new Map(commits), message);
}

/** One thing that a client may do. */
function* act(broker: TestBroker, client: TestClient): Script {
  const { random } = broker;
  const { topics: store, groups } = broker.server.broker;
  const topic = { name: `t${random.below(4)}` };
  const there = store.topic(topic.name);
  const partition = random.below(there?.partitions.length ?? 1);
  switch (random.below(9)) {
    case 0:
      if (there !== undefined) return;
      yield* createTopic(client, topic.name, { partitions: 1 + random.below(3) });
      return;
    case 1:
      if (there === undefined || random.below(2) === 0) return;
      yield* client.ask(api.DeleteTopics, 5, { topicNames: [topic.name], timeoutMs: 1000 });
      return;
    case 2:
    case 3:
    case 4:
      if (there === undefined) return;
      yield* produce(client, topic.name, randomBatch(broker, { count: 1 + random.below(5) }), { partition });
      return;
    case 5: {
      if (there === undefined) return;
      const offset = random.below(there.partitions[partition]!.highWatermark + 1);
      yield* client.ask(api.DeleteRecords, 2, {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: partition, offset }] }],
        timeoutMs: 1000,
      });
      return;
    }
    case 6:
    case 7: {
      if (there === undefined) return;
      const group = `g${random.below(3)}`;
      yield* commitOffsets(client, 9, { group, topic, partition, offset: random.below(100) });
      return;
    }
    case 8: {
      const id = `g${random.below(3)}`;
      if (groups.group(id) === undefined || random.below(3) > 0) return;
      yield* client.ask(api.DeleteGroups, 2, { groupsNames: [id] });
    }
  }
}

Deno.test("Figures of topics, partitions, groups and offsets are what asking all of them says, whatever happens", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (let step = 0; step < 300; step++) {
      yield* act(broker, client);
      if (broker.random.below(10) === 0) yield* broker.pass(broker.random.below(1500));
      yield;
      check(broker, step);
    }
  });
});

Deno.test("Figures are there after a restart, of what was there before", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    yield* produce(client, "topic", randomBatch(broker, { count: 3 }), { partition: 1 });
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, partition: 1, offset: 2 });
  });
  runBroker(function* (broker) {
    yield;
    check(broker, 0);
    assert.deepEqual(table(broker, "groupOffsets"), new Map([["group/topic/1", [2]]]));
    assert.equal(table(broker, "partitions").get("topic/1")![1], 3);
  }, { disk });
});

Deno.test("Figures of a topic count what is written, read, and refused", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "max.message.bytes": "200" } });
    const batch = randomBatch(broker, { count: 3 });
    yield* produce(client, "topic", batch);
    const large = yield* produce(client, "topic", randomBatch(broker, { valueBytes: 300 }));
    assert.equal(large.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
    const { records } = yield* fetch(client, "topic");
    yield* fetch(client, "topic", { offset: 1000 });
    const row = table(broker, "topics").get("topic")!;
    assert.equal(row[topics.producedRecords], 3);
    assert.equal(row[topics.producedBytes], batch.length);
    assert.equal(row[topics.producedBatches], 1);
    assert.equal(row[topics.failedProduces], 1);
    assert.equal(row[topics.fetchedBytes], records!.length);
    assert.equal(row[topics.failedFetches], 1);
  });
});

Deno.test("Figures leave out what there is no room for, and say how much that is", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    // The test's memory has room for a thousand of each.
    for (let i = 0; i < 1010; i++) {
      yield* commitOffsets(client, 9, { group: `g${i}`, topic: { name: "topic" } });
    }
    assert.equal(table(broker, "groups").size, 1000);
    assert.equal(table(broker, "groupOffsets").size, 1000);
    assert.equal(broker.metrics.get("leftOutRows"), 20);
  });
});

Deno.test("Figures tell how long the disk keeps what was written waiting, and partitions that it has failed", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "flush.messages": "1" } });
    broker.ioWorker.hold();
    const before = broker.metrics.histogram("produceToDisk").sumSeconds;
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    yield* broker.pass(250);
    assert.ok(table(broker, "partitions").get("topic/0")![4]! > 0, "it is not flushed");
    broker.ioWorker.letGo();
    yield;
    assert.equal(receiveProduce(client).errorCode, ErrorCode.NONE);
    const waited = broker.metrics.histogram("produceToDisk").sumSeconds - before;
    assert.ok(waited >= 0.25 && waited < 0.3, `it waited ${waited} s`);
    broker.failsToSync = (path) => path.endsWith(".log");
    yield* produce(client, "topic", randomBatch(broker));
    assert.equal(broker.metrics.get("fencedPartitions"), 1);
    assert.equal(broker.metrics.get("unflushedBytes"), 0);
    yield* client.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
    assert.equal(broker.metrics.get("fencedPartitions"), 0);
  });
});

Deno.test("Figures of requests leave out what a fetch waits for records, and tell that by itself", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: 3000 }));
    yield;
    yield* broker.pass(3000);
    receiveFetch(client);
    const { key } = api.Fetch;
    assert.equal(broker.metrics.requestCount(key), 1);
    assert.ok(broker.metrics.requestWaits(key).sumSeconds >= 3);
    assert.ok(broker.metrics.requestDurations(key).sumSeconds < 0.1);
    assert.equal(broker.metrics.requestDurations(key).counts.reduce((sum, count) => sum + count), 1);
    assert.deepEqual(broker.metrics.requestWaits(api.CreateTopics.key).sumSeconds, 0);
  });
});

Deno.test("Figures of clients are by what they call themselves, of members that were not heard of, too", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker, { sessionTimeoutMs: 6000 });
    assert.deepEqual(table(broker, "clients"), new Map());
    yield;
    const unknown = table(broker, "clients").get("unknown/")!;
    assert.equal(unknown[clients.connections], 1);
    yield* member.client.ask(api.ApiVersions, 3, {
      clientSoftwareName: "franz-go",
      clientSoftwareVersion: "1.2.3",
    });
    assert.equal(table(broker, "clients").get("franz-go/1.2.3")![clients.connections], 1);
    assert.equal(table(broker, "clients").get("unknown/")![clients.connections], 0);
    yield* member.join(broker);
    yield* member.sync({ [member.memberId]: "all" });
    assert.deepEqual(table(broker, "groups"), new Map([["group", [1]]]));
    yield* broker.pass(7000);
    assert.deepEqual(table(broker, "groups"), new Map([["group", [0]]]));
    assert.equal(table(broker, "clients").get("franz-go/1.2.3")![clients.expiredMembers], 1);
    member.client.socket.clientFinishes();
    yield;
    assert.equal(table(broker, "clients").get("franz-go/1.2.3")![clients.connections], 0);
  });
});
