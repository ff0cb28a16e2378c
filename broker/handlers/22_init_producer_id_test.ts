import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { initProducerIdHandler } from "./22_init_producer_id.ts";

const versions = servedVersions(initProducerIdHandler);

function* ask(client: TestClient, version: number, transactionalId: string | null = null) {
  return yield* client.ask(api.InitProducerId, version, { transactionalId, transactionTimeoutMs: 60_000 });
}

Deno.test("InitProducerId gives a new id with epoch 0 each time, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const ids = new Set<number>();
    for (const version of versions) {
      for (let i = 0; i < 3; i++) {
        const { errorCode, producerId, producerEpoch, throttleTimeMs } = yield* ask(client, version);
        assert.deepEqual([errorCode, producerEpoch, throttleTimeMs], [ErrorCode.NONE, 0, 0]);
        assert.ok(producerId >= 0);
        ids.add(producerId);
      }
    }
    assert.equal(ids.size, versions.length * 3);
  });
});

Deno.test("InitProducerId v3+ gives a producer that tells its id a new one", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const { producerId } = yield* ask(client, 3);
    for (const version of versions.filter((version) => version >= 3)) {
      const again = yield* client.ask(api.InitProducerId, version, {
        transactionalId: null,
        transactionTimeoutMs: 1000,
        producerId,
        producerEpoch: 4,
      });
      assert.equal(again.errorCode, ErrorCode.NONE);
      assert.notEqual(again.producerId, producerId);
      assert.equal(again.producerEpoch, 0);
    }
  });
});

Deno.test("InitProducerId refuses transactional ids at once and for good: there are no transactions yet", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const { errorCode, producerId, producerEpoch } = yield* ask(client, version, "mine");
      assert.deepEqual([errorCode, producerId, producerEpoch], [ErrorCode.UNSUPPORTED_VERSION, -1, -1]);
    }
  });
});

Deno.test("InitProducerId gives no id twice: not after a stop, a kill, or a power cut", () => {
  const given = new Set<number>();
  const takeSome = (next: (broker: TestBroker) => TestBroker["disk"]) => (disk?: TestBroker["disk"]) => {
    let left!: TestBroker["disk"];
    const stopped = runBroker(function* (broker) {
      const client = broker.connect();
      for (let i = 0; i < 20; i++) {
        const { producerId } = yield* ask(client, versions[i % versions.length]!);
        assert.ok(!given.has(producerId), `${producerId} was given twice`);
        given.add(producerId);
      }
      left = next(broker);
    }, disk ? { disk } : {});
    return left ?? stopped.disk;
  };
  const kill = takeSome(({ disk }) => disk.afterKill());
  const powerCut = takeSome(({ disk }) => disk.afterPowerCut());
  const stop = takeSome(({ disk }) => disk);
  stop(powerCut(kill(stop(powerCut(kill())))));
  assert.equal(given.size, 120);
});

Deno.test("InitProducerId answers COORDINATOR_LOAD_IN_PROGRESS while the next ids are being reserved", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    broker.ioWorker.hold();
    let last = -1;
    for (;;) {
      const { errorCode, producerId } = yield* ask(client, 4);
      if (errorCode !== ErrorCode.NONE) {
        assert.deepEqual([errorCode, producerId], [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, -1]);
        break;
      }
      assert.ok(producerId > last);
      last = producerId;
      assert.ok(last < 100_000, "ids are given that nobody has reserved");
    }
    broker.ioWorker.letGo();
    yield;
    const { errorCode, producerId } = yield* ask(client, 4);
    assert.equal(errorCode, ErrorCode.NONE);
    assert.ok(producerId > last);
  });
});

Deno.test("InitProducerId gives an id that produces", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      const { producerId, producerEpoch } = yield* ask(client, version);
      for (const baseSequence of [0, 1, 1]) {
        const batch = randomBatch(broker, { producerId, producerEpoch, baseSequence });
        const { errorCode } = yield* produce(client, "topic", batch);
        assert.equal(errorCode, ErrorCode.NONE);
      }
    }
    assert.equal(broker.log("topic").endOffset, versions.length * 2);
  });
});
