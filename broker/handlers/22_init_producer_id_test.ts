import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { InputOf } from "../../protocol/codec.ts";
import type { InitProducerIdRequest } from "../../protocol/messages/22_init_producer_id.ts";
import { committedValues } from "../../tests/support/committed_values.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { initProducerIdHandler } from "./22_init_producer_id.ts";

const versions = servedVersions(initProducerIdHandler);

type InitInput = InputOf<typeof InitProducerIdRequest>;

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

Deno.test("InitProducerId with a transactional id gives the same id with the next epoch, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const first = yield* ask(client, 0, "mine");
    assert.deepEqual([first.errorCode, first.producerEpoch], [ErrorCode.NONE, 0]);
    for (const version of versions) {
      const { errorCode, producerId, producerEpoch } = yield* ask(client, version, "mine");
      assert.deepEqual([errorCode, producerId, producerEpoch], [
        ErrorCode.NONE,
        first.producerId,
        version + 1,
      ]);
    }
    const other = yield* ask(client, 5, "other");
    assert.notEqual(other.producerId, first.producerId);
  });
});

Deno.test("InitProducerId refuses what makes no sense, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const send = function* (version: number, body: Partial<InitInput>) {
      return (yield* client.ask(api.InitProducerId, version, {
        transactionalId: "mine",
        transactionTimeoutMs: 60_000,
        ...body,
      })).errorCode;
    };
    for (const version of versions) {
      assert.equal(yield* send(version, { transactionalId: "" }), ErrorCode.INVALID_REQUEST);
      for (const transactionTimeoutMs of [0, -1, 900_001]) {
        assert.equal(yield* send(version, { transactionTimeoutMs }), ErrorCode.INVALID_TRANSACTION_TIMEOUT);
      }
      assert.equal(yield* send(version, { transactionTimeoutMs: 900_000 }), ErrorCode.NONE);
      // Without a transactional id nobody looks at the time.
      assert.equal(yield* send(version, { transactionalId: null, transactionTimeoutMs: -1 }), ErrorCode.NONE);
    }
    for (const version of versions.filter((version) => version >= 3)) {
      assert.equal(yield* send(version, { producerId: 1 }), ErrorCode.INVALID_REQUEST);
      assert.equal(yield* send(version, { producerEpoch: 1 }), ErrorCode.INVALID_REQUEST);
    }
  });
});

Deno.test("InitProducerId v3+ lets a producer go on that nobody has replaced, and tells the others in their version's words", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions.filter((version) => version >= 3)) {
      const fenced = version < 4 ? ErrorCode.INVALID_PRODUCER_EPOCH : ErrorCode.PRODUCER_FENCED;
      const id = `mine-${version}`;
      const goOn = function* (producerId: number, producerEpoch: number) {
        const answer = yield* client.ask(api.InitProducerId, version, {
          transactionalId: id,
          transactionTimeoutMs: 60_000,
          producerId,
          producerEpoch,
        });
        return [answer.errorCode, answer.producerEpoch];
      };
      const { producerId } = yield* ask(client, version, id);
      assert.deepEqual(yield* goOn(producerId, 0), [ErrorCode.NONE, 1]);
      // The answer was lost, and it asks again: the same.
      assert.deepEqual(yield* goOn(producerId, 0), [ErrorCode.NONE, 1]);
      assert.deepEqual(yield* goOn(producerId, 1), [ErrorCode.NONE, 2]);
      assert.deepEqual(yield* goOn(producerId, 0), [fenced, -1]);
      assert.deepEqual(yield* goOn(producerId + 1, 2), [fenced, -1]);
      // Somebody new comes: who was there before does not go on.
      yield* ask(client, version, id);
      assert.deepEqual(yield* goOn(producerId, 2), [fenced, -1]);
    }
  });
});

Deno.test("InitProducerId aborts an open transaction first, and has its client ask again", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const protocol of [1, 2] as const) {
      const id = `mine-${protocol}`;
      const old = new TransactionalProducer(client, id, { protocol });
      yield* old.init();
      if (protocol === 1) yield* old.add("topic", 0);
      assert.equal(yield* old.produce("topic", 0, "old"), ErrorCode.NONE);
      const next = new TransactionalProducer(client, id, { protocol });
      assert.equal(yield* next.init(), ErrorCode.CONCURRENT_TRANSACTIONS);
      assert.equal(yield* next.init(), ErrorCode.NONE);
      assert.deepEqual([next.producerId, next.producerEpoch], [old.producerId, 2]);
      // The old one is fenced from everything.
      assert.equal(yield* old.add("topic", 0), ErrorCode.PRODUCER_FENCED);
      assert.equal(yield* old.produce("topic", 0, "late"), ErrorCode.INVALID_PRODUCER_EPOCH);
      assert.equal(yield* old.commit(), ErrorCode.PRODUCER_FENCED);
    }
    assert.deepEqual(yield* committedValues(client, "topic"), []);
  });
});

Deno.test("InitProducerId gives a new id when the epochs of one are used up", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    const { producerId } = producer;
    while (producer.producerEpoch < 32_766) assert.equal(yield* producer.init(), ErrorCode.NONE);
    assert.equal(producer.producerId, producerId);
    const last = { producerId, producerEpoch: 32_766 };
    assert.equal(yield* producer.init({ isGoingOn: true }), ErrorCode.NONE);
    assert.notEqual(producer.producerId, producerId);
    assert.equal(producer.producerEpoch, 0);
    // Who has missed the answer gets the same.
    const { producerId: newId } = producer;
    Object.assign(producer, last);
    assert.equal(yield* producer.init({ isGoingOn: true }), ErrorCode.NONE);
    assert.deepEqual([producer.producerId, producer.producerEpoch], [newId, 0]);
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
