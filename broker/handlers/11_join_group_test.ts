import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { joinGroupHandler } from "./11_join_group.ts";

const decoder = new TextDecoder();
const versions = servedVersions(joinGroupHandler);

function group({ server }: TestBroker, id = "group") {
  const found = server.broker.groups.group(id);
  assert.ok(found, `there is no group ${id}`);
  return found;
}

Deno.test("JoinGroup gives every member of a group the same generation, and its own assignment", () => {
  runBroker(function* (broker) {
    const members = versions.map((version) => new GroupMember(broker, { version }));
    yield* stableGroup(broker, members);
    assert.deepEqual(members.map(({ generationId }) => generationId), members.map(() => 1));
  });
});

Deno.test("JoinGroup makes one member a group, in every version: join, sync, heartbeat, leave", () => {
  runBroker(function* (broker) {
    for (const version of versions) {
      const member = new GroupMember(broker, { groupId: `group ${version}`, version });
      yield* member.beginJoin();
      assert.ok(member.client.hasNothing());
      yield* broker.pass(3000);
      const { errorCode, generationId, protocolType, protocolName, leader, members, skipAssignment } = member
        .receiveJoin();
      assert.deepEqual([errorCode, generationId, skipAssignment], [ErrorCode.NONE, 1, false]);
      assert.equal(protocolType, version >= 7 ? "consumer" : null);
      assert.deepEqual([protocolName, leader], ["range", member.memberId]);
      assert.deepEqual(members.map(({ memberId, metadata }) => [memberId, decoder.decode(metadata)]), [
        [member.memberId, "topics"],
      ]);
      assert.equal(yield* member.heartbeat(), ErrorCode.NONE);
      const { errorCode: syncError, text } = yield* member.sync({ [member.memberId]: "all" });
      assert.deepEqual([syncError, text], [ErrorCode.NONE, "all"]);
      assert.equal(yield* member.heartbeat(), ErrorCode.NONE);
      assert.equal(yield* member.leave(), ErrorCode.NONE);
      assert.equal(yield* member.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.equal(group(broker, member.groupId).state, "Empty");
    }
  });
});

Deno.test("JoinGroup asks a member to come again with an id from version 4 on, and never before", () => {
  runBroker(function* (broker) {
    for (const version of versions) {
      const member = new GroupMember(broker, { groupId: `group ${version}`, version });
      member.sendJoin();
      yield;
      assert.equal(member.client.hasNothing(), version < 4, `version ${version}`);
      if (version < 4) continue;
      const { errorCode, memberId } = member.receiveJoin();
      assert.equal(errorCode, ErrorCode.MEMBER_ID_REQUIRED);
      assert.match(memberId, /^.*-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});

Deno.test("JoinGroup names a static member by its instance, and lets it come back without a rebalance", () => {
  runBroker(function* (broker) {
    for (const version of versions.filter((version) => version >= 5)) {
      const options = { groupId: `group ${version}`, version, instanceId: "static" };
      const [first, other] = [
        new GroupMember(broker, options),
        new GroupMember(broker, { ...options, instanceId: null }),
      ];
      yield* stableGroup(broker, [first, other]);
      assert.match(first.memberId, /^static-/);
      const second = new GroupMember(broker, options);
      second.sendJoin();
      yield;
      const { errorCode, generationId, leader, skipAssignment, members } = second.receiveJoin();
      assert.deepEqual([errorCode, generationId], [ErrorCode.NONE, 1]);
      // From version 9 on it is told that it leads and need not assign.
      assert.equal(leader, version >= 9 ? second.memberId : first.memberId);
      assert.deepEqual([skipAssignment, members.length], version >= 9 ? [true, 2] : [false, 0]);
      assert.equal((yield* second.sync()).text, "for 0");
      assert.equal(yield* first.heartbeat(), ErrorCode.FENCED_INSTANCE_ID);
      assert.equal(yield* first.leave(), ErrorCode.FENCED_INSTANCE_ID);
      assert.equal((yield* first.sync()).errorCode, ErrorCode.FENCED_INSTANCE_ID);
      assert.equal(yield* other.heartbeat(), ErrorCode.NONE);
      assert.equal(yield* second.heartbeat(), ErrorCode.NONE);
    }
  });
});

Deno.test("JoinGroup takes the session timeout for the rebalance timeout in version 0", () => {
  runBroker(function* (broker) {
    const members = [0, 1].map((version) =>
      new GroupMember(broker, { version, sessionTimeoutMs: 8000, rebalanceTimeoutMs: 20_000 })
    );
    yield* stableGroup(broker, members);
    const { members: described } =
      (yield* members[0]!.client.ask(api.DescribeGroups, 5, { groups: ["group"] }))
        .groups[0]!;
    assert.equal(described.length, 2);
    // The one of version 1 does not come to the rebalance, which waits for the longer timeout of the two.
    yield* members[1]!.leave();
    yield* members[0]!.beginJoin();
    assert.equal(members[0]!.receiveJoin().generationId, 2);
    const late = new GroupMember(broker, { version: 0 });
    yield* late.beginJoin();
    yield* broker.pass(7999);
    assert.ok(late.client.hasNothing());
    yield* broker.pass(1);
    assert.equal(late.receiveJoin().errorCode, ErrorCode.NONE);
  });
});

Deno.test("JoinGroup refuses what makes no sense, in every version", () => {
  runBroker(function* (broker) {
    for (const version of versions) {
      const member = new GroupMember(broker, { version });
      const ask = function* (fields: Parameters<GroupMember["sendJoin"]>[0]) {
        member.sendJoin(fields);
        yield;
        const { errorCode, generationId, protocolName, memberId, members } = member.receiveJoin();
        assert.deepEqual([generationId, members.length], [-1, 0]);
        assert.equal(protocolName, version >= 7 ? null : "");
        return [errorCode, memberId];
      };
      assert.deepEqual(yield* ask({ groupId: "", memberId: "m" }), [ErrorCode.INVALID_GROUP_ID, "m"]);
      for (const sessionTimeoutMs of [5999, 1_800_001, -1]) {
        assert.deepEqual(yield* ask({ sessionTimeoutMs }), [ErrorCode.INVALID_SESSION_TIMEOUT, ""]);
      }
      assert.deepEqual(yield* ask({ memberId: "nobody" }), [ErrorCode.UNKNOWN_MEMBER_ID, "nobody"]);
      assert.deepEqual(yield* ask({ protocols: [] }), [ErrorCode.INCONSISTENT_GROUP_PROTOCOL, ""]);
      assert.deepEqual(yield* ask({ protocolType: "" }), [ErrorCode.INCONSISTENT_GROUP_PROTOCOL, ""]);
    }
  });
});

Deno.test("JoinGroup takes no more than group.max.size members", () => {
  runBroker(function* (broker) {
    const members = [9, 9].map((version) => new GroupMember(broker, { version }));
    yield* stableGroup(broker, members);
    const third = new GroupMember(broker);
    third.sendJoin();
    yield;
    assert.equal(third.receiveJoin().errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED);
  }, { settings: { "group.max.size": "2" } });
});

Deno.test("JoinGroup waits group.initial.rebalance.delay.ms for more members", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker);
    yield* member.beginJoin();
    yield* broker.pass(99);
    assert.ok(member.client.hasNothing());
    yield* broker.pass(1);
    assert.equal(member.receiveJoin().errorCode, ErrorCode.NONE);
  }, { settings: { "group.initial.rebalance.delay.ms": "100" } });
});

Deno.test("JoinGroup of a client that is gone is a member until its session ends", () => {
  runBroker(function* (broker) {
    const [first, second] = [new GroupMember(broker), new GroupMember(broker)];
    yield* stableGroup(broker, [first, second]);
    second.client.socket.clientBreaks();
    yield* broker.pass(9999);
    assert.equal(yield* first.heartbeat(), ErrorCode.NONE);
    yield* broker.pass(1);
    assert.equal(yield* first.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    yield* first.beginJoin();
    assert.deepEqual(first.receiveJoin().members.map(({ memberId }) => memberId), [first.memberId]);
  });
});

Deno.test("JoinGroup that waits is answered when the broker stops", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker);
    yield* member.beginJoin();
    broker.stop();
    yield;
    assert.equal(member.receiveJoin().errorCode, ErrorCode.NOT_COORDINATOR);
  });
});

Deno.test("JoinGroup makes no group whose record can't be written", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker, { version: 0 });
    yield* member.client.ask(api.FindCoordinator, 0, { key: "group" });
    const { journal } = broker.server.broker.groups;
    // The partition is fenced by an fdatasync that fails.
    broker.failsToSync = (path) => path.includes(`__consumer_offsets-${journal.partitionOf("group")}/`);
    yield* member.beginJoin();
    const { errorCode } = member.client.hasNothing() ? { errorCode: -2 } : member.receiveJoin();
    assert.ok([-2, ErrorCode.NOT_COORDINATOR].includes(errorCode), `${errorCode}`);
    yield* broker.pass(3000);
    const other = new GroupMember(broker, { version: 0, groupId: "group" });
    yield* other.beginJoin();
    yield* broker.pass(6000);
    assert.equal(broker.server.broker.groups.group("group")?.state === "Stable", false);
  }, { settings: { "log.flush.interval.messages": "1" } });
});
