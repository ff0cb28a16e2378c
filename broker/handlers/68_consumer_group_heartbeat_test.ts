import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupConsumer, type GroupConsumerOptions } from "../../tests/support/group_consumer.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import {
  runBroker,
  type Script,
  type TestBroker,
  type TestBrokerOptions,
} from "../../tests/support/test_broker.ts";
import { consumerGroupHeartbeatHandler } from "./68_consumer_group_heartbeat.ts";

const versions = servedVersions(consumerGroupHeartbeatHandler);
const SESSION_MS = 45_000;
const HEARTBEAT_MS = 5000;
const settings = { "group.consumer.assignment.interval.ms": "0" };

/** Runs `script` where there is a topic "t" with `partitions` partitions, and assignments follow at once. */
function runGroups(
  script: (broker: TestBroker) => Script,
  { partitions = 4, ...options }: TestBrokerOptions & { readonly partitions?: number } = {},
): TestBroker {
  return runBroker(function* (broker) {
    if (broker.server.broker.topics.topic("t") === undefined) {
      yield* createTopic(broker.connect(), "t", { partitions });
    }
    yield* script(broker);
  }, { ...options, settings: { ...settings, ...options.settings } });
}

function* joined(broker: TestBroker, options: GroupConsumerOptions = {}): Generator<void, GroupConsumer> {
  const consumer = new GroupConsumer(broker, options);
  yield* consumer.join();
  return consumer;
}

/** Everybody reports what he has, until nobody is told anything new. */
function* settle(...consumers: readonly GroupConsumer[]): Script {
  for (let round = 0; round < 5; round++) for (const consumer of consumers) yield* consumer.acknowledge();
}

/** Time passes, and all but those who are silent report. */
function* pass(broker: TestBroker, ms: number, ...consumers: readonly GroupConsumer[]): Script {
  for (let passed = 0; passed < ms; passed += HEARTBEAT_MS) {
    yield* broker.pass(HEARTBEAT_MS);
    for (const consumer of consumers) yield* consumer.acknowledge();
  }
}

Deno.test("ConsumerGroupHeartbeat gives the first member all partitions, in every version", () => {
  for (const version of versions) {
    runGroups(function* (broker) {
      const consumer = new GroupConsumer(broker, { version });
      const asked = consumer.memberId;
      const answer = yield* consumer.join();
      assert.equal(consumer.assigned, "t 0,1,2,3");
      assert.equal(answer.memberEpoch, 2);
      assert.equal(answer.heartbeatIntervalMs, HEARTBEAT_MS);
      assert.equal(answer.throttleTimeMs, 0);
      // In version 0 the broker makes the id.
      if (version === 0) assert.match(answer.memberId!, /^[\w-]{22}$/);
      else assert.equal(answer.memberId, asked);
    });
  }
});

Deno.test("ConsumerGroupHeartbeat says nothing of the assignment while it is as it was", () => {
  runGroups(function* (broker) {
    const consumer = yield* joined(broker);
    const answer = yield* consumer.acknowledge();
    assert.deepEqual([answer.errorCode, answer.memberEpoch, answer.assignment], [ErrorCode.NONE, 2, null]);
    // Who tells everything is told everything.
    const full = yield* consumer.heartbeat({
      ...consumer.joining(),
      memberEpoch: 2,
      topicPartitions: consumer.owned,
    });
    assert.deepEqual(full.assignment?.topicPartitions[0]?.partitions, [0, 1, 2, 3]);
  });
});

Deno.test("ConsumerGroupHeartbeat gives a partition away only when its owner has said that it gave it up", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker);
    const second = yield* joined(broker);
    assert.deepEqual([second.epoch, second.assigned], [3, ""]);

    // The first is told what it may keep, and stays in its epoch until it has given up the rest.
    let answer = yield* first.heartbeat();
    assert.deepEqual([answer.memberEpoch, first.assigned], [2, "t 0,1"]);
    yield* second.heartbeat();
    assert.equal(second.assigned, "");
    answer = yield* first.heartbeat({ topicPartitions: [{ ...first.owned[0]!, partitions: [0, 1, 3] }] });
    assert.deepEqual([answer.memberEpoch, answer.assignment], [2, null]);
    yield* second.heartbeat();
    assert.equal(second.assigned, "");

    answer = yield* first.acknowledge();
    assert.deepEqual([answer.memberEpoch, first.assigned], [3, "t 0,1"]);
    yield* second.heartbeat();
    assert.deepEqual([second.epoch, second.assigned], [3, "t 2,3"]);
  });
});

