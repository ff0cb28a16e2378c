import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupConsumer } from "../../tests/support/group_consumer.ts";
import { GroupMember } from "../../tests/support/group_member.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { consumerGroupDescribeHandler } from "./69_consumer_group_describe.ts";

const versions = servedVersions(consumerGroupDescribeHandler);
const NOT_ASKED_FOR = -0x8000_0000;
const settings = { "group.consumer.assignment.interval.ms": "0" };

function* describe(client: TestClient, version: number, ...groupIds: string[]) {
  const { groups } = yield* client.ask(api.ConsumerGroupDescribe, version, {
    groupIds,
    includeAuthorizedOperations: true,
  });
  return groups;
}

function* stateOf(broker: TestBroker) {
  const [group] = yield* describe(broker.connect(), 1, "group");
  return [group!.groupState, group!.groupEpoch, group!.assignmentEpoch];
}

Deno.test("ConsumerGroupDescribe tells all of a group and its members, in every version", () => {
  runBroker(function* (broker) {
    const admin = broker.connect();
    const topicId = yield* createTopic(admin, "t", { partitions: 3 });
    const consumer = new GroupConsumer(broker, { instanceId: "one", regex: "t.*" });
    yield* consumer.join({ subscribedTopicNames: ["t", "other"], rackId: "rack" });
    const assignment = { topicPartitions: [{ topicId, topicName: "t", partitions: [0, 1, 2] }] };
    for (const version of versions) {
      assert.deepEqual(yield* describe(admin, version, "group"), [{
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        groupId: "group",
        groupState: "Stable",
        groupEpoch: 2,
        assignmentEpoch: 2,
        assignorName: "uniform",
        members: [{
          memberId: consumer.memberId,
          instanceId: "one",
          rackId: "rack",
          memberEpoch: 2,
          clientId: "test",
          clientHost: "/127.0.0.1",
          subscribedTopicNames: ["other", "t"],
          subscribedTopicRegex: "t.*",
          assignment,
          targetAssignment: assignment,
          memberType: version === 0 ? -1 : 1,
        }],
        authorizedOperations: NOT_ASKED_FOR,
      }]);
    }
  }, { settings });
});

Deno.test("ConsumerGroupDescribe tells the state: Assigning, Reconciling, Stable, Empty", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "t", { partitions: 2 });
    const first = new GroupConsumer(broker);
    yield* first.join();
    assert.deepEqual(yield* stateOf(broker), ["Stable", 2, 2]);
    const second = new GroupConsumer(broker);
    yield* second.join();
    assert.deepEqual(yield* stateOf(broker), ["Assigning", 3, 2]);
    yield* broker.pass(1000);
    yield* second.heartbeat();
    assert.deepEqual(yield* stateOf(broker), ["Reconciling", 3, 3]);
    yield* first.heartbeat();
    const [group] = yield* describe(broker.connect(), 1, "group");
    // What it must give up it still has.
    assert.deepEqual(
      group!.members.map(({ assignment, targetAssignment }) =>
        [assignment, targetAssignment].map(({ topicPartitions }) => topicPartitions[0]?.partitions ?? [])
      ),
      [[[0, 1], [0]], [[], [1]]],
    );
    yield* first.acknowledge();
    yield* second.heartbeat();
    assert.deepEqual(yield* stateOf(broker), ["Stable", 3, 3]);
    yield* first.heartbeat({ memberEpoch: -1 });
    yield* second.heartbeat({ memberEpoch: -1 });
    assert.deepEqual(yield* stateOf(broker), ["Empty", 5, 3]);
  });
});

Deno.test("ConsumerGroupDescribe finds no group of the classic protocol, none without a name, none that is not there", () => {
  runBroker(function* (broker) {
    const classic = new GroupMember(broker, { groupId: "classic" });
    classic.sendJoin();
    yield;
    const admin = broker.connect();
    for (const version of versions) {
      const groups = yield* describe(admin, version, "", "classic", "nobody");
      assert.deepEqual(
        groups.map(({ groupId, errorCode, errorMessage }) => [groupId, errorCode, errorMessage]),
        [
          ["", ErrorCode.INVALID_GROUP_ID, null],
          ["classic", ErrorCode.GROUP_ID_NOT_FOUND, 'there is no consumer group "classic"'],
          ["nobody", ErrorCode.GROUP_ID_NOT_FOUND, 'there is no consumer group "nobody"'],
        ],
      );
    }
  }, { settings });
});

Deno.test("ConsumerGroupDescribe leaves out topics that have been deleted", () => {
  runBroker(function* (broker) {
    const admin = broker.connect();
    yield* createTopic(admin, "t");
    yield* new GroupConsumer(broker).join();
    yield* admin.ask(api.DeleteTopics, 6, { topics: [{ name: "t" }], timeoutMs: 1000 });
    const [group] = yield* describe(admin, 1, "group");
    assert.deepEqual(group!.members[0]!.assignment, { topicPartitions: [] });
  }, { settings });
});

Deno.test("ConsumerGroupDescribe is refused where the protocol is not to be served", () => {
  runBroker(function* (broker) {
    const [group] = yield* describe(broker.connect(), 1, "group");
    assert.equal(group!.errorCode, ErrorCode.UNSUPPORTED_VERSION);
  }, { settings: { "group.coordinator.rebalance.protocols": "classic" } });
});
