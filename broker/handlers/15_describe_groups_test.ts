import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { describeGroupsHandler } from "./15_describe_groups.ts";

const versions = servedVersions(describeGroupsHandler);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("DescribeGroups tells state, protocol and members, in every version", () => {
  runBroker(function* (broker) {
    const members = [null, "static"].map((instanceId) => new GroupMember(broker, { instanceId }));
    yield* stableGroup(broker, members);
    const client = broker.connect();
    for (const version of versions) {
      const { groups } = yield* client.ask(api.DescribeGroups, version, { groups: ["group"] });
      const { errorCode, errorMessage, groupId, groupState, protocolType, protocolData } = groups[0]!;
      assert.deepEqual([errorCode, errorMessage, groupId], [ErrorCode.NONE, null, "group"]);
      assert.deepEqual([groupState, protocolType, protocolData], ["Stable", "consumer", "range"]);
      assert.deepEqual(
        groups[0]!.members.map((member) => [
          member.memberId,
          member.groupInstanceId,
          member.clientHost,
          text(member.memberMetadata),
          text(member.memberAssignment),
        ]),
        members.map(({ memberId, instanceId }, index) => [
          memberId,
          version >= 4 ? instanceId : null,
          "/127.0.0.1",
          "topics",
          `for ${index}`,
        ]),
      );
      for (const { clientId, memberId } of groups[0]!.members) {
        assert.ok(memberId.startsWith(`${clientId}-`) || memberId.startsWith("static-"));
      }
    }
  });
});

Deno.test("DescribeGroups tells what members said of stable groups alone", () => {
  runBroker(function* (broker) {
    const members = [new GroupMember(broker), new GroupMember(broker)];
    yield* stableGroup(broker, members);
    yield* members[0]!.beginJoin();
    const { groups } = yield* members[1]!.client.ask(api.DescribeGroups, 5, { groups: ["group"] });
    assert.deepEqual([groups[0]!.groupState, groups[0]!.protocolData], ["PreparingRebalance", ""]);
    assert.deepEqual(groups[0]!.members.map(({ memberMetadata }) => text(memberMetadata)), ["", ""]);
  });
});

Deno.test("DescribeGroups tells a group that is not there as dead, from version 6 on with an error", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const { groups } = yield* client.ask(api.DescribeGroups, version, { groups: ["none", ""] });
      assert.deepEqual(
        groups.map(({ groupId, groupState, errorCode, errorMessage }) => [
          groupId,
          groupState,
          errorCode,
          errorMessage,
        ]),
        ["none", ""].map((id) => [
          id,
          "Dead",
          version >= 6 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
          version >= 6 ? `Group ${id} not found.` : null,
        ]),
      );
    }
  });
});
