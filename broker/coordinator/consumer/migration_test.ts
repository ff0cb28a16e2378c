/** A group changes from the classic protocol to the new one and back, while members of both are in it. */
import assert from "node:assert/strict";
import { api } from "../../../protocol/apis.ts";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeAssignment,
} from "../../../protocol/consumer_protocol.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { encodeVersioned } from "../../../protocol/versioned.ts";
import { GroupConsumer } from "../../../tests/support/group_consumer.ts";
import { GroupMember, type GroupMemberOptions } from "../../../tests/support/group_member.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import {
  runBroker,
  type Script,
  type TestBroker,
  type TestBrokerOptions,
} from "../../../tests/support/test_broker.ts";

const REBALANCE_MS = 20_000;
const settings = { "group.consumer.assignment.interval.ms": "0", "group.initial.rebalance.delay.ms": "0" };

/** A consumer of the classic protocol that tells what it subscribes to and owns, and reads what it is assigned. */
class ClassicConsumer {
  readonly member: GroupMember;
  owned: readonly number[] = [];

  constructor(broker: TestBroker, options: GroupMemberOptions = {}) {
    this.member = new GroupMember(broker, {
      protocols: { range: "" },
      rebalanceTimeoutMs: REBALANCE_MS,
      ...options,
    });
  }

  *join() {
    if (this.member.memberId === "" && this.member.instanceId === null) {
      this.#sendJoin();
      yield;
      assert.equal(this.member.receiveJoin().errorCode, ErrorCode.MEMBER_ID_REQUIRED);
    }
    this.#sendJoin();
    yield;
  }

  #sendJoin(): void {
    const ownedPartitions = this.owned.length === 0 ? [] : [{ topic: "t", partitions: this.owned }];
    const metadata = encodeVersioned(ConsumerProtocolSubscription, 1, { topics: ["t"], ownedPartitions });
    this.member.sendJoin({ protocols: [{ name: "range", metadata }] });
  }

  /** Joins a consumer group: is answered at once. */
  *rejoin(): Generator<void, number> {
    yield* this.join();
    return this.member.receiveJoin().errorCode;
  }

  /** As the leader of a classic group, which assigns everything to itself. */
  *syncAll(partitions: readonly number[], userData: Uint8Array | null = null): Script {
    const assignment = encodeVersioned(ConsumerProtocolAssignment, 1, {
      assignedPartitions: [{ topic: "t", partitions }],
      userData,
    });
    this.member.sendSync({}, { assignments: [{ memberId: this.member.memberId, assignment }] });
    yield;
    this.#take();
  }

  *sync(): Generator<void, number> {
    this.member.sendSync();
    yield;
    return this.#take();
  }

  #take(): number {
    const { answer, errorCode } = this.member.receiveSync();
    if (errorCode !== ErrorCode.NONE) return errorCode;
    const { assignedPartitions } = decodeAssignment(answer.assignment)!.value;
    this.owned = assignedPartitions.flatMap(({ partitions }) => partitions);
    return errorCode;
  }
}

function runMigration(script: (broker: TestBroker) => Script, options: TestBrokerOptions = {}): TestBroker {
  return runBroker(function* (broker) {
    if (broker.server.broker.topics.topic("t") === undefined) {
      yield* createTopic(broker.connect(), "t", { partitions: 4 });
    }
    yield* script(broker);
  }, { ...options, settings: { ...settings, ...options.settings } });
}

/** The only member of a classic group, with all partitions. */
function* classicGroup(
  broker: TestBroker,
  options: GroupMemberOptions = {},
): Generator<void, ClassicConsumer> {
  const classic = new ClassicConsumer(broker, options);
  yield* classic.join();
  while (classic.member.client.hasNothing()) yield* broker.pass(100);
  assert.equal(classic.member.receiveJoin().errorCode, ErrorCode.NONE);
  yield* classic.syncAll([0, 1, 2, 3]);
  return classic;
}

function* typeOf(broker: TestBroker) {
  const { groups } = yield* broker.connect().ask(api.ListGroups, 5, {});
  return groups.map(({ groupType, groupState }) => `${groupType} ${groupState}`).join();
}

