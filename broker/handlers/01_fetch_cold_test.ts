/**
 * Fetches of what is not in the page cache: the I/O Worker reads it first, and the reactor never waits for the disk.
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import { api } from "../../protocol/apis.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import {
  createTopic,
  fetch,
  fetchBody,
  produce,
  randomBatch,
  receiveFetch,
  stored,
} from "../../tests/support/requests.ts";
import { DATA } from "../../tests/support/storage_fixture.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { concat } from "../../tests/support/wire.ts";

const FLUSH_MS = 1000;
/** Longer than any fetch here waits for the disk. */
const LONG_MS = 60_000;

function logFile(topic: string, partition = 0): string {
  return `${DATA}/${topic}-${partition}/00000000000000000000.log`;
}

/** A topic of flushed batches, as they are stored; evicted from the page cache. */
function* coldTopic(
  broker: TestBroker,
  client: TestClient,
  topic: string,
  { batchCount = 3, valueBytes = 1000, partitions = 1 } = {},
): Generator<void, Uint8Array[][]> {
  yield* createTopic(client, topic, { partitions });
  const batches: Uint8Array[][] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const ofPartition: Uint8Array[] = [];
    for (let index = 0; index < batchCount; index++) {
      const batch = randomBatch(broker, { count: 2, valueBytes });
      const { baseOffset } = yield* produce(client, topic, batch.slice(), { partition });
      ofPartition.push(stored(batch, baseOffset));
    }
    batches.push(ofPartition);
  }
  yield* broker.pass(2 * FLUSH_MS);
  for (let partition = 0; partition < partitions; partition++) broker.disk.evict(logFile(topic, partition));
  return batches;
}

/** Fetches of two partitions of one topic. */
function bothPartitions(topic: string, maxWaitMs = 0) {
  const asked = (partition: number) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 });
  return fetchBody(topic, {}, { maxWaitMs, topics: [{ topic, partitions: [asked(0), asked(1)] }] });
}

function coldReads({ metrics }: TestBroker): number {
  return metrics.get("coldReads");
}

Deno.test("Fetch of what is not in the page cache waits for the I/O Worker, and the reactor for nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const [batches] = yield* coldTopic(broker, client, "topic");
    broker.ioWorker.hold(["read"]);
    client.send(api.Fetch, 12, fetchBody("topic"));
    yield;
    assert.ok(client.hasNothing());
    assert.equal(coldReads(broker), 1);
    assert.equal(broker.metrics.get("parkedFetches"), 1);
    broker.ioWorker.release();
    yield;
    assert.deepEqual(receiveFetch(client).records, concat(...batches!));
    assert.deepEqual(broker.reactorWaitedFor, []);
    assert.equal(broker.metrics.get("parkedFetches"), 0);
    assert.deepEqual((yield* fetch(client, "topic")).records, concat(...batches!));
    assert.equal(coldReads(broker), 1, "it is there now");
  });
});

Deno.test("Fetch of what is committed waits for the I/O Worker in the same way", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const [batches] = yield* coldTopic(broker, client, "topic");
    const answer = yield* fetch(client, "topic", {}, { isolationLevel: 1 });
    assert.deepEqual([answer.records, answer.abortedTransactions], [concat(...batches!), []]);
    assert.equal(coldReads(broker), 1);
    assert.deepEqual(broker.reactorWaitedFor, []);
  });
});