Deno.test("ConsumerGroupHeartbeat shares out what a member that leaves had", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker);
    const second = yield* joined(broker);
    yield* settle(first, second);
    const answer = yield* second.heartbeat({ memberEpoch: -1 });
    assert.deepEqual([answer.errorCode, answer.memberId, answer.memberEpoch], [
      ErrorCode.NONE,
      second.memberId,
      -1,
    ]);
    yield* first.heartbeat();
    assert.equal(first.assigned, "t 0,1,2,3");
    const gone = yield* second.heartbeat({ memberEpoch: 3 });
    assert.equal(gone.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

Deno.test("ConsumerGroupHeartbeat goes on without a member that is silent for a session", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker);
    const second = yield* joined(broker);
    yield* settle(first, second);
    yield* pass(broker, SESSION_MS - HEARTBEAT_MS, first);
    assert.equal(first.assigned, "t 0,1");
    yield* pass(broker, 2 * HEARTBEAT_MS, first);
    assert.equal(first.assigned, "t 0,1,2,3");
    assert.equal((yield* second.heartbeat()).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    assert.ok(broker.newLines().some((line) => line.includes("nothing was heard of it for 45000 ms")));
  });
});

Deno.test("ConsumerGroupHeartbeat goes on without a member that does not give up in its rebalance timeout", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker, { rebalanceTimeoutMs: 20_000 });
    const second = yield* joined(broker);
    // It is told, and goes on as if it were not.
    for (let passed = 0; passed < 20_000; passed += HEARTBEAT_MS) {
      assert.equal((yield* first.heartbeat()).errorCode, ErrorCode.NONE);
      yield* broker.pass(HEARTBEAT_MS);
      yield* second.heartbeat();
    }
    assert.equal((yield* first.heartbeat()).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    yield* second.heartbeat();
    assert.equal(second.assigned, "t 0,1,2,3");
  });
});

Deno.test("ConsumerGroupHeartbeat shares one assignment between all that come within an interval", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker);
    const second = yield* joined(broker);
    const third = yield* joined(broker);
    // The second's assignment is not computed yet: a second after the first's it is.
    assert.deepEqual([second.epoch, third.epoch], [2, 2]);
    yield* broker.pass(1000);
    yield* settle(first, second, third);
    assert.deepEqual([first.epoch, second.epoch, third.epoch], [4, 4, 4]);
    assert.deepEqual([first, second, third].map(({ assigned }) => assigned.split(",").length).sort(), [
      1,
      1,
      2,
    ]);
  }, { settings: { "group.consumer.assignment.interval.ms": "1000" } });
});

Deno.test("ConsumerGroupHeartbeat forgives a member whose answer was lost", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker);
    yield* joined(broker);
    yield* first.heartbeat();
    const kept = first.owned;
    // It gives up, and is in epoch 3; that answer is lost.
    first.send({ topicPartitions: kept });
    yield;
    first.client.receive(api.ConsumerGroupHeartbeat);
    const again = yield* first.heartbeat({ memberEpoch: 2, topicPartitions: kept });
    assert.deepEqual([again.errorCode, again.memberEpoch], [ErrorCode.NONE, 3]);
    // But not if it has what it was not given.
    const more = [{ ...kept[0]!, partitions: [0, 1, 2] }];
    for (const topicPartitions of [more, null]) {
      const refused = yield* first.heartbeat({ memberEpoch: 2, topicPartitions });
      assert.equal(refused.errorCode, ErrorCode.FENCED_MEMBER_EPOCH);
    }
  });
});

