import assert from "node:assert/strict";
import { api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { DataDirectoryError } from "../storage/log_error.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { MemoryListener } from "../tests/support/memory_transport.ts";
import {
  createTopic,
  fetch,
  fetchBody,
  produce,
  randomBatch,
  receiveFetch,
  receiveProduce,
  sendProduce,
  stored,
} from "../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../tests/support/test_broker.ts";
import { concat } from "../tests/support/wire.ts";

const CLEAN_SHUTDOWN = ".kafka_cleanshutdown";

Deno.test("Server that is stopped answers fetches that wait with what there is, and then closes", () => {
  runBroker(function* (broker) {
    const clients = [broker.connect(), broker.connect()];
    yield* createTopic(clients[0]!, "topic");
    const batch = randomBatch(broker);
    yield* produce(clients[0]!, "topic", batch.slice());
    for (const client of clients) {
      client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: 60_000, minBytes: 10_000 }));
    }
    yield;
    broker.stop();
    yield;
    for (const client of clients) {
      assert.deepEqual(receiveFetch(client).records, stored(batch, 0));
      assert.ok(client.isClosed);
    }
    assert.equal(broker.clock.monotonicMs, 0);
  });
});

Deno.test("Server that is stopped acknowledges what waits for fdatasync when that is back", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "flush.messages": "1" } });
    yield* produce(client, "topic", randomBatch(broker));
    broker.ioWorker.hold();
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    broker.stop();
    yield;
    assert.ok(client.hasNothing());
    assert.ok(!client.isClosed);
    broker.ioWorker.release();
    yield;
    assert.equal(receiveProduce(client).baseOffset, 1);
    assert.ok(client.isClosed);
  });
});

Deno.test("Server that is stopped takes no new connections and no more requests", () => {
  const broker = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "flush.messages": "1" } });
    yield* produce(client, "topic", randomBatch(broker));
    broker.ioWorker.hold();
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    broker.stop();
    yield;
    assert.ok(broker.listener.isClosed);
    broker.connect();
    client.send(api.ApiVersions, 0, {});
    broker.ioWorker.letGo();
    yield;
  });
  assert.equal(broker.listener.waiting.length, 1);
});

Deno.test("Server that is stopped cuts off who does not take its answers, in two seconds, and says so", () => {
  const broker = runBroker(function* (broker) {
    const client = broker.connect();
    const good = broker.connect();
    client.socket.sendCapacity = 0;
    client.send(api.Metadata, 5, { topics: null });
    good.send(api.Metadata, 5, { topics: null });
    yield;
    broker.stop();
    yield;
    assert.ok(good.isClosed);
    assert.equal(good.receive(api.Metadata).brokers.length, 1);
    assert.ok(!client.isClosed);
  });
  assert.ok(
    broker.clock.monotonicMs >= 2000 && broker.clock.monotonicMs < 2100,
    `${broker.clock.monotonicMs}`,
  );
  assert.ok(
    broker.lines.includes("warn: 1 clients did not take their answers within 2000 ms and were cut off"),
  );
});

Deno.test("Server that is stopped leaves all on stable storage, and the next one nothing to recover", () => {
  const batches: Uint8Array[] = [];
  const { disk } = runBroker(function* (broker) {
    assert.ok(!broker.disk.names("/data").includes(CLEAN_SHUTDOWN));
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (let i = 0; i < 5; i++) {
      batches.push(stored(randomBatch(broker), i));
      yield* produce(client, "topic", batches[i]!.slice());
    }
    broker.ioWorker.hold();
  });
  assert.ok(disk.names("/data").includes(CLEAN_SHUTDOWN));
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.deepEqual((yield* fetch(client, "topic")).records, concat(...batches));
    assert.equal((yield* produce(client, "topic", randomBatch(broker))).baseOffset, 5);
    // Whoever is killed now left no mark that says otherwise.
    assert.ok(!broker.disk.names("/data").includes(CLEAN_SHUTDOWN));
  }, { disk: disk.afterPowerCut() });
});

Deno.test("Server that is killed at any moment has lost nothing acknowledged", () => {
  const acknowledged = new Map<string, Uint8Array>();
  let killed!: MemoryDisk;
  const { seed } = runBroker(function* (broker) {
    const { random } = broker;
    const clients = [broker.connect(), broker.connect()];
    for (const topic of ["a", "b"]) yield* createTopic(clients[0]!, topic, { partitions: 2 });
    const count = 20 + random.below(100);
    for (let i = 0; i < count; i++) {
      const topic = random.pick(["a", "b"]);
      const partition = random.below(2);
      const batch = randomBatch(broker, { count: 1 + random.below(3), valueBytes: random.below(500) });
      const { baseOffset } = yield* produce(random.pick(clients), topic, batch.slice(), { partition });
      acknowledged.set(`${topic} ${partition} ${baseOffset}`, stored(batch, baseOffset));
      if (random.below(10) === 0) yield* broker.pass(random.below(2000));
    }
    killed = broker.disk.afterKill();
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const [key, batch] of acknowledged) {
      const [topic, partition, offset] = key.split(" ");
      const { records } = yield* fetch(client, topic!, {
        partition: Number(partition),
        offset: Number(offset),
        partitionMaxBytes: batch.length,
      });
      assert.deepEqual(records, batch, `seed ${seed}, ${key}`);
    }
  }, { disk: killed });
});

