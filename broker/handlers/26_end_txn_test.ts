import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { committedValues } from "../../tests/support/committed_values.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";
import { endTxnHandler } from "./26_end_txn.ts";

const versions = servedVersions(endTxnHandler);
const protocols = [1, 2] as const;

interface Identity {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

function* end(client: TestClient, version: number, producer: Identity, committed: boolean) {
  const { transactionalId, producerId, producerEpoch } = producer;
  return yield* client.ask(api.EndTxn, version, { transactionalId, producerId, producerEpoch, committed });
}

Deno.test("EndTxn commits and aborts in all partitions, by both versions of the protocol", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 3 });
    const wanted: string[] = [];
    for (const protocol of protocols) {
      const producer = new TransactionalProducer(client, `mine-${protocol}`, { protocol });
      yield* producer.init();
      for (let round = 0; round < 6; round++) {
        const isCommit = round % 2 === 0;
        const value = `${protocol}/${round}`;
        if (protocol === 1) assert.equal(yield* producer.add("topic", 0, 1, 2), ErrorCode.NONE);
        for (const partition of [0, 1, 2]) {
          assert.equal(yield* producer.produce("topic", partition, value), ErrorCode.NONE);
          assert.deepEqual(yield* committedValues(client, "topic", partition), wanted);
        }
        assert.equal(yield* producer.end(isCommit), ErrorCode.NONE);
        if (isCommit) wanted.push(value);
        for (const partition of [0, 1, 2]) {
          assert.deepEqual(yield* committedValues(client, "topic", partition), wanted);
        }
        // By the second version each transaction has an epoch of its own.
        assert.equal(producer.producerEpoch, protocol === 1 ? 0 : round + 1);
      }
    }
  });
});

Deno.test("EndTxn answers the same again, and refuses the opposite, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      for (const isCommit of [true, false]) {
        const producer = new TransactionalProducer(client, `mine-${version}-${isCommit}`);
        yield* producer.init();
        yield* producer.add("topic", 0);
        const first = yield* end(client, version, producer, isCommit);
        assert.equal(first.errorCode, ErrorCode.NONE);
        assert.equal(first.producerEpoch, version < 5 ? -1 : 1);
        assert.equal(first.producerId, version < 5 ? -1 : producer.producerId);
        assert.deepEqual(yield* end(client, version, producer, isCommit), first);
        const opposite = yield* end(client, version, producer, !isCommit);
        assert.equal(opposite.errorCode, ErrorCode.INVALID_TXN_STATE);
      }
    }
  });
});

Deno.test("EndTxn without a transaction: nothing to commit, and from version 5 on an abort that gives an epoch", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const producer = new TransactionalProducer(client, `mine-${version}`);
      yield* producer.init();
      assert.equal((yield* end(client, version, producer, true)).errorCode, ErrorCode.INVALID_TXN_STATE);
      const { errorCode, producerEpoch } = yield* end(client, version, producer, false);
      assert.equal(errorCode, version < 5 ? ErrorCode.INVALID_TXN_STATE : ErrorCode.NONE);
      assert.equal(producerEpoch, version < 5 ? -1 : 1);
    }
  });
});

Deno.test("EndTxn refuses who is not the id's producer, in words of the version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    yield* producer.add("topic", 0);
    const { transactionalId, producerId } = producer;
    for (const version of versions) {
      const refused = function* (fields: Partial<Identity>) {
        const identity = { transactionalId, producerId, producerEpoch: 0, ...fields };
        const { errorCode, producerEpoch } = yield* end(client, version, identity, true);
        if (version >= 5) assert.equal(producerEpoch, -1);
        return errorCode;
      };
      const fenced = version < 2 ? ErrorCode.INVALID_PRODUCER_EPOCH : ErrorCode.PRODUCER_FENCED;
      assert.equal(yield* refused({ transactionalId: "" }), ErrorCode.INVALID_REQUEST);
      assert.equal(yield* refused({ transactionalId: "nobody" }), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* refused({ producerId: 77 }), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* refused({ producerEpoch: 1 }), fenced);
      assert.equal(yield* refused({ producerEpoch: -1 }), fenced);
    }
  });
});

Deno.test("EndTxn of a fenced producer is not taken for a repetition of what its successor has asked", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const old = new TransactionalProducer(client, "mine", { protocol: 2 });
    yield* old.init();
    // One of the first version comes next: it has the next epoch, which its transactions end with.
    const next = new TransactionalProducer(client, "mine", { protocol: 1 });
    yield* next.init();
    yield* next.add("topic", 0);
    yield* next.abort();
    // The epoch is one higher than the old one's, as if it had ended something itself; with it, it could write in the other's name.
    assert.equal(yield* old.abort(), ErrorCode.PRODUCER_FENCED);
    assert.equal(old.producerEpoch, 0);
  });
});