Deno.test("Fetch that waits for a slow disk holds up nobody: not the producers of its own topic, not those that sync", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    const [batches] = yield* coldTopic(broker, client, "topic");
    yield* createTopic(other, "synced", { configs: { "flush.messages": "1" } });
    broker.ioWorker.hold(["read"]);
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: LONG_MS }));
    yield;
    // The second one can be found without a look at what was there before.
    const batch = randomBatch(broker, { valueBytes: 8000 });
    for (const topic of ["topic", "topic", "synced", "synced"]) {
      const { errorCode, baseOffset } = yield* produce(other, topic, batch.slice());
      assert.equal(errorCode, ErrorCode.NONE);
      if (baseOffset === 6) continue;
      const { records } = yield* fetch(other, topic, { offset: baseOffset });
      assert.deepEqual(records, stored(batch, baseOffset));
    }
    assert.ok(client.hasNothing(), "nor does what is appended meanwhile make it answer");
    broker.ioWorker.release();
    yield;
    assert.deepEqual(receiveFetch(client).records, concat(...batches!, stored(batch, 6), stored(batch, 7)));
    assert.deepEqual(broker.reactorWaitedFor, []);
  });
});

Deno.test("Fetch reads a log exactly, whatever is evicted meanwhile, and only I/O Workers wait for the disk", () => {
  runBroker(function* (broker) {
    const { random } = broker;
    const client = broker.connect();
    const [batches] = yield* coldTopic(broker, client, "topic", { batchCount: 40, valueBytes: 8000 });
    const sizes = batches!.map(({ length }) => length);
    const end = sizes.reduce((sum, size) => sum + size, 0);
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < batches!.length;) {
        const from = random.below(end);
        if (random.below(2) === 0) broker.disk.evict(logFile("topic"), from, from + random.below(100_000));
        const partitionMaxBytes = random.pick([1, 20_000, 100_000]);
        const offset = 2 * index + random.below(2);
        const { records } = yield* fetch(client, "topic", { offset, partitionMaxBytes });
        const expected = concat(...batches!.slice(index)).subarray(0, records!.length);
        assert.deepEqual(records, expected, `seed ${broker.seed}, batch ${index}`);
        assert.ok(records!.length >= sizes[index]!, "at least one batch whole");
        let taken = 0;
        while (index < sizes.length && taken + sizes[index]! <= records!.length) taken += sizes[index++]!;
      }
    }
    assert.deepEqual(broker.reactorWaitedFor, [], `seed ${broker.seed}`);
    assert.ok(coldReads(broker) > 10);
  });
});

Deno.test("Fetches of the same cold place share one read of it", () => {
  runBroker(function* (broker) {
    const clients = [broker.connect(), broker.connect(), broker.connect()];
    const [batches] = yield* coldTopic(broker, clients[0]!, "topic");
    broker.ioWorker.hold(["read"]);
    for (const client of clients) client.send(api.Fetch, 12, fetchBody("topic"));
    yield;
    assert.equal(coldReads(broker), 1);
    assert.equal(broker.ioWorker.count(["read"]), 1);
    broker.ioWorker.release();
    yield;
    for (const client of clients) assert.deepEqual(receiveFetch(client).records, concat(...batches!));
    assert.deepEqual(broker.reactorWaitedFor, []);
  });
});

Deno.test("Fetch whose client leaves while the disk is read leaves nothing open", () => {
  const broker = runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* coldTopic(broker, client, "topic");
    broker.ioWorker.hold(["read"]);
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: LONG_MS }));
    yield;
    client.socket.clientBreaks();
    yield;
    assert.equal(broker.metrics.get("parkedFetches"), 0);
    broker.ioWorker.release();
    yield;
    assert.equal((yield* fetch(other, "topic")).errorCode, ErrorCode.NONE);
  });
  // `runBroker` looks for files that are still open.
  assert.deepEqual(broker.reactorWaitedFor, []);
});

Deno.test("Fetch whose topic is deleted while the disk is read says so, and lets go of the file", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* coldTopic(broker, client, "topic");
    broker.ioWorker.hold(["read"]);
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: LONG_MS }));
    yield;
    yield* other.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
    assert.deepEqual(broker.disk.openPaths.filter((path) => path.endsWith(".log")), [logFile("topic")]);
    broker.ioWorker.release();
    yield;
    assert.equal(receiveFetch(client).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.deepEqual(broker.disk.openPaths.filter((path) => path.endsWith(".log")), []);
  });
});

