import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { syncGroupHandler } from "./14_sync_group.ts";

const versions = servedVersions(syncGroupHandler);

Deno.test("SyncGroup gives each member what the leader assigned it, in every version, and again when asked again", () => {
  runBroker(function* (broker) {
    for (const version of versions) {
      const members = [0, 1, 2].map(() => new GroupMember(broker, { groupId: `group ${version}`, version }));
      yield* stableGroup(broker, members);
      for (const [index, member] of members.entries()) {
        member.sendSync();
        yield;
        const { answer, text } = member.receiveSync();
        assert.equal(text, `for ${index}`);
        assert.deepEqual(
          [answer.protocolType, answer.protocolName],
          version >= 5 ? ["consumer", "range"] : [null, null],
        );
      }
    }
  });
});

Deno.test("SyncGroup waits for the leader", () => {
  runBroker(function* (broker) {
    const [leader, follower] = [new GroupMember(broker), new GroupMember(broker)];
    yield* leader.beginJoin();
    yield* follower.beginJoin();
    yield* broker.pass(6000);
    leader.receiveJoin();
    follower.receiveJoin();
    follower.sendSync();
    yield;
    assert.ok(follower.client.hasNothing());
    yield* leader.sync({ [follower.memberId]: "all" });
    assert.equal(follower.receiveSync().text, "all");
  });
});

Deno.test("SyncGroup refuses what does not fit the group, in every version", () => {
  runBroker(function* (broker) {
    for (const version of versions) {
      const member = new GroupMember(broker, { groupId: `group ${version}`, version });
      yield* stableGroup(broker, [member]);
      const ask = function* (fields: Parameters<GroupMember["sendSync"]>[1]) {
        member.sendSync({}, fields);
        yield;
        const { errorCode, text } = member.receiveSync();
        assert.equal(text, "");
        return errorCode;
      };
      assert.equal(yield* ask({ groupId: "" }), ErrorCode.INVALID_GROUP_ID);
      assert.equal(yield* ask({ groupId: "none" }), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.equal(yield* ask({ memberId: "nobody" }), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.equal(yield* ask({ generationId: 7 }), ErrorCode.ILLEGAL_GENERATION);
      if (version < 5) continue;
      for (const wrong of ["other", null]) {
        assert.equal(yield* ask({ protocolType: wrong }), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        assert.equal(yield* ask({ protocolName: wrong }), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
      }
    }
  });
});

Deno.test("SyncGroup is answered when the assignment is on disk, where the broker promises that", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker);
    yield* member.join(broker);
    broker.ioWorker.hold(["sync"]);
    member.sendSync({ [member.memberId]: "all" });
    yield;
    assert.ok(member.client.hasNothing());
    assert.equal(broker.server.broker.groups.group("group")!.state, "CompletingRebalance");
    broker.ioWorker.letGo();
    yield;
    assert.equal(member.receiveSync().text, "all");
  }, { settings: { "log.flush.interval.messages": "1" } });
});

Deno.test("SyncGroup answers an error when the assignment could not be brought to the disk", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker);
    yield* member.join(broker);
    broker.failsToSync = (path) => path.includes("__consumer_offsets");
    const { errorCode } = yield* member.sync({ [member.memberId]: "all" });
    assert.equal(errorCode, ErrorCode.NOT_COORDINATOR);
    assert.equal(broker.server.broker.groups.group("group")!.state, "PreparingRebalance");
    assert.ok(
      broker.newLines().some((line) => line.startsWith('warn: could not write the state of group "group"')),
    );
  }, { settings: { "log.flush.interval.messages": "1" } });
});
