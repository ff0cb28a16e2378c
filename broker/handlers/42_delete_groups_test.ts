import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { deleteGroupsHandler } from "./42_delete_groups.ts";

Deno.test("DeleteGroups forgets groups without members for good, in every version", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    const stable = new GroupMember(broker, { groupId: "stable", sessionTimeoutMs: 1_800_000 });
    yield* stableGroup(broker, [stable]);
    for (const version of servedVersions(deleteGroupsHandler)) {
      const member = new GroupMember(broker, { groupId: `group ${version}` });
      yield* stableGroup(broker, [member]);
      yield* member.leave();
      const { results } = yield* client.ask(api.DeleteGroups, version, {
        groupsNames: [`group ${version}`, "stable", "none", "", `group ${version}`],
      });
      assert.deepEqual(results.map(({ groupId, errorCode }) => [groupId, errorCode]), [
        [`group ${version}`, ErrorCode.NONE],
        ["stable", ErrorCode.NON_EMPTY_GROUP],
        ["none", ErrorCode.GROUP_ID_NOT_FOUND],
        ["", ErrorCode.GROUP_ID_NOT_FOUND],
      ]);
      assert.equal(broker.server.broker.groups.group(`group ${version}`), undefined);
    }
  });
  runBroker(function* (broker) {
    yield;
    assert.deepEqual([...broker.server.broker.groups.groups()].map(({ id }) => id), ["stable"]);
  }, { disk });
});

Deno.test("DeleteGroups is answered when it is on disk, where the broker promises that", () => {
  runBroker(function* (broker) {
    const members = ["a", "b"].map((groupId) => new GroupMember(broker, { groupId }));
    for (const member of members) {
      yield* stableGroup(broker, [member]);
      yield* member.leave();
    }
    broker.ioWorker.hold(["sync"]);
    const client = broker.connect();
    client.send(api.DeleteGroups, 2, { groupsNames: ["a", "b"] });
    yield;
    broker.ioWorker.release();
    yield;
    assert.ok(client.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.deepEqual(client.receive(api.DeleteGroups).results.map(({ errorCode }) => errorCode), [0, 0]);
  }, { settings: { "log.flush.interval.messages": "1" } });
});

Deno.test("DeleteGroups lets a member that was given an id begin again", () => {
  runBroker(function* (broker) {
    const member = new GroupMember(broker);
    member.sendJoin();
    yield;
    assert.equal(member.receiveJoin().errorCode, ErrorCode.MEMBER_ID_REQUIRED);
    const { results } = yield* broker.connect().ask(api.DeleteGroups, 2, { groupsNames: ["group"] });
    assert.equal(results[0]!.errorCode, ErrorCode.NONE);
    member.sendJoin();
    yield;
    assert.equal(member.receiveJoin().errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  });
});