Deno.test("EndTxn v5 gives a new id when the epochs of one are used up, also to who asks again", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producer = new TransactionalProducer(client, "mine", { protocol: 2 });
    yield* producer.init();
    const { producerId } = producer;
    while (producer.producerEpoch < 32_766) assert.equal(yield* producer.abort(), ErrorCode.NONE);
    assert.equal(yield* producer.produce("topic", 0, "last"), ErrorCode.NONE);
    assert.equal(yield* producer.commit(), ErrorCode.NONE);
    assert.notEqual(producer.producerId, producerId);
    assert.equal(producer.producerEpoch, 0);
    const again = yield* end(
      client,
      5,
      { transactionalId: "mine", producerId, producerEpoch: 32_766 },
      true,
    );
    assert.deepEqual(again, {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      producerId: producer.producerId,
      producerEpoch: 0,
    });
    assert.equal(yield* producer.produce("topic", 0, "first"), ErrorCode.NONE);
    assert.equal(yield* producer.commit(), ErrorCode.NONE);
    assert.deepEqual(yield* committedValues(client, "topic"), ["last", "first"]);
  });
});

Deno.test("EndTxn is answered when a marker is refused, and the partition is tried until it takes it", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    const producer = new TransactionalProducer(client, "mine");
    const other = new TransactionalProducer(client, "other");
    yield* producer.init();
    yield* other.init();
    for (
      const { add, produce } of [producer, other].map((one) => ({
        add: one.add.bind(one),
        produce: one.produce.bind(one),
      }))
    ) {
      assert.equal(yield* add("topic", 0, 1), ErrorCode.NONE);
      for (const partition of [0, 1]) assert.equal(yield* produce("topic", partition, "x"), ErrorCode.NONE);
    }
    const { onCall } = broker.disk;
    let isFull = true;
    broker.disk.onCall = (call, path) => {
      if (isFull && call === "writeAt" && path.includes("topic-1/")) {
        throw new MemoryDiskError("write", path, "ENOSPC");
      }
      onCall?.(call, path);
    };
    assert.equal(yield* producer.commit(), ErrorCode.NONE);
    assert.equal(broker.server.broker.transactions.transaction("mine")!.status, "PrepareCommit");
    assert.deepEqual(yield* committedValues(client, "topic", 1), []);
    // It asks for the next one too early, and again.
    assert.equal(yield* producer.add("topic", 0), ErrorCode.CONCURRENT_TRANSACTIONS);
    assert.equal(yield* producer.commit(), ErrorCode.CONCURRENT_TRANSACTIONS);
    assert.equal(yield* producer.init(), ErrorCode.CONCURRENT_TRANSACTIONS);
    isFull = false;
    // Others are not held up.
    assert.equal(yield* other.commit(), ErrorCode.NONE);
    assert.equal(broker.server.broker.transactions.transaction("other")!.status, "CompleteCommit");
    broker.clock.advance(10_000);
    yield;
    assert.equal(broker.server.broker.transactions.transaction("mine")!.status, "CompleteCommit");
    assert.deepEqual(yield* committedValues(client, "topic", 1), ["x", "x"]);
    assert.equal(yield* producer.add("topic", 0), ErrorCode.NONE);
  });
});

Deno.test("EndTxn with flush.messages=1 waits for the disk: the outcome first, then the markers", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    yield* producer.add("topic", 0);
    yield* producer.produce("topic", 0, "x");
    broker.ioWorker.hold(["sync"]);
    const endOffset = broker.log("topic").endOffset;
    producer.sendEnd(true);
    yield;
    assert.ok(client.hasNothing());
    assert.equal(broker.log("topic").endOffset, endOffset, "a marker comes before its outcome is kept");
    for (let syncs = 0; broker.log("topic").endOffset === endOffset; syncs++) {
      assert.ok(syncs < 10);
      broker.ioWorker.release();
      yield;
    }
    assert.ok(client.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.equal(producer.receiveEnd(), ErrorCode.NONE);
    assert.deepEqual(yield* committedValues(client, "topic"), ["x"]);
  }, { settings: { "log.flush.interval.messages": "1" } });
});

Deno.test("EndTxn passes over a topic that is gone", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "gone");
    yield* createTopic(client, "topic");
    for (const protocol of protocols) {
      const producer = new TransactionalProducer(client, `mine-${protocol}`, { protocol });
      yield* producer.init();
      if (protocol === 1) yield* producer.add("gone", 0);
      if (protocol === 1) yield* producer.add("topic", 0);
      yield* producer.produce("topic", 0, "x");
      if (protocol === 1) broker.server.broker.topics.deleteTopic("gone");
      assert.equal(yield* producer.commit(), ErrorCode.NONE);
    }
    assert.deepEqual(yield* committedValues(client, "topic"), ["x", "x"]);
  });
});
