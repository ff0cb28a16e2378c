import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../../tests/support/group_member.ts";
import { runBroker, type TestBroker } from "../../../tests/support/test_broker.ts";
import { ClassicGroup } from "./classic_group.ts";
import { ClassicMember } from "./classic_member.ts";

function classic({ server }: TestBroker) {
  return server.broker.groups.classic;
}

function groupOf({ server }: TestBroker): ClassicGroup {
  return server.broker.groups.group("group") as ClassicGroup;
}

/** A group as one is made from another type's: stable, of one member. */
function madeGroup({ config }: TestBroker): ClassicGroup {
  return new ClassicGroup({
    id: "group",
    limits: config.groups,
    stateSinceMs: 0,
    generationId: 5,
    protocolType: "consumer",
    protocolName: "range",
    members: [
      new ClassicMember({
        id: "m",
        instanceId: null,
        clientId: "",
        clientHost: "",
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        protocols: [{ name: "range", metadata: new TextEncoder().encode("topics") }],
      }),
    ],
  });
}

Deno.test("ClassicGroups.adopt takes a group that was made elsewhere, and has its members join again", () => {
  runBroker(function* (broker) {
    classic(broker).adopt(madeGroup(broker));
    const member = new GroupMember(broker);
    member.memberId = "m";
    member.generationId = 5;
    assert.equal(yield* member.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    yield* member.beginJoin();
    assert.equal(member.receiveJoin().generationId, 6);
    yield* broker.pass(10_000);
    assert.equal(groupOf(broker).memberCount, 0);
  });
});

Deno.test("ClassicGroups.remove answers whoever waits, and leaves nothing that would wake the broker", () => {
  runBroker(function* (broker) {
    const members = [new GroupMember(broker), new GroupMember(broker)];
    yield* stableGroup(broker, members);
    yield* members[0]!.beginJoin();
    assert.equal(classic(broker).alarmCount, 1);
    classic(broker).remove(groupOf(broker), ErrorCode.REBALANCE_IN_PROGRESS);
    yield;
    assert.equal(members[0]!.receiveJoin().errorCode, ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(classic(broker).alarmCount, 0);
    assert.equal(broker.server.broker.groups.group("group"), undefined);
    assert.equal(yield* members[1]!.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

Deno.test("ClassicGroups needs one alarm for a group, and none for one that waits for nothing", () => {
  runBroker(function* (broker) {
    const members = Array.from({ length: 20 }, () => new GroupMember(broker, { sessionTimeoutMs: 6000 }));
    yield* stableGroup(broker, members);
    for (let round = 0; round < 5; round++) {
      yield* broker.pass(3000);
      for (const member of members) assert.equal(yield* member.heartbeat(), ErrorCode.NONE);
    }
    assert.equal(classic(broker).alarmCount, 1);
    yield* broker.pass(20_000);
    assert.equal(groupOf(broker).state, "Empty");
    assert.equal(classic(broker).alarmCount, 0);
  });
});
