import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { leaveGroupHandler } from "./13_leave_group.ts";

const versions = servedVersions(leaveGroupHandler);

Deno.test("LeaveGroup takes one member out by its id up to version 2", () => {
  runBroker(function* (broker) {
    for (const version of versions.filter((version) => version < 3)) {
      const groupId = `group ${version}`;
      const [first, second] = [new GroupMember(broker, { groupId }), new GroupMember(broker, { groupId })];
      yield* stableGroup(broker, [first, second]);
      const leave = function* (memberId: string, group = groupId) {
        return (yield* first.client.ask(api.LeaveGroup, version, { groupId: group, memberId })).errorCode;
      };
      assert.equal(yield* leave("nobody"), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.equal(yield* leave("nobody", "none"), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.equal(yield* leave("nobody", ""), ErrorCode.INVALID_GROUP_ID);
      assert.equal(yield* leave(second.memberId), ErrorCode.NONE);
      assert.equal(yield* first.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    }
  });
});

Deno.test("LeaveGroup takes many members out from version 3 on, static ones by their instance", () => {
  runBroker(function* (broker) {
    for (const version of versions.filter((version) => version >= 3)) {
      const groupId = `group ${version}`;
      const members = [null, "static", "other"].map((instanceId) =>
        new GroupMember(broker, { groupId, instanceId })
      );
      yield* stableGroup(broker, members);
      const { client, memberId } = members[0]!;
      const leaving = [
        { memberId, groupInstanceId: null },
        { memberId: "", groupInstanceId: "static" },
        { memberId: "", groupInstanceId: "none" },
        { memberId: "nobody", groupInstanceId: "other" },
      ];
      const answer = yield* client.ask(api.LeaveGroup, version, { groupId, members: leaving });
      assert.equal(answer.errorCode, ErrorCode.NONE);
      const { NONE, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID } = ErrorCode;
      const codes = [NONE, NONE, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID];
      assert.deepEqual(
        answer.members,
        leaving.map((each, index) => ({ ...each, errorCode: codes[index]! })),
      );
      const none = yield* client.ask(api.LeaveGroup, version, { groupId: "none", members: leaving });
      assert.deepEqual(none.members.map(({ errorCode }) => errorCode), leaving.map(() => UNKNOWN_MEMBER_ID));
      const nameless = yield* client.ask(api.LeaveGroup, version, { groupId: "", members: leaving });
      assert.deepEqual([nameless.errorCode, nameless.members], [ErrorCode.INVALID_GROUP_ID, []]);
    }
  });
});

Deno.test("LeaveGroup of the last member is answered when its going is on disk, where the broker promises that", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker);
    yield* stableGroup(broker, [member]);
    broker.ioWorker.hold(["sync"]);
    member.client.send(api.LeaveGroup, 3, {
      groupId: "group",
      members: [{ memberId: member.memberId, groupInstanceId: null }],
    });
    yield;
    assert.ok(member.client.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.equal(member.client.receive(api.LeaveGroup).errorCode, ErrorCode.NONE);
  }, { settings: { "log.flush.interval.messages": "1" } });
});