Deno.test("a classic group without members gives its place to a consumer group, and that to it", () => {
  const { disk } = runMigration(function* (broker) {
    const classic = yield* classicGroup(broker);
    assert.equal(yield* classic.member.leave(), ErrorCode.NONE);
    assert.equal(yield* typeOf(broker), "classic Empty");
    const consumer = new GroupConsumer(broker);
    yield* consumer.join();
    assert.equal(yield* typeOf(broker), "consumer Stable");
    yield* consumer.heartbeat({ memberEpoch: -1 });
    assert.equal(yield* typeOf(broker), "consumer Empty");
    yield* classicGroup(broker);
    assert.equal(yield* typeOf(broker), "classic Stable");
  });
  runMigration(function* (broker) {
    assert.equal(yield* typeOf(broker), "classic Stable");
  }, { disk });
});

Deno.test("a classic group becomes a consumer group when a member of the new protocol joins, and shares with it", () => {
  const { disk } = runMigration(function* (broker) {
    const classic = yield* classicGroup(broker);
    const consumer = new GroupConsumer(broker);
    yield* consumer.join();
    assert.equal(consumer.assigned, "");
    assert.equal(yield* typeOf(broker), "consumer Reconciling");

    // It is told to join again, owns what it owned, and keeps half of it.
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(yield* classic.sync(), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    assert.equal(yield* classic.sync(), ErrorCode.NONE);
    assert.deepEqual(classic.owned, [0, 1]);
    yield* consumer.heartbeat();
    assert.equal(consumer.assigned, "");

    // It has given up the other half when it joins once more.
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    assert.equal(yield* classic.sync(), ErrorCode.NONE);
    assert.deepEqual(classic.owned, [0, 1]);
    yield* consumer.heartbeat();
    assert.equal(consumer.assigned, "t 2,3");
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.NONE);
    assert.equal(yield* typeOf(broker), "consumer Stable");

    const [group] = (yield* broker.connect().ask(api.ConsumerGroupDescribe, 1, {
      groupIds: ["group"],
      includeAuthorizedOperations: false,
    })).groups;
    assert.deepEqual(group!.members.map(({ memberType }) => memberType).sort(), [0, 1]);
  });
  runMigration(function* (broker) {
    assert.equal(yield* typeOf(broker), "consumer Stable");
  }, { disk });
});

Deno.test("a consumer group takes members of the classic protocol", () => {
  runMigration(function* (broker) {
    const consumer = new GroupConsumer(broker);
    yield* consumer.join();
    const classic = new ClassicConsumer(broker);
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    assert.equal(yield* classic.sync(), ErrorCode.NONE);
    assert.deepEqual(classic.owned, []);
    // The other has to give up first: until then there is nothing to join for.
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.NONE);
    yield* consumer.heartbeat();
    yield* consumer.acknowledge();
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    assert.equal(yield* classic.sync(), ErrorCode.NONE);
    assert.deepEqual([consumer.assigned, classic.owned], ["t 0,1", [2, 3]]);
  });
});

Deno.test("a consumer group becomes a classic one when its last member of the new protocol leaves", () => {
  const { disk } = runMigration(function* (broker) {
    const classic = yield* classicGroup(broker);
    const consumer = new GroupConsumer(broker);
    yield* consumer.join();
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    yield* classic.sync();
    yield* consumer.heartbeat({ memberEpoch: -1 });
    assert.match(yield* typeOf(broker), /^classic PreparingRebalance/);
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.ILLEGAL_GENERATION);
    yield* classic.join();
    assert.equal(classic.member.receiveJoin().errorCode, ErrorCode.NONE);
    yield* classic.syncAll([0, 1, 2, 3]);
    assert.equal(yield* typeOf(broker), "classic Stable");
    assert.equal((yield* consumer.heartbeat()).errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
  });
  runMigration(function* (broker) {
    assert.equal(yield* typeOf(broker), "classic Stable");
  }, { disk });
});

