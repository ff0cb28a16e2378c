/** Committed offsets of groups that have members: who may commit, what may be deleted, what is kept. */
import assert from "node:assert/strict";
import { api } from "../../../protocol/apis.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../../tests/support/group_member.ts";
import {
  commitInTransaction,
  commitOffsets,
  endTransaction,
  fetchOffset,
} from "../../../tests/support/offset_requests.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../../tests/support/test_broker.ts";

const {
  FENCED_INSTANCE_ID,
  GROUP_SUBSCRIBED_TO_TOPIC,
  ILLEGAL_GENERATION,
  NONE,
  NON_EMPTY_GROUP,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
} = ErrorCode;
const MINUTE_MS = 60_000;
const topic = { name: "read" };

/** A consumer of the topic "read", as its subscription says: version 0, one topic, no user data. */
function consumer(broker: TestBroker, options: { readonly instanceId?: string } = {}): GroupMember {
  const protocols = { range: "\0\0\0\0\0\x01\0\x04read\0\0\0\0" };
  return new GroupMember(broker, { protocols, sessionTimeoutMs: 1_800_000, ...options });
}

Deno.test("OffsetCommit by a member is taken in its generation, and in no other", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "read");
    const member = consumer(broker);
    yield* stableGroup(broker, [member]);
    const { client, memberId, generationId } = member;
    const commit = (options: { memberId?: string; generationId?: number }) =>
      commitOffsets(client, 9, { topic, offset: 5, memberId, generationId, ...options });
    assert.equal(yield* commit({ generationId: generationId - 1 }), ILLEGAL_GENERATION);
    assert.equal(yield* commit({ generationId: generationId + 1 }), ILLEGAL_GENERATION);
    assert.equal(yield* commit({ memberId: "stranger" }), UNKNOWN_MEMBER_ID);
    // Somebody who is in no group, while there is one.
    assert.equal(yield* commit({ memberId: "", generationId: -1 }), UNKNOWN_MEMBER_ID);
    assert.equal((yield* fetchOffset(client, "read", 0)).committedOffset, -1);
    assert.equal(yield* commit({}), NONE);
    assert.equal((yield* fetchOffset(client, "read", 0)).committedOffset, 5);

    const other = consumer(broker);
    yield* other.beginJoin();
    // While the others come again, what was read is still committed.
    assert.equal(yield* commit({}), NONE);
    yield* member.beginJoin();
    yield* broker.pass(broker.config.groups.initialRebalanceDelayMs);
    member.receiveJoin();
    assert.equal(yield* commit({ generationId: member.generationId }), REBALANCE_IN_PROGRESS);
  });
});

Deno.test("OffsetCommit names a partition that is not there beside its group's refusal", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "read");
    const { topics } = yield* client.ask(api.OffsetCommit, 9, {
      groupId: "group",
      memberId: "stranger",
      generationIdOrMemberEpoch: 1,
      topics: [{
        name: "read",
        partitions: [0, 1].map((partitionIndex) => ({
          partitionIndex,
          committedOffset: 1,
          committedMetadata: "",
        })),
      }],
    });
    assert.deepEqual(
      topics[0]!.partitions.map(({ errorCode }) => errorCode),
      [ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    );
  });
});

Deno.test("TxnOffsetCommit with the consumer's metadata tells a zombie from a member", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "read");
    const member = consumer(broker, { instanceId: "instance" });
    yield* stableGroup(broker, [member]);
    const { client, memberId, generationId } = member;
    const commit = (options: { memberId?: string; generationId?: number }) =>
      commitInTransaction(client, 3, {
        topic,
        offset: 5,
        memberId,
        generationId,
        producerId: 7,
        ...options,
      });
    assert.equal(yield* commit({ generationId: generationId - 1 }), ILLEGAL_GENERATION);
    assert.equal(yield* commit({ memberId: "stranger" }), UNKNOWN_MEMBER_ID);
    // Without metadata, as before version 3, nobody can tell.
    assert.equal(yield* commit({ memberId: "", generationId: -1 }), NONE);
    assert.equal(yield* commit({}), NONE);
    // Whatever the transaction is: the group has gone on with another member.
    broker.server.broker.groups.offsets.verifyTransaction = (_transaction, done) => done(NONE);
    const { topics } = yield* client.ask(api.TxnOffsetCommit, 3, {
      transactionalId: "transaction",
      groupId: "group",
      producerId: 7,
      producerEpoch: 0,
      memberId: "earlier",
      groupInstanceId: "instance",
      generationId,
      topics: [{
        name: "read",
        partitions: [{ partitionIndex: 0, committedOffset: 6, committedMetadata: "" }],
      }],
    });
    assert.equal(topics[0]!.partitions[0]!.errorCode, FENCED_INSTANCE_ID);
    endTransaction(broker, { producerId: 7, isCommitted: true });
    assert.equal((yield* fetchOffset(client, "read", 0)).committedOffset, 5);
  });
});

