/** Groups of the new protocol beside committed offsets and admin requests. */
import assert from "node:assert/strict";
import { api } from "../../../protocol/apis.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { GroupConsumer } from "../../../tests/support/group_consumer.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import { runBroker } from "../../../tests/support/test_broker.ts";

const settings = { "group.consumer.assignment.interval.ms": "0" };

/** Commits offset 1 of partitions of "t"; gives the error of the first. */
function* commit(consumer: GroupConsumer, epoch: number, partitions: readonly number[], version = 9) {
  const { topics } = yield* consumer.client.ask(api.OffsetCommit, version, {
    groupId: consumer.groupId,
    memberId: consumer.memberId,
    generationIdOrMemberEpoch: epoch,
    topics: [{
      name: "t",
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 1,
        committedMetadata: "",
      })),
    }],
  });
  return topics[0]!.partitions[0]!.errorCode;
}

function* fetchError(consumer: GroupConsumer, memberId: string | null, memberEpoch: number) {
  const { groups } = yield* consumer.client.ask(api.OffsetFetch, 9, {
    groups: [{ groupId: consumer.groupId, memberId, memberEpoch, topics: null }],
    requireStable: false,
  });
  return groups[0]!.errorCode;
}

function* deleteGroup(consumer: GroupConsumer) {
  const { results } = yield* consumer.client.ask(api.DeleteGroups, 2, { groupsNames: [consumer.groupId] });
  return results[0]!.errorCode;
}

Deno.test("ConsumerGroup lets members commit and fetch in their epoch, and nobody else", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "t", { partitions: 2 });
    const consumer = new GroupConsumer(broker);
    yield* consumer.join();
    assert.equal(yield* commit(consumer, 2, [0, 1]), ErrorCode.NONE);
    assert.equal(yield* commit(consumer, 3, [0]), ErrorCode.STALE_MEMBER_EPOCH);
    assert.equal(yield* commit(consumer, 1, [0]), ErrorCode.STALE_MEMBER_EPOCH);
    assert.equal(yield* commit(consumer, 2, [0], 8), ErrorCode.UNSUPPORTED_VERSION);
    assert.equal(yield* fetchError(consumer, consumer.memberId, 2), ErrorCode.NONE);
    assert.equal(yield* fetchError(consumer, consumer.memberId, 3), ErrorCode.STALE_MEMBER_EPOCH);
    assert.equal(yield* fetchError(consumer, "stranger", 2), ErrorCode.UNKNOWN_MEMBER_ID);
    assert.equal(yield* fetchError(consumer, null, -1), ErrorCode.NONE);
    const stranger = new GroupConsumer(broker);
    assert.equal(yield* commit(stranger, 2, [0]), ErrorCode.UNKNOWN_MEMBER_ID);
    assert.equal(yield* commit(stranger, -1, [0]), ErrorCode.UNKNOWN_MEMBER_ID);
    // A tool may, once nobody is left.
    yield* consumer.heartbeat({ memberEpoch: -1 });
    stranger.memberId = "";
    assert.equal(yield* commit(stranger, -1, [0]), ErrorCode.NONE);
  }, { settings });
});

Deno.test("ConsumerGroup lets a member whose epoch has moved on commit for what it had before, and has", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "t", { partitions: 4 });
    const first = new GroupConsumer(broker);
    yield* first.join();
    const second = new GroupConsumer(broker);
    yield* second.join();
    yield* first.heartbeat();
    // It is to give up 2 and 3, and has not.
    assert.equal(yield* commit(first, 2, [0, 3]), ErrorCode.NONE);
    yield* first.acknowledge();
    yield* second.heartbeat();
    assert.deepEqual([first.epoch, second.epoch, second.assigned], [3, 3, "t 2,3"]);
    assert.equal(yield* commit(first, 2, [0, 1]), ErrorCode.NONE);
    assert.equal(yield* commit(first, 2, [1, 2]), ErrorCode.STALE_MEMBER_EPOCH);
    assert.equal(yield* commit(second, 2, [2]), ErrorCode.STALE_MEMBER_EPOCH);
  }, { settings });
});

Deno.test("ConsumerGroup goes with all its records when it is deleted, and only without members", () => {
  const { disk } = runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "t");
    const consumer = new GroupConsumer(broker, { regex: "t" });
    yield* consumer.join();
    assert.equal(yield* commit(consumer, 2, [0]), ErrorCode.NONE);
    assert.equal(yield* deleteGroup(consumer), ErrorCode.NON_EMPTY_GROUP);
    yield* consumer.heartbeat({ memberEpoch: -1 });
    assert.equal(yield* deleteGroup(consumer), ErrorCode.NONE);
    assert.equal(broker.server.broker.groups.group("group"), undefined);
  }, { settings });
  runBroker(function* (broker) {
    assert.deepEqual([...broker.server.broker.groups.groups()], []);
    // And it may be made anew.
    const consumer = new GroupConsumer(broker);
    yield* consumer.join();
    assert.equal(consumer.epoch, 2);
  }, { disk, settings });
});

Deno.test("ConsumerGroups warn of a record that can't be read, and go on", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "t");
    yield* new GroupConsumer(broker).join();
    const { consumer } = broker.server.broker.groups;
    const record = { offset: 7, timestamp: 0, producer: undefined, value: Uint8Array.of(0, 0) };
    consumer.replay(3, { ...record, key: Uint8Array.of(0, 3, 0, 5, 103, 114, 111, 117, 112) });
    assert.match(
      broker.newLines().at(-1)!,
      /__consumer_offsets-3 has a record of a consumer group at offset 7 that can't be read/,
    );
    assert.equal(consumer.group("group")?.epoch, 2);
  }, { settings });
});

Deno.test("ConsumerGroups have timers for members alone", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "t");
    const { consumer } = broker.server.broker.groups;
    const first = new GroupConsumer(broker);
    yield* first.join();
    const second = new GroupConsumer(broker);
    yield* second.join();
    assert.equal(consumer.timerCount, 2);
    for (const member of [first, second]) yield* member.heartbeat({ memberEpoch: -1 });
    assert.equal(consumer.timerCount, 0);
  }, { settings });
});
