import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { heartbeatHandler } from "./12_heartbeat.ts";

Deno.test("Heartbeat says how things stand with a member, in every version", () => {
  runBroker(function* (broker) {
    for (const version of servedVersions(heartbeatHandler)) {
      const options = { groupId: `group ${version}`, instanceId: version >= 3 ? "static" : null };
      const member = new GroupMember(broker, options);
      yield* stableGroup(broker, [member]);
      const { groupId, memberId, generationId, instanceId: groupInstanceId } = member;
      const about = { groupId, memberId, generationId, groupInstanceId };
      const ask = function* (fields: Partial<typeof about>) {
        const answer = yield* member.client.ask(api.Heartbeat, version, { ...about, ...fields });
        assert.equal(answer.throttleTimeMs, 0);
        return answer.errorCode;
      };
      assert.equal(yield* ask({}), ErrorCode.NONE);
      assert.equal(yield* ask({ groupId: "" }), ErrorCode.INVALID_GROUP_ID);
      assert.equal(yield* ask({ groupId: "none" }), ErrorCode.UNKNOWN_MEMBER_ID);
      assert.equal(yield* ask({ generationId: generationId + 1 }), ErrorCode.ILLEGAL_GENERATION);
      assert.equal(yield* ask({ generationId: generationId - 1 }), ErrorCode.ILLEGAL_GENERATION);
      assert.equal(
        yield* ask({ memberId: "nobody" }),
        version >= 3 ? ErrorCode.FENCED_INSTANCE_ID : ErrorCode.UNKNOWN_MEMBER_ID,
      );
      if (version >= 3) assert.equal(yield* ask({ groupInstanceId: "none" }), ErrorCode.UNKNOWN_MEMBER_ID);
      const other = new GroupMember(broker, { groupId, version: 3 });
      yield* other.beginJoin();
      assert.equal(yield* ask({}), ErrorCode.REBALANCE_IN_PROGRESS);
    }
  });
});

Deno.test("Heartbeat keeps a member in its group, for one session each", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker, { sessionTimeoutMs: 6000 });
    yield* stableGroup(broker, [member]);
    for (let count = 0; count < 10; count++) {
      yield* broker.pass(5999);
      assert.equal(yield* member.heartbeat(), ErrorCode.NONE);
    }
    yield* broker.pass(6000);
    assert.equal(yield* member.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
  });
});
