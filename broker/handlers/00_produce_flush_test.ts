/**
 * What an acknowledgement means: with `flush.messages=1` nothing is answered or shown before the outcome of fdatasync.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ProduceDurability } from "../../protocol/messages/00_produce.ts";
import {
  createTopic,
  fetch,
  fetchBody,
  produce,
  randomBatch,
  receiveFetch,
  receiveProduce,
  sendProduce,
  servedVersions,
  stored,
} from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type Script, type TestBroker } from "../../tests/support/test_broker.ts";
import { produceHandler } from "./00_produce.ts";

const onDisk = { "flush.messages": "1" };

/** A topic whose directories are on stable storage, and an I/O Worker that waits to be told. */
function* heldTopic(broker: TestBroker, client: TestClient, partitions = 1): Script {
  yield* createTopic(client, "topic", { partitions, configs: onDisk });
  for (let partition = 0; partition < partitions; partition++) {
    const first = yield* produce(client, "topic", randomBatch(broker), { partition });
    assert.equal(first.errorCode, ErrorCode.NONE);
  }
  broker.countLogSyncs();
  broker.ioWorker.hold();
}

function* latest(client: TestClient): Generator<void, { errorCode: number; offset: number }> {
  const { topics } = yield* client.ask(api.ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: "topic", partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  return topics[0]!.partitions[0]!;
}

Deno.test("Produce with flush.messages=1 answers and shows a batch only when fdatasync is back", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const reader = broker.connect();
    yield* heldTopic(broker, client);
    let offset = 1;
    for (const version of servedVersions(produceHandler)) {
      for (const acks of [1, -1]) {
        const batch = randomBatch(broker, { count: 2 });
        sendProduce(client, "topic", batch.slice(), { version, acks });
        yield;
        yield* broker.pass(500);
        assert.ok(client.hasNothing());
        const before = yield* fetch(reader, "topic", { offset });
        assert.deepEqual([before.records!.length, before.highWatermark], [0, offset]);
        assert.equal((yield* latest(reader)).offset, offset);

        broker.ioWorker.release();
        yield;
        assert.equal(receiveProduce(client).baseOffset, offset);
        assert.equal(broker.countLogSyncs(), 1);
        const after = yield* fetch(reader, "topic", { offset });
        assert.deepEqual(after.records, stored(batch, offset));
        assert.equal(after.highWatermark, offset + 2);
        assert.equal((yield* latest(reader)).offset, offset + 2);
        offset += 2;
      }
    }
  });
});

Deno.test("Produce says where a batch is when it is acknowledged, to those who ask, by the topic's own settings", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "cached");
    yield* createTopic(client, "synced", { configs: onDisk });
    for (const version of servedVersions(produceHandler).filter((version) => version >= 9 && version < 13)) {
      for (const wantsDurability of [true, false]) {
        const topicData = ["cached", "synced", "nowhere"].map((name) => ({
          name,
          partitionData: [{ index: 0, records: randomBatch(broker) }],
        }));
        const { responses } = yield* client.ask(api.Produce, version, {
          acks: -1,
          timeoutMs: 1000,
          topicData,
          wantsDurability,
        });
        assert.deepEqual(
          responses.map(({ partitionResponses }) => partitionResponses[0]!.durability),
          wantsDurability
            ? [ProduceDurability.PAGE_CACHE, ProduceDurability.DISK, ProduceDurability.UNKNOWN]
            : [0, 0, 0],
        );
      }
    }
  });
});

Deno.test("Produce with log.flush.interval.messages=1 waits for fdatasync in every topic", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    broker.ioWorker.hold();
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    assert.ok(client.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.equal(receiveProduce(client).errorCode, ErrorCode.NONE);
  }, { settings: { "log.flush.interval.messages": "1" } });
});

Deno.test("Produce with flush.messages=1 shares one fdatasync between all requests of a turn", () => {
  runBroker(function* (broker) {
    const clients = Array.from({ length: 20 }, () => broker.connect());
    yield* heldTopic(broker, clients[0]!);
    for (const client of clients) {
      for (let i = 0; i < 3; i++) sendProduce(client, "topic", randomBatch(broker));
    }
    yield;
    assert.equal(broker.ioWorker.jobCount, 1);
    broker.ioWorker.release();
    yield;
    const offsets = clients.flatMap((client) => [1, 2, 3].map(() => receiveProduce(client).baseOffset));
    assert.deepEqual(offsets.sort((a, b) => a - b), Array.from({ length: 60 }, (_, index) => 1 + index));
    assert.equal(broker.countLogSyncs(), 1);
  });
});