Deno.test("Fetch gives what is there when its time is over before the disk has answered", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const [first, second] = yield* coldTopic(broker, client, "topic", { partitions: 2 });
    assert.deepEqual((yield* fetch(client, "topic", { partition: 1 })).records, concat(...second!));
    broker.ioWorker.hold(["read"]);
    for (const [maxWaitMs, waitsMs] of [[0, 5000], [500, 5000], [8000, 8000]]) {
      client.send(api.Fetch, 12, bothPartitions("topic", maxWaitMs));
      yield;
      yield* broker.pass(waitsMs! - 1);
      assert.ok(client.hasNothing(), `${maxWaitMs}`);
      yield* broker.pass(1);
      yield;
      const { partitions } = client.receive(api.Fetch).responses[0]!;
      assert.deepEqual(partitions.map(({ errorCode }) => errorCode), [ErrorCode.NONE, ErrorCode.NONE]);
      assert.deepEqual(partitions.map(({ records }) => records), [new Uint8Array(0), concat(...second!)]);
    }
    assert.equal(broker.ioWorker.count(["read"]), 1, "the disk is asked once, however often the client asks");
    client.send(api.Fetch, 12, bothPartitions("topic"));
    broker.ioWorker.release();
    yield;
    const { partitions } = client.receive(api.Fetch).responses[0]!;
    assert.deepEqual(partitions.map(({ records }) => records), [concat(...first!), concat(...second!)]);
    assert.deepEqual(broker.reactorWaitedFor, []);
  });
});

Deno.test("Fetch of what can't be read says KAFKA_STORAGE_ERROR for that partition alone", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const [first, second] = yield* coldTopic(broker, client, "topic", { partitions: 2 });
    const { onCall } = broker.disk;
    broker.disk.onCall = (call, path) => {
      onCall(call, path);
      if (call === "readAt" && path === logFile("topic")) throw new MemoryDiskError("pread", path, "EIO");
    };
    client.send(api.Fetch, 12, bothPartitions("topic"));
    yield;
    const { partitions } = client.receive(api.Fetch).responses[0]!;
    assert.deepEqual(partitions.map(({ errorCode }) => errorCode), [
      ErrorCode.KAFKA_STORAGE_ERROR,
      ErrorCode.NONE,
    ]);
    assert.deepEqual(partitions[1]!.records, concat(...second!));
    assert.deepEqual(broker.newLines().filter((line) => line.startsWith("error")), [
      `error: records could not be read, which consumers are told: pread ${logFile("topic")}: EIO`,
    ]);
    broker.disk.onCall = onCall;
    assert.deepEqual(
      (yield* fetch(client, "topic")).records,
      concat(...first!),
      "the disk has thought better of it",
    );
  });
});

Deno.test("Fetch is answered after one round, though what it waited for has left the page cache again", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const [batches] = yield* coldTopic(broker, client, "topic");
    // A cache that keeps nothing: whatever the I/O Worker reads is gone when the reactor looks.
    const { onCall } = broker.disk;
    broker.disk.onCall = (call, path) => {
      onCall(call, path);
      if (call === "isCached") broker.disk.evict(path);
    };
    for (let offset = 0; offset < 6; offset += 2) {
      const { records } = yield* fetch(client, "topic", { offset });
      assert.deepEqual(records, concat(...batches!.slice(offset / 2)));
    }
    assert.equal(coldReads(broker), 3, "one for each fetch");
    assert.ok(broker.reactorWaitedFor.length > 0, "it was worth a wait");
  });
});

Deno.test("a broker that stops while the disk is read answers, and lets go of everything", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* coldTopic(broker, client, "topic");
    broker.ioWorker.hold(["read"]);
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: LONG_MS }));
    yield;
    broker.stop();
    yield;
    const { errorCode, records } = receiveFetch(client);
    assert.deepEqual([errorCode, records!.length], [ErrorCode.NONE, 0]);
  });
});
