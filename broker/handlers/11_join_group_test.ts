import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { joinGroupHandler } from "./11_join_group.ts";

const decoder = new TextDecoder();

Deno.test("JoinGroup gives every member of a group the same generation, and its own assignment", () => {
  runBroker(function* (broker) {
    const members = [9, 5, 1].map((version) => new GroupMember(broker, { version }));
    yield* stableGroup(broker, members);
    assert.deepEqual(members.map(({ generationId }) => generationId), [1, 1, 1]);
  });
});

Deno.test("JoinGroup makes one member a group, in every version: join, sync, heartbeat, leave", () => {
  runBroker(function* (broker) {
    for (const version of servedVersions(joinGroupHandler)) {
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
      assert.equal(broker.server.broker.groups.group(member.groupId)!.state, "Empty");
    }
  });
});