Deno.test("ConsumerGroupHeartbeat fences epochs that it did not give", () => {
  runGroups(function* (broker) {
    const consumer = yield* joined(broker);
    for (const memberEpoch of [1, 3, 1000]) {
      const answer = yield* consumer.heartbeat({ memberEpoch });
      assert.equal(answer.errorCode, ErrorCode.FENCED_MEMBER_EPOCH);
      assert.match(answer.errorMessage!, new RegExp(`epoch ${memberEpoch}, and has 2`));
      assert.deepEqual([answer.memberId, answer.memberEpoch, answer.assignment], [null, 0, null]);
    }
    // Who begins anew is welcome.
    yield* consumer.join();
    assert.equal(consumer.assigned, "t 0,1,2,3");
  });
});

Deno.test("ConsumerGroupHeartbeat keeps a static member's partitions until it is back", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker, { instanceId: "one" });
    const second = yield* joined(broker, { instanceId: "two" });
    yield* settle(first, second);
    const before = second.assigned;
    const left = yield* second.heartbeat({ memberEpoch: -2 });
    assert.deepEqual([left.errorCode, left.memberEpoch], [ErrorCode.NONE, -2]);
    yield* pass(broker, 20_000, first);
    assert.notEqual(first.assigned, "t 0,1,2,3");

    const back = yield* joined(broker, { instanceId: "two" });
    assert.deepEqual([back.assigned, back.epoch], [before, first.epoch]);
    // Its former self is no more.
    const former = yield* second.heartbeat({ memberEpoch: 3 });
    assert.equal(former.errorCode, ErrorCode.FENCED_INSTANCE_ID);
  });
});

Deno.test("ConsumerGroupHeartbeat shares out what a static member had when its session is over", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker, { instanceId: "one" });
    const second = yield* joined(broker, { instanceId: "two" });
    yield* settle(first, second);
    yield* second.heartbeat({ memberEpoch: -2 });
    yield* pass(broker, SESSION_MS + HEARTBEAT_MS, first);
    assert.equal(first.assigned, "t 0,1,2,3");
  });
});