Deno.test("Produce with flush.messages=1 shares the next fdatasync between all that come during the present one", () => {
  runBroker(function* (broker) {
    const clients = Array.from({ length: 10 }, () => broker.connect());
    yield* heldTopic(broker, clients[0]!);
    for (const client of clients) {
      sendProduce(client, "topic", randomBatch(broker));
      yield;
    }
    // The first one's is under way; it was begun before the others came, so it says nothing of them.
    assert.equal(broker.ioWorker.jobCount, 1);
    broker.ioWorker.release();
    yield;
    assert.equal(receiveProduce(clients[0]!).baseOffset, 1);
    for (const client of clients) assert.ok(client.hasNothing());
    assert.equal(broker.ioWorker.jobCount, 1);
    broker.ioWorker.release();
    yield;
    assert.deepEqual(
      clients.slice(1).map((client) => receiveProduce(client).baseOffset),
      [2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.equal(broker.countLogSyncs(), 2);
  });
});

Deno.test("Produce with flush.messages=1 to several partitions answers when the last of them is on disk", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* heldTopic(broker, client, 3);
    client.send(api.Produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{
        name: "topic",
        partitionData: [0, 1, 2].map((index) => ({ index, records: randomBatch(broker) })),
      }],
    });
    yield;
    for (let done = 0; done < 3; done++) {
      assert.ok(client.hasNothing());
      broker.ioWorker.release();
      yield;
    }
    const { responses } = client.receive(api.Produce);
    assert.deepEqual(responses[0]!.partitionResponses.map(({ baseOffset }) => baseOffset), [1, 1, 1]);
    assert.equal(broker.countLogSyncs(), 3);
  });
});

Deno.test("Produce with acks=0 and flush.messages=1 is not answered, and brought to disk all the same", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* heldTopic(broker, client);
    sendProduce(client, "topic", randomBatch(broker), { acks: 0 });
    yield;
    broker.ioWorker.release();
    yield;
    assert.ok(client.hasNothing());
    assert.equal(broker.countLogSyncs(), 1);
    assert.equal(broker.log("topic").highWatermark, 2);
  });
});

Deno.test("Produce of an idempotent batch that comes again before fdatasync is back waits for it too", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const retry = broker.connect();
    yield* heldTopic(broker, client);
    const batch = randomBatch(broker, { producerId: 1, producerEpoch: 0, baseSequence: 0 });
    sendProduce(client, "topic", batch.slice());
    sendProduce(retry, "topic", batch.slice());
    yield;
    assert.ok(client.hasNothing());
    assert.ok(retry.hasNothing());
    broker.ioWorker.release();
    yield;
    assert.equal(receiveProduce(client).baseOffset, 1);
    assert.equal(receiveProduce(retry).baseOffset, 1);
    assert.equal(broker.log("topic").endOffset, 2);
  });
});

Deno.test("Produce that waits for fdatasync holds up the answers behind it, not the work", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* heldTopic(broker, client);
    sendProduce(client, "topic", randomBatch(broker));
    client.send(api.CreateTopics, 5, {
      topics: [{ name: "later", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    });
    yield;
    assert.ok(client.hasNothing());
    assert.ok(broker.log("later"));
    broker.ioWorker.release();
    yield;
    assert.equal(receiveProduce(client).errorCode, ErrorCode.NONE);
    assert.equal(client.receive(api.CreateTopics).topics[0]!.errorCode, ErrorCode.NONE);
  });
});