Deno.test("a consumer group becomes a classic one when its last member of the new protocol falls silent", () => {
  runMigration(function* (broker) {
    yield* new GroupConsumer(broker).join();
    const classic = new ClassicConsumer(broker);
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    for (let passed = 0; passed <= 45_000; passed += 5000) {
      yield* classic.sync();
      yield* classic.member.heartbeat();
      yield* broker.pass(5000);
    }
    assert.match(yield* typeOf(broker), /^classic /);
  });
});

Deno.test("a member of the classic protocol in a consumer group is out if it is silent, or does not join or sync", () => {
  const without = (act: (classic: ClassicConsumer, broker: TestBroker) => Script, reason: RegExp) =>
    runMigration(function* (broker) {
      const consumer = new GroupConsumer(broker);
      yield* consumer.join();
      const classic = new ClassicConsumer(broker, { sessionTimeoutMs: 30_000 });
      assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
      yield* act(classic, broker);
      assert.equal(yield* classic.member.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.ok(broker.newLines().some((line) => reason.test(line)));
    });
  without(function* (_classic, broker) {
    yield* broker.pass(REBALANCE_MS);
  }, /not asked for its assignment within 20000 ms/);
  without(function* (classic, broker) {
    yield* classic.sync();
    yield* broker.pass(30_000);
  }, /nothing was heard of it for 30000 ms/);
  without(function* (classic, broker) {
    yield* classic.sync();
    yield* new GroupConsumer(broker).join();
    // It goes on as if it were not told to join.
    for (let passed = 0; passed < REBALANCE_MS; passed += 5000) {
      assert.equal(yield* classic.member.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
      yield* broker.pass(5000);
    }
  }, /not joined again within 20000 ms/);
});

Deno.test("a static member changes its protocol and keeps its partitions", () => {
  runMigration(function* (broker) {
    const classic = yield* classicGroup(broker, { instanceId: "one" });
    const consumer = new GroupConsumer(broker, { instanceId: "one" });
    yield* consumer.join();
    assert.equal(consumer.assigned, "t 0,1,2,3");
    assert.equal(yield* classic.member.heartbeat(), ErrorCode.FENCED_INSTANCE_ID);
    assert.equal(yield* typeOf(broker), "consumer Stable");
    const back = new ClassicConsumer(broker, { instanceId: "one" });
    assert.equal(yield* back.rejoin(), ErrorCode.NONE);
    // It was the last to speak the new protocol: the group is a classic one, and comes together as such.
    assert.equal(yield* typeOf(broker), "classic PreparingRebalance");
    assert.equal(yield* back.sync(), ErrorCode.REBALANCE_IN_PROGRESS);
    yield* back.join();
    assert.equal(back.member.receiveJoin().errorCode, ErrorCode.NONE);
    yield* back.syncAll([0, 1, 2, 3]);
    assert.equal(yield* typeOf(broker), "classic Stable");
  });
});

Deno.test("a static member changes its protocol while others of the new one are in the group", () => {
  runMigration(function* (broker) {
    const first = new GroupConsumer(broker, { instanceId: "one" });
    yield* first.join();
    const second = new GroupConsumer(broker, { instanceId: "two" });
    yield* second.join();
    for (const consumer of [first, second, first, second]) yield* consumer.acknowledge();
    assert.deepEqual([first.assigned, second.assigned], ["t 0,1", "t 2,3"]);
    const back = new ClassicConsumer(broker, { instanceId: "two" });
    assert.equal(yield* back.rejoin(), ErrorCode.NONE);
    assert.equal(yield* back.sync(), ErrorCode.NONE);
    assert.deepEqual(back.owned, [2, 3]);
    assert.equal(yield* typeOf(broker), "consumer Stable");
    assert.equal((yield* second.heartbeat()).errorCode, ErrorCode.FENCED_INSTANCE_ID);
  });
});

Deno.test("members of the classic protocol in a consumer group are refused what is not theirs", () => {
  runMigration(function* (broker) {
    const consumer = new GroupConsumer(broker, { instanceId: "new" });
    yield* consumer.join();
    const classic = new ClassicConsumer(broker, { instanceId: "old" });
    assert.equal(yield* classic.rejoin(), ErrorCode.NONE);
    const { member } = classic;
    const stranger = new GroupMember(broker);
    stranger.memberId = "stranger";
    assert.equal(yield* stranger.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
    stranger.memberId = consumer.memberId;
    assert.equal(yield* stranger.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
    member.sendSync({}, { generationId: member.generationId + 1 });
    yield;
    assert.equal(member.receiveSync().errorCode, ErrorCode.ILLEGAL_GENERATION);
    member.sendSync({}, { protocolName: "sticky" });
    yield;
    assert.equal(member.receiveSync().errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    const fenced = new GroupMember(broker, { instanceId: "old" });
    fenced.memberId = "another";
    assert.equal(yield* fenced.heartbeat(), ErrorCode.FENCED_INSTANCE_ID);
    assert.equal(yield* fenced.leave(), ErrorCode.FENCED_INSTANCE_ID);
    const connect = new GroupMember(broker, { protocolType: "connect", version: 3 });
    connect.sendJoin();
    yield;
    assert.equal(connect.receiveJoin().errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    const unreadable = new GroupMember(broker, { protocols: { range: "x" }, version: 3 });
    unreadable.sendJoin();
    yield;
    assert.equal(unreadable.receiveJoin().errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    const hasty = new GroupMember(broker, { sessionTimeoutMs: 1 });
    hasty.sendJoin();
    yield;
    assert.equal(hasty.receiveJoin().errorCode, ErrorCode.INVALID_SESSION_TIMEOUT);
    assert.equal(yield* member.heartbeat(), ErrorCode.NONE);
    assert.equal(yield* member.leave(), ErrorCode.NONE);
    assert.equal(yield* member.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

Deno.test("group.consumer.migration.policy says which groups change", () => {
  const upgrade = (policy: string, mayUpgrade: boolean) =>
    runMigration(function* (broker) {
      const classic = yield* classicGroup(broker);
      const consumer = new GroupConsumer(broker);
      const answer = yield* consumer.heartbeat(consumer.joining());
      if (mayUpgrade) return assert.equal(answer.errorCode, ErrorCode.NONE);
      assert.equal(answer.errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
      assert.match(answer.errorMessage!, new RegExp(`migration.policy is ${policy}`));
      assert.equal(yield* classic.member.heartbeat(), ErrorCode.NONE);
    }, { settings: { "group.consumer.migration.policy": policy } });
  upgrade("bidirectional", true);
  upgrade("upgrade", true);
  upgrade("downgrade", false);
  upgrade("disabled", false);

  const join = (policy: string, joined: number, type: RegExp) =>
    runMigration(function* (broker) {
      const consumer = new GroupConsumer(broker);
      yield* consumer.join();
      const classic = new GroupMember(broker, { protocols: { range: "" }, version: 3 });
      const metadata = encodeVersioned(ConsumerProtocolSubscription, 0, { topics: ["t"] });
      classic.sendJoin({ protocols: [{ name: "range", metadata }] });
      yield;
      assert.equal(classic.receiveJoin().errorCode, joined);
      yield* consumer.heartbeat({ memberEpoch: -1 });
      assert.match(yield* typeOf(broker), type);
    }, { settings: { "group.consumer.migration.policy": policy } });
  join("bidirectional", ErrorCode.NONE, /^classic/);
  join("downgrade", ErrorCode.NONE, /^classic/);
  join("upgrade", ErrorCode.NONE, /^consumer/);
  join("disabled", ErrorCode.INCONSISTENT_GROUP_PROTOCOL, /^consumer Empty/);
});

Deno.test("a classic group whose members can't be understood does not become a consumer group", () => {
  runMigration(function* (broker) {
    const classic = new ClassicConsumer(broker);
    yield* classic.join();
    while (classic.member.client.hasNothing()) yield* broker.pass(100);
    classic.member.receiveJoin();
    yield* classic.syncAll([0], Uint8Array.of(1));
    const consumer = new GroupConsumer(broker);
    const answer = yield* consumer.heartbeat(consumer.joining());
    assert.equal(answer.errorCode, ErrorCode.GROUP_ID_NOT_FOUND);
    assert.match(answer.errorMessage!, /its assignor tells members things that would be lost/);
    assert.equal(yield* typeOf(broker), "classic Stable");
  });
});
