import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import { committedValues } from "../../../tests/support/committed_values.ts";
import { MemoryDiskError } from "../../../tests/support/memory_disk.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../../tests/support/test_broker.ts";
import { TransactionalProducer } from "../../../tests/support/transactional_producer.ts";
import type { JournalRecord } from "../journal.ts";
import { readTransactionRecord, transactionRecord } from "./transaction_record.ts";

const HOUR_MS = 3_600_000;
const protocols = [1, 2] as const;

function statusOf({ server }: TestBroker, transactionalId: string): string | undefined {
  return server.broker.transactions.transaction(transactionalId)?.status;
}

Deno.test("TransactionCoordinator aborts a transaction that is open for too long, and fences its producer", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const protocol of protocols) {
      const id = `mine-${protocol}`;
      const producer = new TransactionalProducer(client, id, { protocol, timeoutMs: 15_000 });
      yield* producer.init();
      if (protocol === 1) yield* producer.add("topic", 0);
      assert.equal(yield* producer.produce("topic", 0, "x"), ErrorCode.NONE);
      yield* broker.pass(14_000);
      assert.equal(statusOf(broker, id), "Ongoing");
      yield* broker.pass(11_000);
      assert.equal(statusOf(broker, id), "CompleteAbort");
      assert.equal(yield* producer.produce("topic", 0, "y"), ErrorCode.INVALID_PRODUCER_EPOCH);
      // By the second version it may ask for what has been done, and go on with the epoch that it gets.
      assert.equal(
        yield* producer.commit(),
        protocol === 1 ? ErrorCode.PRODUCER_FENCED : ErrorCode.INVALID_TXN_STATE,
      );
      assert.equal(yield* producer.abort(), protocol === 1 ? ErrorCode.PRODUCER_FENCED : ErrorCode.NONE);
    }
    assert.deepEqual(yield* committedValues(client, "topic"), []);
    assert.equal(broker.log("topic").lastStableOffset, broker.log("topic").endOffset);
  });
});

Deno.test("TransactionCoordinator forgets an id that nobody has used for long", () => {
  const settings = {
    "transactional.id.expiration.ms": String(24 * HOUR_MS),
    "connections.max.idle.ms": "-1",
  };
  const statuses = (broker: TestBroker) => ["idle", "used"].map((id) => statusOf(broker, id));
  const { disk, clock } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const [idle, used] = ["idle", "used"].map((id) => new TransactionalProducer(client, id));
    for (const producer of [idle!, used!]) yield* producer.init();
    yield* broker.pass(23 * HOUR_MS);
    yield* used!.add("topic", 0);
    yield* used!.abort();
    assert.deepEqual(statuses(broker), ["Empty", "CompleteAbort"]);
    yield* broker.pass(2 * HOUR_MS);
    assert.deepEqual(statuses(broker), [undefined, "CompleteAbort"]);
    assert.equal(yield* idle!.add("topic", 0), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
  }, { settings });
  runBroker(function* (broker) {
    assert.deepEqual(statuses(broker), [undefined, "CompleteAbort"]);
    // Who comes again under that name is somebody new.
    const again = new TransactionalProducer(broker.connect(), "idle");
    yield* again.init();
    assert.equal(again.producerEpoch, 0);
  }, { settings, disk, clock });
});

Deno.test("TransactionCoordinator finishes at start what was prepared, whatever markers were written", () => {
  for (const protocol of protocols) {
    for (const isCommit of [true, false]) {
      for (let writtenCount = 0; writtenCount <= 3; writtenCount++) {
        const { disk } = runBroker(function* (broker) {
          const client = broker.connect();
          yield* createTopic(client, "topic", { partitions: 3 });
          const producer = new TransactionalProducer(client, "mine", { protocol });
          yield* producer.init();
          if (protocol === 1) yield* producer.add("topic", 0, 1, 2);
          for (const partition of [0, 1, 2]) yield* producer.produce("topic", partition, "x");
          // Those of partitions from `writtenCount` on find no room, and neither does the last record.
          const { onCall } = broker.disk;
          const refused = [0, 1, 2].slice(writtenCount).map((partition) => `topic-${partition}/`);
          let hasPrepared = false;
          broker.disk.onCall = (call, path) => {
            const isState = path.includes("__transaction_state");
            if (
              call === "writeAt" && (refused.some((name) => path.includes(name)) || (isState && hasPrepared))
            ) {
              throw new MemoryDiskError("write", path, "ENOSPC");
            }
            if (call === "writeAt" && isState) hasPrepared = true;
            onCall(call, path);
          };
          assert.equal(yield* producer.end(isCommit), ErrorCode.NONE);
          assert.equal(statusOf(broker, "mine"), isCommit ? "PrepareCommit" : "PrepareAbort");
        });
        runBroker(function* (broker) {
          assert.equal(statusOf(broker, "mine"), isCommit ? "CompleteCommit" : "CompleteAbort");
          for (const partition of [0, 1, 2]) {
            assert.deepEqual(
              yield* committedValues(broker.connect(), "topic", partition),
              isCommit ? ["x"] : [],
            );
            const log = broker.log("topic", partition);
            assert.equal(log.lastStableOffset, log.endOffset);
          }
        }, { disk });
      }
    }
  }
});

