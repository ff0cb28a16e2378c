/**
 * What of classic groups outlives a broker.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../../tests/support/group_member.ts";
import type { MemoryDisk } from "../../../tests/support/memory_disk.ts";
import { runBroker, type TestBroker } from "../../../tests/support/test_broker.ts";

const onDisk = { settings: { "log.flush.interval.messages": "1" } };

/** The member goes on with a broker that knows it from before. */
function comesBack(broker: TestBroker, before: GroupMember): GroupMember {
  const member = new GroupMember(broker, before);
  member.memberId = before.memberId;
  member.generationId = before.generationId;
  return member;
}

function group({ server }: TestBroker) {
  return server.broker.groups.group("group");
}

Deno.test("ClassicGroups knows a stable group again after a power cut, if it was answered with flush.messages=1", () => {
  let disk!: MemoryDisk;
  let members!: GroupMember[];
  runBroker(function* (broker) {
    members = [null, "static", null].map((instanceId) => new GroupMember(broker, { instanceId }));
    yield* stableGroup(broker, members);
    disk = broker.disk.afterPowerCut();
  }, onDisk);
  runBroker(function* (broker) {
    const back = members.map((member) => comesBack(broker, member));
    for (const [index, member] of back.entries()) {
      assert.equal(yield* member.heartbeat(), ErrorCode.NONE);
      member.sendSync({}, { protocolName: "range" });
      yield;
      assert.equal(member.receiveSync().text, `for ${index}`);
    }
    // The first leads as before: it has the group rebalance, and the generations go on.
    yield* back[0]!.beginJoin();
    for (const member of back.slice(1)) {
      assert.equal(yield* member.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
      yield* member.beginJoin();
    }
    assert.equal(back[0]!.receiveJoin().members.length, 3);
    assert.equal(back[2]!.receiveJoin().generationId, 2);
  }, { ...onDisk, disk });
});

Deno.test("ClassicGroups gives members a new session after a restart, and lets them go when it is over", () => {
  let members!: GroupMember[];
  const { disk } = runBroker(function* (broker) {
    members = [8000, 10_000].map((sessionTimeoutMs) => new GroupMember(broker, { sessionTimeoutMs }));
    yield* stableGroup(broker, members);
  });
  runBroker(function* (broker) {
    const [first, second] = members.map((member) => comesBack(broker, member)) as [GroupMember, GroupMember];
    yield* broker.pass(7999);
    assert.equal(yield* second.heartbeat(), ErrorCode.NONE);
    yield* broker.pass(1);
    assert.equal(yield* second.heartbeat(), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(yield* first.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
  }, { disk });
});

Deno.test("ClassicGroups forgets what was not answered: a generation that was not assigned yet", () => {
  let disk!: MemoryDisk;
  let members!: GroupMember[];
  runBroker(function* (broker) {
    members = [0, 1].map(() => new GroupMember(broker));
    yield* stableGroup(broker, members);
    yield* members[0]!.beginJoin();
    yield* members[1]!.beginJoin();
    assert.equal(members[0]!.receiveJoin().generationId, 2);
    disk = broker.disk.afterKill();
  });
  runBroker(function* (broker) {
    const back = members.map((member) => comesBack(broker, member));
    assert.equal(yield* back[0]!.heartbeat(), ErrorCode.ILLEGAL_GENERATION);
    assert.equal(yield* back[1]!.heartbeat(), ErrorCode.NONE);
  }, { disk });
});

Deno.test("ClassicGroups keeps the new id of a static member that came back before a power cut", () => {
  let disk!: MemoryDisk;
  let first!: GroupMember;
  let second!: GroupMember;
  runBroker(function* (broker) {
    first = new GroupMember(broker, { instanceId: "static" });
    yield* stableGroup(broker, [first]);
    second = new GroupMember(broker, { instanceId: "static" });
    yield* second.beginJoin();
    assert.equal(second.receiveJoin().errorCode, ErrorCode.NONE);
    disk = broker.disk.afterPowerCut();
  }, onDisk);
  runBroker(function* (broker) {
    assert.equal(yield* comesBack(broker, first).heartbeat(), ErrorCode.FENCED_INSTANCE_ID);
    const back = comesBack(broker, second);
    assert.equal(yield* back.heartbeat(), ErrorCode.NONE);
    back.sendSync();
    yield;
    assert.equal(back.receiveSync().text, "for 0");
  }, { ...onDisk, disk });
});

Deno.test("ClassicGroups does not answer a static member that comes back before its new id is on disk", () => {
  runBroker(function* (broker) {
    yield* stableGroup(broker, [new GroupMember(broker, { instanceId: "static" })]);
    broker.ioWorker.hold(["sync"]);
    const second = new GroupMember(broker, { instanceId: "static" });
    yield* second.beginJoin();
    assert.ok(second.client.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.equal(second.receiveJoin().errorCode, ErrorCode.NONE);
  }, onDisk);
});

Deno.test("ClassicGroups knows that a group is empty, in which generation and since when", () => {
  let emptySinceMs: number | undefined;
  const { disk, clock } = runBroker(function* (broker) {
    const member = new GroupMember(broker);
    yield* stableGroup(broker, [member]);
    yield* broker.pass(1234);
    yield* member.leave();
    emptySinceMs = group(broker)!.emptySinceMs;
    assert.equal(emptySinceMs, broker.clock.wallMs);
  });
  clock.advance(100_000);
  runBroker(function* (broker) {
    assert.deepEqual([group(broker)!.state, group(broker)!.emptySinceMs], ["Empty", emptySinceMs]);
    const member = new GroupMember(broker);
    assert.equal((yield* member.join(broker)).generationId, 3);
  }, { disk, clock });
});

Deno.test("ClassicGroups passes over a record that can't be read, with a line that tells where it is", () => {
  const { disk } = runBroker(function* (broker) {
    yield* stableGroup(broker, [new GroupMember(broker)]);
    const { journal } = broker.server.broker.groups;
    const key = Uint8Array.of(0, 2, 0, 5, 0x67, 0x72, 0x6f, 0x75, 0x70);
    for (const value of [[0, 9], [0, 3, 0x7f, 0xff], []]) {
      journal.append(journal.partitionOf("group"), [{ key, value: Uint8Array.from(value) }]);
    }
    // A kind of record that is not known here.
    journal.append(0, [{ key: Uint8Array.of(0, 99), value: Uint8Array.of(1) }]);
  });
  runBroker(function* (broker) {
    yield;
    assert.equal(group(broker)!.state, "Stable");
    const warnings = broker.lines.filter((line) => line.startsWith("warn"));
    assert.equal(warnings.length, 3);
    assert.match(
      warnings[0]!,
      /__consumer_offsets-\d+ has a record of a group at offset \d+ that can't be read/,
    );
  }, { disk });
});