Deno.test("Produce never acknowledges what fdatasync failed on, and fences the partition", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* heldTopic(broker, client, 2);
    other.send(api.Fetch, 12, fetchBody("topic", { offset: 1 }, { maxWaitMs: 60_000 }));
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    broker.failsToSync = (path) => path.includes("topic-0/");
    broker.newLines();
    broker.ioWorker.letGo();
    yield;
    const failed = receiveProduce(client);
    assert.equal(failed.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
    assert.equal(failed.baseOffset, -1);
    const lines = broker.newLines();
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^error: topic-0 is out of service until the broker is restarted/);

    // Not even if the disk is well again: nobody knows what it holds.
    broker.failsToSync = () => false;
    for (const version of servedVersions(produceHandler)) {
      const refused = yield* produce(client, "topic", randomBatch(broker), { version });
      assert.equal(refused.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
    }
    assert.equal((yield* fetch(client, "topic")).errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
    // Clients before version 6 don't know that error; of this one they know that it may pass.
    const old = yield* fetch(client, "topic", { version: 5 });
    assert.equal(old.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assert.equal((yield* latest(client)).errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
    // So was told the fetch that waited, at once, and nothing of it floods the log.
    assert.equal(receiveFetch(other).errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
    assert.deepEqual(broker.newLines(), []);
    // The partition beside it has nothing to do with it.
    const beside = yield* produce(client, "topic", randomBatch(broker), { partition: 1 });
    assert.deepEqual([beside.errorCode, beside.baseOffset], [ErrorCode.NONE, 1]);
  });
  // A new start recovers the partition from what is there.
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal((yield* fetch(client, "topic")).errorCode, ErrorCode.NONE);
    assert.equal((yield* produce(client, "topic", randomBatch(broker))).errorCode, ErrorCode.NONE);
  }, { disk });
});

Deno.test("Produce whose topic is deleted before fdatasync is back is answered with an error", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* heldTopic(broker, client);
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    yield* other.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
    yield;
    const answer = receiveProduce(client);
    assert.equal(answer.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(answer.baseOffset, -1);
  });
});

Deno.test("Produce whose client is gone before fdatasync is back troubles nobody", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* heldTopic(broker, client);
    sendProduce(client, "topic", randomBatch(broker));
    sendProduce(other, "topic", randomBatch(broker));
    yield;
    client.socket.clientBreaks();
    yield;
    assert.ok(client.isClosed);
    broker.ioWorker.letGo();
    yield;
    assert.equal(receiveProduce(other).errorCode, ErrorCode.NONE);
    assert.equal(broker.log("topic").highWatermark, 3);
  });
});

Deno.test("Produce without flush.messages answers at once, and flush.ms later all is on disk", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    broker.countLogSyncs();
    for (let i = 0; i < 10; i++) {
      assert.equal((yield* produce(client, "topic", randomBatch(broker))).baseOffset, i);
      yield* broker.pass(50);
    }
    yield* broker.pass(499);
    assert.equal(broker.countLogSyncs(), 0);
    assert.ok(broker.sleepMs <= 1, `sleeps ${broker.sleepMs} ms, though a flush is due in 1`);
    yield* broker.pass(1);
    yield;
    assert.equal(broker.countLogSyncs(), 1);
    assert.equal(broker.log("topic").flushedOffset, 10);
    // Once flushed there is nothing to do.
    yield* broker.pass(5000);
    assert.equal(broker.countLogSyncs(), 0);
  });
});

Deno.test("Produce with flush.messages=1 loses nothing acknowledged in a power cut at any moment", () => {
  const acknowledged = new Map<number, Uint8Array>();
  let cut!: TestBroker["disk"];
  const { seed } = runBroker(function* (broker) {
    const { random } = broker;
    const clients = [broker.connect(), broker.connect(), broker.connect()];
    yield* heldTopic(broker, clients[0]!);
    const sent = new Map(clients.map((client) => [client, [] as Uint8Array[]]));
    for (let step = 0; step < 200; step++) {
      const client = random.pick(clients);
      if (random.below(3) > 0) {
        const batch = randomBatch(broker, { count: 1 + random.below(3), valueBytes: random.below(1000) });
        sent.get(client)!.push(batch.slice());
        sendProduce(client, "topic", batch);
      } else {
        broker.ioWorker.release(Math.min(broker.ioWorker.jobCount, 1));
      }
      if (random.below(2) === 0) continue;
      yield;
      for (const client of clients) {
        for (let bytes = client.receiveFrame(); bytes !== undefined; bytes = client.receiveFrame()) {
          const { baseOffset, errorCode } = client.decode(api.Produce, bytes).responses[0]!
            .partitionResponses[0]!;
          assert.equal(errorCode, ErrorCode.NONE);
          acknowledged.set(baseOffset, sent.get(client)!.shift()!);
        }
      }
    }
    cut = broker.disk.afterPowerCut(random);
  });
  assert.ok(acknowledged.size > 10);
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const [offset, batch] of acknowledged) {
      const { errorCode, records } = yield* fetch(client, "topic", {
        offset,
        partitionMaxBytes: batch.length,
      });
      assert.equal(errorCode, ErrorCode.NONE, `seed ${seed}, offset ${offset}`);
      assert.deepEqual(records, stored(batch, offset), `seed ${seed}, offset ${offset}`);
    }
  }, { disk: cut });
});