Deno.test("TransactionCoordinator lets a producer go on after a kill, and none after a power cut", () => {
  for (const protocol of protocols) {
    for (const isPowerCut of [false, true]) {
      let left!: TestBroker["disk"];
      let producer!: TransactionalProducer;
      runBroker(function* (broker) {
        const client = broker.connect();
        yield* createTopic(client, "topic");
        producer = new TransactionalProducer(client, "mine", { protocol });
        yield* producer.init();
        if (protocol === 1) yield* producer.add("topic", 0);
        yield* producer.produce("topic", 0, "x");
        // All is on stable storage, but who could know that.
        yield* broker.pass(5000);
        left = isPowerCut ? broker.disk.afterPowerCut() : broker.disk.afterKill();
      });
      runBroker(function* (broker) {
        const client = producer.client = broker.connect();
        const error = yield* producer.commit();
        assert.equal(error, isPowerCut ? ErrorCode.INVALID_PRODUCER_ID_MAPPING : ErrorCode.NONE);
        assert.deepEqual(yield* committedValues(client, "topic"), isPowerCut ? [] : ["x"]);
        assert.equal(broker.log("topic").lastStableOffset, broker.log("topic").endOffset);
        const { producerId } = producer;
        assert.equal(yield* producer.init(), ErrorCode.NONE);
        assert.equal(producer.producerId === producerId, !isPowerCut);
      }, { disk: left });
    }
  }
});

Deno.test("TransactionCoordinator passes over a record that it can't read, and tells where it is", () => {
  const unreadable: JournalRecord[] = [
    { key: new Uint8Array([0, 9, 1]), value: new Uint8Array([0, 0]) },
    { key: new Uint8Array([0, 0, 0, 1, 120]), value: new Uint8Array([0, 7, 1, 2]) },
    { key: new Uint8Array([0]), value: null },
  ];
  const { disk } = runBroker(function* (broker) {
    const producer = new TransactionalProducer(broker.connect(), "mine");
    yield* producer.init();
    broker.server.broker.transactions.journal.append(7, unreadable);
    assert.equal(broker.log("__transaction_state", 7).endOffset, 3);
  });
  runBroker(function* (broker) {
    yield;
    assert.equal(statusOf(broker, "mine"), "Empty");
    const told = broker.newLines().filter((line) => line.includes("__transaction_state-7"));
    assert.equal(told.length, 3);
    assert.match(told[1]!, /at offset 1 a record that can't be read/);
  }, { disk });
});

Deno.test("transactionRecord and readTransactionRecord are Kafka's bytes", () => {
  const transaction = {
    transactionalId: "id",
    producerId: 5,
    previousProducerId: 5,
    nextProducerId: 9,
    producerEpoch: 3,
    lastProducerEpoch: -1,
    timeoutMs: 60_000,
    status: "PrepareCommit",
    partitions: new Map([["t", new Set([1, 2])]]),
    startMs: 1000,
    updatedMs: 2000,
    clientVersion: 2,
  } as const;
  const { key, value } = transactionRecord(transaction);
  assert.equal(hex(key), "0000" + "0002" + "6964");
  assert.equal(
    hex(value!),
    "0001" + "0000000000000005" + "0003" + "0000ea60" + "02" + // version, id, epoch, timeout, status
      "02" + "0274" + "03" + "00000001" + "00000002" + "00" + // one topic with two partitions
      "00000000000007d0" + "00000000000003e8" + // last change, begin
      "03" + "0008" + "0000000000000005" + "0108" + "0000000000000009" + "0202" + "0002", // three tags
  );
  assert.deepEqual(readTransactionRecord({ key, value }), { transactionalId: "id", transaction });
  assert.deepEqual(readTransactionRecord({ key, value: null }), {
    transactionalId: "id",
    transaction: undefined,
  });
});

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