Deno.test("ConsumerGroupHeartbeat refuses a second member with an instance id, until the first has left", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker, { instanceId: "one" });
    const second = new GroupConsumer(broker, { instanceId: "one" });
    const refused = yield* second.heartbeat(second.joining());
    assert.equal(refused.errorCode, ErrorCode.UNRELEASED_INSTANCE_ID);
    const fenced = yield* second.heartbeat({ memberEpoch: 2 });
    assert.equal(fenced.errorCode, ErrorCode.FENCED_INSTANCE_ID);
    yield* first.heartbeat({ memberEpoch: -1 });
    yield* second.join();
    assert.equal(second.assigned, "t 0,1,2,3");
    const unknown = new GroupConsumer(broker, { instanceId: "nobody" });
    assert.equal((yield* unknown.heartbeat({ memberEpoch: 2 })).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

Deno.test("ConsumerGroupHeartbeat follows a change of subscription", () => {
  runGroups(function* (broker) {
    yield* createTopic(broker.connect(), "other", { partitions: 2 });
    const consumer = yield* joined(broker);
    const answer = yield* consumer.heartbeat({
      subscribedTopicNames: ["other"],
      topicPartitions: consumer.owned,
    });
    // What it no longer wants it has to give up first.
    assert.deepEqual([answer.memberEpoch, consumer.assigned], [2, ""]);
    yield* consumer.acknowledge();
    assert.deepEqual([consumer.epoch, consumer.assigned], [3, "other 0,1"]);
  });
});

Deno.test("ConsumerGroupHeartbeat follows topics that are made and deleted", () => {
  runGroups(function* (broker) {
    const admin = broker.connect();
    const consumer = yield* joined(broker, { topics: ["t", "later"] });
    assert.equal(consumer.assigned, "t 0,1,2,3");
    yield* createTopic(admin, "unwanted");
    yield* consumer.acknowledge();
    assert.equal(consumer.epoch, 2);
    yield* createTopic(admin, "later", { partitions: 2 });
    yield* consumer.acknowledge();
    assert.deepEqual([consumer.epoch, consumer.assigned], [3, "later 0,1 t 0,1,2,3"]);
    yield* admin.ask(api.DeleteTopics, 6, { topics: [{ name: "t" }], timeoutMs: 1000 });
    yield* consumer.acknowledge();
    assert.equal(consumer.assigned, "later 0,1");
    yield* consumer.acknowledge();
    assert.equal(consumer.epoch, 4);
  });
});

Deno.test("ConsumerGroupHeartbeat v1 subscribes by a regular expression, and finds new topics 10 s later", () => {
  runGroups(function* (broker) {
    const admin = broker.connect();
    yield* createTopic(admin, "orders-1", { partitions: 2 });
    const consumer = yield* joined(broker, { regex: "orders-\\d+" });
    assert.equal(consumer.assigned, "orders-1 0,1");
    yield* createTopic(admin, "orders-2");
    yield* createTopic(admin, "orders-x");
    yield* pass(broker, 2 * HEARTBEAT_MS, consumer);
    assert.equal(consumer.assigned, "orders-1 0,1");
    yield* pass(broker, HEARTBEAT_MS, consumer);
    assert.equal(consumer.assigned, "orders-1 0,1 orders-2 0");
    // By names and an expression both; and by names alone again.
    yield* consumer.heartbeat({ subscribedTopicNames: ["t"], topicPartitions: consumer.owned });
    assert.equal(consumer.assigned, "orders-1 0,1 orders-2 0 t 0,1,2,3");
    yield* consumer.heartbeat({ subscribedTopicRegex: "", topicPartitions: consumer.owned });
    assert.equal(consumer.assigned, "t 0,1,2,3");
  });
});

Deno.test("ConsumerGroupHeartbeat v1 says what is wrong with a regular expression", () => {
  runGroups(function* (broker) {
    const consumer = new GroupConsumer(broker, { regex: "orders-(" });
    const answer = yield* consumer.heartbeat(consumer.joining());
    assert.equal(answer.errorCode, ErrorCode.INVALID_REGULAR_EXPRESSION);
    assert.equal(
      answer.errorMessage,
      'the subscribed regular expression "orders-(" can\'t be read: at character 9 it has a missing )',
    );
    assert.equal((yield* consumer.heartbeat({ memberEpoch: 1 })).errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
  });
});

Deno.test("ConsumerGroupHeartbeat uses the assignor that most members name", () => {
  runGroups(function* (broker) {
    yield* createTopic(broker.connect(), "u", { partitions: 1 });
    const options = { topics: ["t", "u"] };
    const first = new GroupConsumer(broker, { ...options, memberId: "a" });
    yield* first.join({ serverAssignor: "range" });
    const second = new GroupConsumer(broker, { ...options, memberId: "b" });
    yield* second.join({ serverAssignor: "range" });
    yield* settle(first, second);
    assert.deepEqual([first.assigned, second.assigned], ["t 0 u 0", "t 1"]);
  }, { partitions: 2 });
});

Deno.test("ConsumerGroupHeartbeat refuses what is wrong whatever the group", () => {
  runGroups(function* (broker) {
    const consumer = yield* joined(broker);
    const joining = consumer.joining();
    const cases: [errorCode: number, why: RegExp, fields: Parameters<GroupConsumer["heartbeat"]>[0]][] = [
      [ErrorCode.INVALID_REQUEST, /memberId is empty/, { memberId: "" }],
      [ErrorCode.INVALID_REQUEST, /memberId is empty/, { ...joining, memberId: " " }],
      [ErrorCode.INVALID_REQUEST, /groupId is empty/, { groupId: "" }],
      [ErrorCode.INVALID_REQUEST, /instanceId is empty/, { instanceId: "" }],
      [ErrorCode.INVALID_REQUEST, /rackId is empty/, { rackId: "" }],
      [ErrorCode.INVALID_REQUEST, /rebalanceTimeoutMs is missing/, { ...joining, rebalanceTimeoutMs: -1 }],
      [ErrorCode.INVALID_REQUEST, /topicPartitions is to be empty/, { ...joining, topicPartitions: null }],
      [ErrorCode.INVALID_REQUEST, /topicPartitions is to be empty/, {
        ...joining,
        topicPartitions: consumer.owned,
      }],
      [ErrorCode.INVALID_REQUEST, /both missing/, { ...joining, subscribedTopicNames: null }],
      [ErrorCode.INVALID_REQUEST, /instanceId is missing/, { memberEpoch: -2 }],
      [ErrorCode.INVALID_REQUEST, /memberEpoch -3/, { memberEpoch: -3 }],
      [ErrorCode.UNSUPPORTED_ASSIGNOR, /"sticky"; there are uniform, range/, {
        ...joining,
        serverAssignor: "sticky",
      }],
      [ErrorCode.GROUP_ID_NOT_FOUND, /"other"/, { groupId: "other" }],
      [ErrorCode.GROUP_ID_NOT_FOUND, /"other"/, { groupId: "other", memberEpoch: -1 }],
      [ErrorCode.UNKNOWN_MEMBER_ID, /stranger/, { memberId: "stranger" }],
      [ErrorCode.UNKNOWN_MEMBER_ID, /stranger/, { memberId: "stranger", memberEpoch: -1 }],
    ];
    for (const [errorCode, why, fields] of cases) {
      const answer = yield* consumer.heartbeat(fields);
      assert.equal(answer.errorCode, errorCode, `${why}: ${answer.errorMessage}`);
      assert.match(answer.errorMessage!, why);
    }
    const answer = yield* consumer.heartbeat();
    assert.deepEqual([answer.errorCode, answer.memberEpoch], [ErrorCode.NONE, 2]);
  });
});

Deno.test("ConsumerGroupHeartbeat takes as many members as group.consumer.max.size", () => {
  runGroups(function* (broker) {
    const first = yield* joined(broker);
    yield* joined(broker);
    const third = new GroupConsumer(broker);
    const refused = yield* third.heartbeat(third.joining());
    assert.equal(refused.errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED);
    // Who is in may join again.
    yield* first.join();
  }, { settings: { "group.consumer.max.size": "2" } });
});

Deno.test("ConsumerGroupHeartbeat is refused where the protocol is not to be served", () => {
  runGroups(function* (broker) {
    const consumer = new GroupConsumer(broker);
    const answer = yield* consumer.heartbeat(consumer.joining());
    assert.equal(answer.errorCode, ErrorCode.UNSUPPORTED_VERSION);
  }, { settings: { "group.coordinator.rebalance.protocols": "classic" } });
});

Deno.test("ConsumerGroupHeartbeat goes on where it was when the broker has been restarted", () => {
  let members: { memberId: string; epoch: number; assigned: string; owned: GroupConsumer["owned"] }[] = [];
  const { disk } = runGroups(function* (broker) {
    const first = yield* joined(broker, { regex: "t|u" });
    const second = yield* joined(broker);
    yield* settle(first, second);
    members = [first, second].map(({ memberId, epoch, assigned, owned }) => ({
      memberId,
      epoch,
      assigned,
      owned,
    }));
  });
  runGroups(function* (broker) {
    for (const { memberId, epoch, owned } of members) {
      const consumer = new GroupConsumer(broker, { memberId });
      const answer = yield* consumer.heartbeat({ memberEpoch: epoch, topicPartitions: owned });
      assert.deepEqual([answer.errorCode, answer.memberEpoch, answer.assignment], [
        ErrorCode.NONE,
        epoch,
        null,
      ]);
    }
    // Sessions have begun anew, and end.
    yield* broker.pass(SESSION_MS + 1000);
    const consumer = new GroupConsumer(broker, { memberId: members[0]!.memberId });
    const gone = yield* consumer.heartbeat({ memberEpoch: members[0]!.epoch });
    assert.equal(gone.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    yield* consumer.join();
    assert.equal(consumer.assigned, "t 0,1,2,3");
  }, { disk });
});

Deno.test("ConsumerGroupHeartbeat is answered when what it says is on disk, where the broker promises that", () => {
  runGroups(function* (broker) {
    const consumer = new GroupConsumer(broker);
    broker.ioWorker.hold(["sync"]);
    consumer.send(consumer.joining());
    yield;
    assert.ok(consumer.client.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.equal(consumer.receive().errorCode, ErrorCode.NONE);
  }, { settings: { "log.flush.interval.messages": "1" } });
});