Deno.test("OffsetDelete leaves topics alone that a member reads, and the whole group if its members are no consumers", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const name of ["read", "other"]) {
      yield* createTopic(client, name);
      yield* commitOffsets(client, 9, { topic: { name }, offset: 5 });
      yield* commitOffsets(client, 9, { group: "connect", topic: { name }, offset: 5 });
    }
    yield* stableGroup(broker, [consumer(broker)]);
    yield* stableGroup(broker, [
      new GroupMember(broker, { groupId: "connect", protocolType: "connect", sessionTimeoutMs: 60_000 }),
    ]);
    const ask = (groupId: string) =>
      client.ask(api.OffsetDelete, 0, {
        groupId,
        topics: ["read", "other"].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
      });
    const answer = yield* ask("group");
    assert.deepEqual(
      [answer.errorCode, ...answer.topics.map(({ partitions }) => partitions[0]!.errorCode)],
      [NONE, GROUP_SUBSCRIBED_TO_TOPIC, NONE],
    );
    assert.equal((yield* fetchOffset(client, "read", 0)).committedOffset, 5);
    assert.equal((yield* fetchOffset(client, "other", 0)).committedOffset, -1);
    assert.deepEqual(yield* ask("connect"), { errorCode: NON_EMPTY_GROUP, throttleTimeMs: 0, topics: [] });
  });
});

Deno.test("DeleteGroups takes the group's offsets with it, pending ones too, for good", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "read", { partitions: 2 });
    yield* commitOffsets(client, 9, { topic, offset: 5 });
    yield* commitInTransaction(client, 3, { topic, partition: 1, offset: 6, producerId: 7 });
    yield* commitOffsets(client, 9, { group: "stays", topic, offset: 7 });
    const { results } = yield* client.ask(api.DeleteGroups, 2, { groupsNames: ["group"] });
    assert.equal(results[0]!.errorCode, NONE);
    endTransaction(broker, { producerId: 7, isCommitted: true });
    for (const partition of [0, 1]) {
      assert.equal((yield* fetchOffset(client, "read", partition)).committedOffset, -1);
    }
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const partition of [0, 1]) {
      assert.equal((yield* fetchOffset(client, "read", partition)).committedOffset, -1);
    }
    assert.equal(broker.server.broker.groups.group("group"), undefined);
    assert.equal((yield* fetchOffset(client, "read", 0, { group: "stays" })).committedOffset, 7);
  }, { disk });
});

Deno.test("OffsetRetention of a group with members begins when the last one leaves, but for topics that none reads", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const member = consumer(broker);
    for (const name of ["read", "other"]) yield* createTopic(client, name);
    yield* stableGroup(broker, [member]);
    const { memberId, generationId } = member;
    for (const name of ["read", "other"]) {
      yield* commitOffsets(client, 9, { topic: { name }, offset: 5, memberId, generationId });
    }
    const committed = function* (name: string) {
      return (yield* fetchOffset(client, name, 0)).committedOffset;
    };
    yield* broker.pass(15 * MINUTE_MS);
    assert.deepEqual([yield* committed("read"), yield* committed("other")], [5, -1]);
    assert.equal(yield* member.leave(), NONE);
    yield* broker.pass(8 * MINUTE_MS);
    assert.equal(yield* committed("read"), 5);
    yield* broker.pass(4 * MINUTE_MS);
    assert.equal(yield* committed("read"), -1);
    assert.equal(broker.server.broker.groups.group("group"), undefined);
  }, {
    settings: {
      "connections.max.idle.ms": String(1000 * MINUTE_MS),
      "offsets.retention.minutes": "10",
      "offsets.retention.check.interval.ms": String(MINUTE_MS),
    },
  });
});
