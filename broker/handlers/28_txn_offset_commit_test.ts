import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import {
  commitInTransaction,
  commitOffsets,
  endTransaction,
  fetchOffset,
} from "../../tests/support/offset_requests.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { txnOffsetCommitHandler } from "./28_txn_offset_commit.ts";

const versions = servedVersions(txnOffsetCommitHandler);
const topic = { name: "topic" };

Deno.test("TxnOffsetCommit counts when its transaction is committed, and never when it is aborted, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 20 });
    for (const version of versions) {
      for (const isCommitted of [false, true]) {
        const partition = 2 * version + Number(isCommitted);
        const producerId = 100 + partition;
        const commit = { topic, partition, offset: 9, leaderEpoch: 2, metadata: "note", producerId };
        assert.equal(yield* commitInTransaction(client, version, commit), ErrorCode.NONE);
        assert.equal((yield* fetchOffset(client, "topic", partition)).committedOffset, -1);
        const stable = yield* fetchOffset(client, "topic", partition, { requireStable: true });
        assert.equal(stable.errorCode, ErrorCode.UNSTABLE_OFFSET_COMMIT);
        endTransaction(broker, { producerId, isCommitted });
        const found = yield* fetchOffset(client, "topic", partition, { requireStable: true });
        assert.deepEqual(found, {
          partitionIndex: partition,
          committedOffset: isCommitted ? 9 : -1,
          committedLeaderEpoch: isCommitted && version >= 2 ? 2 : -1,
          metadata: isCommitted ? "note" : "",
          errorCode: ErrorCode.NONE,
        });
      }
    }
  });
});

Deno.test("TxnOffsetCommit gives way to a plain commit that came after it, whichever became committed first", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    yield* commitInTransaction(client, 3, { topic, partition: 0, offset: 1, producerId: 7 });
    yield* commitOffsets(client, 9, { topic, partition: 0, offset: 2 });
    yield* commitOffsets(client, 9, { topic, partition: 1, offset: 2 });
    yield* commitInTransaction(client, 3, { topic, partition: 1, offset: 1, producerId: 7 });
    endTransaction(broker, { producerId: 7, isCommitted: true });
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, 2);
    assert.equal((yield* fetchOffset(client, "topic", 1)).committedOffset, 1);
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, 2);
    assert.equal((yield* fetchOffset(client, "topic", 1)).committedOffset, 1);
  }, { disk });
});

Deno.test("TxnOffsetCommit is still pending after a restart, and is decided by the marker that comes then", () => {
  let { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    yield* commitInTransaction(client, 3, { topic, partition: 0, offset: 1, producerId: 7 });
    yield* commitInTransaction(client, 3, { topic, partition: 1, offset: 1, producerId: 8 });
  });
  ({ disk } = runBroker(function* (broker) {
    const client = broker.connect();
    for (const partition of [0, 1]) {
      const { errorCode } = yield* fetchOffset(client, "topic", partition, { requireStable: true });
      assert.equal(errorCode, ErrorCode.UNSTABLE_OFFSET_COMMIT);
    }
    endTransaction(broker, { producerId: 7, isCommitted: true });
    endTransaction(broker, { producerId: 8, isCommitted: false });
  }, { disk }));
  runBroker(function* (broker) {
    const client = broker.connect();
    const stable = { requireStable: true };
    assert.equal((yield* fetchOffset(client, "topic", 0, stable)).committedOffset, 1);
    assert.equal((yield* fetchOffset(client, "topic", 1, stable)).committedOffset, -1);
  }, { disk });
});

Deno.test("TxnOffsetCommit of a producer that was fenced is INVALID_PRODUCER_EPOCH and changes nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitInTransaction(client, 3, { topic, offset: 1, producerId: 7, producerEpoch: 2 });
    const errorCode = yield* commitInTransaction(client, 3, {
      topic,
      offset: 2,
      producerId: 7,
      producerEpoch: 1,
    });
    assert.equal(errorCode, ErrorCode.INVALID_PRODUCER_EPOCH);
    endTransaction(broker, { producerId: 7, isCommitted: true });
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, 1);
  });
});

Deno.test("TxnOffsetCommit is refused with what the transaction coordinator says, now or later", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const { offsets, journal } = broker.server.broker.groups;
    const asked: unknown[] = [];
    let answer!: (errorCode: number) => void;
    offsets.verifyTransaction = (transaction, done) => {
      asked.push(transaction);
      answer = done;
    };
    for (const verdict of [ErrorCode.INVALID_TXN_STATE, ErrorCode.NONE]) {
      client.send(api.TxnOffsetCommit, 4, {
        transactionalId: "transaction",
        groupId: "group",
        producerId: 7,
        producerEpoch: 1,
        memberId: "",
        topics: [{
          name: "topic",
          partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: "" }],
        }],
      });
      yield;
      assert.ok(client.hasNothing());
      answer(verdict);
      yield* broker.pass(1);
      const { topics } = client.receive(api.TxnOffsetCommit);
      assert.equal(topics[0]!.partitions[0]!.errorCode, verdict);
      const { errorCode } = yield* fetchOffset(client, "topic", 0, { requireStable: true });
      assert.equal(errorCode, verdict === ErrorCode.NONE ? ErrorCode.UNSTABLE_OFFSET_COMMIT : ErrorCode.NONE);
    }
    assert.deepEqual(asked[0], {
      transactionalId: "transaction",
      producerId: 7,
      producerEpoch: 1,
      journalPartition: journal.partitionOf("group"),
      apiVersion: 4,
    });
  });
});

Deno.test("TxnOffsetCommit answers errors for what there is not, and for a group without a name", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const ask = (
      options: { topic?: { name: string }; partition?: number; group?: string; generationId?: number },
    ) => commitInTransaction(client, 3, { topic, producerId: 7, ...options });
    assert.equal(yield* ask({ partition: 1 }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(yield* ask({ topic: { name: "other" } }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(yield* ask({ group: "" }), ErrorCode.INVALID_GROUP_ID);
    assert.equal(yield* ask({ generationId: 3 }), ErrorCode.ILLEGAL_GENERATION);
    assert.equal(yield* ask({}), ErrorCode.NONE);
  });
});