Deno.test("Server wakes by itself for nothing but the store's upkeep when nobody is connected", () => {
  runBroker(function* (broker) {
    // Right from the start: nothing has come yet.
    assert.equal(broker.sleepMs, 30_000);
    const before = broker.metrics.get("turns");
    yield* broker.pass(600_000);
    assert.ok(broker.metrics.get("turns") - before < 50);
  });
});

Deno.test("Server counts requests, connections and bytes", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(client, "topic");
    const batch = randomBatch(broker, { count: 3 });
    yield* produce(client, "topic", batch.slice());
    yield* fetch(other, "topic");
    const of = broker.metrics.get.bind(broker.metrics);
    assert.equal(requestCount(broker.metrics), 3);
    assert.equal(of("connections"), 2);
    assert.equal(of("acceptedConnections"), 2);
    assert.equal(of("producedBatches"), 1);
    assert.equal(of("producedRecords"), 3);
    assert.equal(of("producedBytes"), batch.length);
    assert.equal(of("fetchedBytes"), batch.length);
    assert.equal(of("sendfileBytes"), batch.length);
    assert.ok(of("receivedBytes") > batch.length);
    assert.ok(of("sentBytes") > batch.length);
    other.socket.clientFinishes();
    yield;
    assert.equal(of("connections"), 1);
  });
});

Deno.test("Server keeps any number of clients' requests apart, however they are cut", () => {
  const { seed } = runBroker(function* (broker) {
    const { random } = broker;
    const clients = Array.from({ length: 20 }, () => broker.connect());
    yield* createTopic(clients[0]!, "topic", { partitions: 20 });
    const next = clients.map(() => 0);
    for (let round = 0; round < 40; round++) {
      const sent = clients.map((client, partition) => {
        const counts = Array.from({ length: random.below(6) }, () => 1 + random.below(3));
        for (const count of counts) {
          sendProduce(client, "topic", randomBatch(broker, { count }), {
            partition,
            version: 3 + random.below(9),
          });
        }
        client.socket.receiveAtMost = random.below(3) === 0 ? 1 + random.below(60) : Infinity;
        client.socket.sendCapacity = random.below(2) === 0 ? random.below(100) : Infinity;
        return counts;
      });
      yield;
      for (const client of clients) client.socket.sendCapacity = Infinity;
      yield;
      for (const [index, counts] of sent.entries()) {
        for (const count of counts) {
          const { errorCode, baseOffset } = receiveProduce(clients[index]!);
          assert.deepEqual([errorCode, baseOffset], [ErrorCode.NONE, next[index]], `seed ${broker.seed}`);
          next[index]! += count;
        }
        assert.ok(clients[index]!.hasNothing());
      }
    }
  });
  assert.ok(seed >= 0);
});

Deno.test("Server does not start on a directory that another one has open, nor on somebody else's", () => {
  const start = (disk: MemoryDisk) => runBroker(function* () {}, { disk });
  const script = function* (broker: TestBroker) {
    assert.throws(() => start(broker.disk), (error) => {
      assert.ok(error instanceof DataDirectoryError);
      assert.match(error.message, /\/data is in use by another process/);
      return true;
    });
    yield;
  };
  runBroker(script);
  const foreign = new MemoryDisk();
  foreign.makeDirectory("/data");
  foreign.write("/data/thesis.tex", new Uint8Array(10));
  assert.throws(() => start(foreign), DataDirectoryError);
  assert.deepEqual(foreign.names("/data"), ["thesis.tex"]);
});

Deno.test("Server that can't start leaves the directory to the next one", () => {
  const { disk } = runBroker(function* () {});
  const path = "/data/milena.producer-ids";
  const good = disk.read(path);
  disk.write(path, new TextEncoder().encode("mumble"));
  assert.throws(() => runBroker(function* () {}, { disk }), DataDirectoryError);
  assert.deepEqual(disk.openPaths, []);
  disk.write(path, good);
  runBroker(function* () {}, { disk });
});

Deno.test("Server tells who comes back to the directory the same cluster id", () => {
  const ids = new Set<string>();
  let disk = new MemoryDisk();
  for (let start = 0; start < 3; start++) {
    disk = runBroker(function* (broker) {
      ids.add(broker.server.broker.clusterId);
      yield;
    }, { disk }).disk;
  }
  assert.equal(ids.size, 1);
});

Deno.test("Server listens on all its listeners and closes them all", () => {
  const listeners = [
    new MemoryListener(),
    new MemoryListener({ family: "ipv6", host: "::1", port: 9093 }),
  ];
  runBroker(function* (broker) {
    for (const listener of listeners) {
      assert.equal((yield* broker.connect(listener).ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
    }
  }, { listeners });
  assert.ok(listeners.every(({ isClosed }) => isClosed));
});

function requestCount(metrics: Metrics): number {
  return Object.values(api).reduce((sum, { key }) => sum + metrics.requestCount(key), 0);
}
