import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import { ConsumerProtocolSubscription } from "../../../protocol/consumer_protocol.ts";
import { encodeVersioned } from "../../../protocol/versioned.ts";
import type { Effects, GroupWrite, JoinAnswer, JoinEvent, SyncAnswer } from "./classic_events.ts";
import { ClassicGroup } from "./classic_group.ts";
import { groupRecord, readGroupRecord } from "./group_record.ts";

const START_MS = 1000;
const WALL_MS = 1_700_000_000_000;
const SESSION_MS = 10_000;
const REBALANCE_MS = 30_000;
const DELAY_MS = 3000;

interface Joining extends Partial<Omit<JoinEvent, "protocols">> {
  readonly protocols?: Readonly<Record<string, string>>;
}

/** A group with its time, and what has come out of it. */
class Driven {
  nowMs = START_MS;
  readonly joins = new Map<string, JoinAnswer[]>();
  readonly syncs = new Map<string, SyncAnswer[]>();
  readonly writes: GroupWrite[] = [];
  /** What is written is kept at once. */
  writesAtOnce = true;

  constructor(
    readonly group = new ClassicGroup({
      id: "group",
      limits: { initialRebalanceDelayMs: DELAY_MS, maxSize: 3 },
      stateSinceMs: WALL_MS,
    }),
  ) {}

  get now() {
    return { nowMs: this.nowMs, wallMs: WALL_MS + this.nowMs };
  }

  /** `name` is the new member's id, and the name its answers are kept under. */
  join(name: string, { protocols = { range: "" }, ...event }: Joining = {}): JoinAnswer | undefined {
    this.take(this.group.join({
      memberId: "",
      newMemberId: name,
      instanceId: null,
      clientId: "client",
      clientHost: "/127.0.0.1",
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: "consumer",
      requiresMemberId: false,
      knowsSkipAssignment: true,
      waiter: (answer) => this.#note(this.joins, name, answer),
      ...event,
      protocols: Object.entries(protocols).map(([name, text]) => ({
        name,
        metadata: new TextEncoder().encode(text),
      })),
    }, this.now));
    return this.joined(name);
  }

  rejoin(name: string, event: Joining = {}): JoinAnswer | undefined {
    return this.join(name, { memberId: name, ...event });
  }

  /** `assigned`: a text for each member's id. */
  sync(name: string, assigned: Readonly<Record<string, string>> = {}, event = {}): SyncAnswer | undefined {
    this.take(this.group.sync({
      memberId: name,
      instanceId: null,
      generationId: this.group.generationId,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assigned).map(([memberId, text]) => ({
        memberId,
        assignment: new TextEncoder().encode(text),
      })),
      waiter: (answer) => this.#note(this.syncs, name, answer),
      ...event,
    }));
    return this.synced(name);
  }

  /** The newest answer, which is then forgotten. */
  joined(name: string): JoinAnswer | undefined {
    return this.joins.get(name)?.pop();
  }

  synced(name: string): SyncAnswer | undefined {
    return this.syncs.get(name)?.pop();
  }

  heartbeat(name: string, generationId = this.group.generationId, instanceId: string | null = null): number {
    return this.group.heartbeat(name, instanceId, generationId, this.nowMs);
  }

  leave(...names: readonly string[]): readonly number[] {
    const leaving = names.map((memberId) => ({ memberId, groupInstanceId: null }));
    const { errorCodes, effects } = this.group.leave(leaving, this.now);
    this.take(effects);
    return errorCodes;
  }

  /** Lets time pass, doing what is due when it is. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.group.wakeMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.group.wakeMs);
      this.take(this.group.expire(this.now));
    }
    this.nowMs = untilMs;
  }

  written(): void {
    this.take(this.group.written(this.writes.pop()!, this.now));
  }

  writeFailed(errorCode: number = ErrorCode.COORDINATOR_NOT_AVAILABLE): void {
    this.take(this.group.writeFailed(this.writes.pop()!, errorCode, this.now));
  }

  /** `names` are members of a stable group; the first one leads. */
  stabilize(...names: readonly string[]): this {
    for (const name of names) this.join(name, { instanceId: name.startsWith("static") ? name : null });
    this.pass(2 * DELAY_MS);
    for (const name of names) assert.equal(codeOf(this.joined(name)), ErrorCode.NONE);
    const assigned = Object.fromEntries(names.map((name) => [name, `part of ${name}`]));
    for (const name of names) assert.equal(textOf(this.sync(name, assigned)), `part of ${name}`);
    assert.equal(this.group.state, "Stable");
    return this;
  }

  take({ write, joins, syncs }: Effects): void {
    for (const { waiter, answer } of joins) waiter(answer);
    for (const { waiter, answer } of syncs) waiter(answer);
    if (write === undefined) return;
    this.writes.push(write);
    if (this.writesAtOnce) this.written();
  }

  #note<T>(answers: Map<string, T[]>, name: string, answer: T): void {
    answers.set(name, [...answers.get(name) ?? [], answer]);
  }
}

function textOf(answer: SyncAnswer | undefined): string {
  assert.equal(answer?.errorCode, ErrorCode.NONE);
  return new TextDecoder().decode(answer.assignment);
}

function codeOf(answer: { readonly errorCode: number } | undefined): number | undefined {
  return answer?.errorCode;
}

Deno.test("ClassicGroup waits for more members as long as some come, at most the rebalance timeout", () => {
  const driven = new Driven();
  driven.join("a", { rebalanceTimeoutMs: 7000 });
  driven.pass(DELAY_MS - 1);
  driven.join("b", { rebalanceTimeoutMs: 7000 });
  driven.pass(DELAY_MS);
  assert.equal(driven.joined("a"), undefined);
  driven.join("c", { rebalanceTimeoutMs: 7000 });
  // 3 s, 3 s more for b, and the 1 s that is left of 7 for c.
  driven.pass(7000 - 2 * DELAY_MS);
  assert.equal(driven.joined("a"), undefined);
  driven.pass(1);
  for (const name of ["a", "b", "c"]) assert.equal(codeOf(driven.joined(name)), ErrorCode.NONE);
});

Deno.test("ClassicGroup does not wait where the initial delay is 0", () => {
  const driven = new Driven(
    new ClassicGroup({
      id: "group",
      limits: { initialRebalanceDelayMs: 0, maxSize: 3 },
      stateSinceMs: undefined,
    }),
  );
  driven.join("a");
  driven.pass(0);
  assert.equal(driven.joined("a")?.generationId, 1);
});

Deno.test("ClassicGroup tells the leader of all members, and the others of the leader alone", () => {
  const driven = new Driven();
  driven.join("a", { protocols: { range: "1" } });
  driven.join("b", { protocols: { range: "2" }, instanceId: "instance" });
  driven.pass(2 * DELAY_MS);
  const leader = driven.joined("a")!;
  assert.deepEqual(
    leader.members.map((member) => [
      member.memberId,
      member.groupInstanceId,
      new TextDecoder().decode(member.metadata),
    ]),
    [["a", null, "1"], ["b", "instance", "2"]],
  );
  const follower = driven.joined("b")!;
  assert.deepEqual([follower.leader, follower.members], ["a", []]);
  assert.deepEqual([leader.protocolType, leader.protocolName], ["consumer", "range"]);
});

Deno.test("ClassicGroup keeps copies of what members say and are assigned", () => {
  const driven = new Driven();
  const metadata = Uint8Array.of(1);
  driven.join("a", { protocols: { range: "x" } });
  driven.take(driven.group.join({
    memberId: "",
    newMemberId: "b",
    instanceId: null,
    clientId: "",
    clientHost: "",
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: REBALANCE_MS,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata }],
    requiresMemberId: false,
    knowsSkipAssignment: false,
    waiter: () => {},
  }, driven.now));
  metadata.fill(9);
  driven.pass(2 * DELAY_MS);
  assert.deepEqual(driven.joined("a")!.members[1]!.metadata, Uint8Array.of(1));
  const assignment = Uint8Array.of(2);
  driven.sync("a", {}, { assignments: [{ memberId: "b", assignment }] });
  assignment.fill(9);
  assert.deepEqual(driven.group.member("b")!.assignment, Uint8Array.of(2));
});

Deno.test("ClassicGroup gives a member an id first where that is asked for, and forgets it when it does not come again", () => {
  const driven = new Driven().stabilize("a");
  const required = driven.join("b", { requiresMemberId: true })!;
  assert.deepEqual([required.errorCode, required.memberId], [ErrorCode.MEMBER_ID_REQUIRED, "b"]);
  // A rebalance waits for it.
  driven.rejoin("a", { protocols: { range: "changed" } });
  assert.equal(driven.joined("a"), undefined);
  driven.pass(SESSION_MS - 1);
  assert.equal(driven.joined("a"), undefined);
  driven.pass(1);
  assert.equal(driven.joined("a")?.generationId, 2);
  assert.equal(codeOf(driven.rejoin("b")), ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("ClassicGroup takes in a member that comes again with the id it was given", () => {
  const driven = new Driven();
  driven.join("a", { requiresMemberId: true });
  driven.joined("a");
  assert.equal(driven.group.state, "Empty");
  driven.rejoin("a");
  driven.pass(DELAY_MS);
  assert.equal(driven.joined("a")?.memberId, "a");
});

Deno.test("ClassicGroup does not give an id first to a static member, which has a name", () => {
  const driven = new Driven();
  assert.equal(driven.join("a", { requiresMemberId: true, instanceId: "instance" }), undefined);
  driven.pass(DELAY_MS);
  assert.equal(codeOf(driven.joined("a")), ErrorCode.NONE);
});

Deno.test("ClassicGroup lets go of dynamic members that do not join in time, and of no static ones", () => {
  const driven = new Driven().stabilize("a", "b", "static");
  driven.rejoin("a", { protocols: { range: "changed" } });
  for (let ms = 0; ms < REBALANCE_MS; ms += SESSION_MS / 2) {
    assert.equal(driven.heartbeat("b"), ErrorCode.REBALANCE_IN_PROGRESS);
    assert.equal(driven.heartbeat("static"), ErrorCode.REBALANCE_IN_PROGRESS);
    driven.pass(SESSION_MS / 2);
  }
  assert.deepEqual(driven.joined("a")!.members.map(({ memberId }) => memberId), ["a", "static"]);
  assert.equal(driven.heartbeat("b"), ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("ClassicGroup lets another member lead if the leader has not joined", () => {
  const driven = new Driven().stabilize("static", "b");
  driven.rejoin("b", { protocols: { range: "changed" } });
  driven.pass(SESSION_MS - 1);
  driven.heartbeat("static");
  driven.pass(SESSION_MS - 1);
  driven.heartbeat("static");
  driven.pass(SESSION_MS - 1);
  driven.heartbeat("static");
  driven.pass(3);
  const answer = driven.joined("b")!;
  assert.deepEqual([answer.leader, answer.members.length], ["b", 2]);
});

Deno.test("ClassicGroup goes on waiting if nobody has joined in time", () => {
  const driven = new Driven().stabilize("static a", "static b", "c");
  assert.deepEqual(driven.leave("c"), [ErrorCode.NONE]);
  for (let ms = 0; ms < 3 * REBALANCE_MS; ms += SESSION_MS / 2) {
    driven.heartbeat("static a");
    driven.heartbeat("static b");
    driven.pass(SESSION_MS / 2);
  }
  assert.deepEqual([driven.group.state, driven.group.generationId], ["PreparingRebalance", 1]);
  driven.rejoin("static b", { instanceId: "static b" });
  driven.rejoin("static a", { instanceId: "static a" });
  assert.equal(driven.joined("static b")?.generationId, 2);
});

Deno.test("ClassicGroup takes a request that waits for a sign of life, and silence after it for none", () => {
  const driven = new Driven().stabilize("a", "b");
  driven.rejoin("a", { protocols: { range: "changed" } });
  for (let ms = 0; ms < REBALANCE_MS - 1000; ms += SESSION_MS / 2) {
    driven.heartbeat("b");
    driven.pass(SESSION_MS / 2);
  }
  // Three sessions have passed since it was heard of.
  assert.equal(driven.joined("a")?.errorCode, ErrorCode.NONE);
  driven.pass(SESSION_MS);
  assert.deepEqual([driven.group.state, driven.group.memberCount], ["Empty", 0]);
});

Deno.test("ClassicGroup lets go of a new member whose join has waited for five minutes", () => {
  const driven = new Driven().stabilize("static");
  const patience = { rebalanceTimeoutMs: 3_600_000 };
  driven.join("b", patience);
  for (let ms = 0; ms < 5 * 60_000; ms += 5000) {
    assert.equal(driven.joined("b"), undefined);
    driven.heartbeat("static");
    driven.pass(5000);
  }
  assert.equal(codeOf(driven.joined("b")), ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("ClassicGroup lets go of members that never ask for their assignment, and rebalances without them", () => {
  const driven = new Driven().stabilize("a", "b");
  driven.rejoin("a", { protocols: { range: "changed" } });
  driven.rejoin("b");
  assert.equal(driven.joined("a")?.generationId, 2);
  driven.sync("a", { a: "all" });
  assert.equal(textOf(driven.synced("a") ?? driven.sync("a")), "all");
  for (let ms = 0; ms < REBALANCE_MS; ms += SESSION_MS / 2) {
    driven.heartbeat("a");
    driven.heartbeat("b");
    driven.pass(SESSION_MS / 2);
  }
  assert.deepEqual([driven.group.state, driven.group.memberCount], ["PreparingRebalance", 1]);
  assert.equal(driven.heartbeat("b"), ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("ClassicGroup waits for syncs as long as its most patient member, and wakes then", () => {
  const driven = new Driven();
  driven.join("a", { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 4000 });
  driven.join("b", { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 7000 });
  // The group waits for more members as long as the first one is patient.
  driven.pass(4000);
  assert.equal(driven.group.state, "CompletingRebalance");
  driven.sync("a");
  driven.pass(6999);
  assert.equal(driven.group.memberCount, 2);
  driven.pass(1);
  assert.deepEqual([driven.group.state, driven.group.memberCount], ["PreparingRebalance", 1]);
});

Deno.test("ClassicGroup rebalances when the leader joins again, and answers a follower that says nothing new at once", () => {
  const driven = new Driven().stabilize("a", "b");
  const follower = driven.rejoin("b")!;
  assert.deepEqual([follower.errorCode, follower.generationId, follower.leader], [ErrorCode.NONE, 1, "a"]);
  assert.equal(driven.group.state, "Stable");
  assert.equal(driven.rejoin("a"), undefined);
  assert.equal(driven.group.state, "PreparingRebalance");
  assert.equal(driven.heartbeat("b"), ErrorCode.REBALANCE_IN_PROGRESS);
});

Deno.test("ClassicGroup repeats the answer of a join that was lost on the way", () => {
  const driven = new Driven();
  driven.join("a");
  driven.pass(DELAY_MS);
  const first = driven.joined("a");
  assert.deepEqual(driven.rejoin("a"), first);
  assert.equal(driven.group.state, "CompletingRebalance");
});

Deno.test("ClassicGroup sends waiting syncs away when somebody joins", () => {
  const driven = new Driven();
  driven.join("a");
  driven.join("b");
  driven.pass(2 * DELAY_MS);
  assert.equal(driven.sync("b"), undefined);
  driven.join("c");
  assert.equal(codeOf(driven.synced("b")), ErrorCode.REBALANCE_IN_PROGRESS);
  assert.equal(codeOf(driven.sync("a")), ErrorCode.REBALANCE_IN_PROGRESS);
});

Deno.test("ClassicGroup answers a request when a later one of the member takes its place", () => {
  const driven = new Driven().stabilize("a", "b");
  assert.equal(driven.rejoin("a"), undefined);
  // What comes out is the answer to the first.
  assert.equal(codeOf(driven.rejoin("a")), ErrorCode.REBALANCE_IN_PROGRESS);
  driven.rejoin("b");
  assert.equal(driven.joined("a")?.generationId, 2);
  assert.equal(driven.sync("b"), undefined);
  assert.equal(codeOf(driven.sync("b")), ErrorCode.REBALANCE_IN_PROGRESS);
});

Deno.test("ClassicGroup checks a sync as Kafka does", () => {
  const driven = new Driven().stabilize("a");
  assert.equal(codeOf(driven.sync("b")), ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(codeOf(driven.sync("a", {}, { generationId: 0 })), ErrorCode.ILLEGAL_GENERATION);
  assert.equal(
    codeOf(driven.sync("a", {}, { protocolType: "connect" })),
    ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
  );
  assert.equal(
    codeOf(driven.sync("a", {}, { protocolName: "sticky" })),
    ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
  );
  assert.equal(codeOf(driven.sync("a", {}, { instanceId: "x" })), ErrorCode.UNKNOWN_MEMBER_ID);
  const answer = driven.sync("a", {}, { protocolType: "consumer", protocolName: "range" })!;
  assert.deepEqual([answer.protocolType, answer.protocolName], ["consumer", "range"]);
});

Deno.test("ClassicGroup is stable when what the leader assigned is kept, and not before", () => {
  const driven = new Driven();
  driven.join("a");
  driven.join("b");
  driven.pass(2 * DELAY_MS);
  driven.writesAtOnce = false;
  assert.equal(driven.sync("a", { a: "1", stranger: "2" }), undefined);
  assert.equal(driven.sync("b"), undefined);
  const { value } = driven.writes[0]!;
  assert.deepEqual(
    value.members.map(({ memberId, assignment }) => [memberId, new TextDecoder().decode(assignment)]),
    [["a", "1"], ["b", ""]],
  );
  driven.written();
  assert.equal(driven.group.state, "Stable");
  assert.deepEqual([textOf(driven.synced("a")), textOf(driven.synced("b"))], ["1", ""]);
});

Deno.test("ClassicGroup takes the first that its leader assigns in a generation, so that memory and journal agree", () => {
  const driven = new Driven();
  driven.join("a");
  driven.pass(DELAY_MS);
  driven.writesAtOnce = false;
  driven.sync("a", { a: "first" });
  driven.sync("a", { a: "second" });
  assert.equal(driven.writes.length, 1);
  driven.written();
  assert.equal(textOf(driven.synced("a")), "first");
});

Deno.test("ClassicGroup rebalances if what the leader assigned can't be kept", () => {
  const driven = new Driven();
  driven.join("a");
  driven.join("b");
  driven.pass(2 * DELAY_MS);
  driven.writesAtOnce = false;
  driven.sync("a", { a: "1" });
  driven.sync("b");
  driven.writeFailed(ErrorCode.NOT_COORDINATOR);
  assert.deepEqual(
    [codeOf(driven.synced("a")), codeOf(driven.synced("b"))],
    [ErrorCode.NOT_COORDINATOR, ErrorCode.NOT_COORDINATOR],
  );
  assert.equal(driven.group.state, "PreparingRebalance");
});

Deno.test("ClassicGroup does not mind an outcome that comes when the group has gone on", () => {
  const driven = new Driven();
  driven.join("a");
  driven.pass(DELAY_MS);
  driven.writesAtOnce = false;
  driven.sync("a", { a: "1" });
  driven.join("b");
  driven.written();
  assert.equal(driven.group.state, "PreparingRebalance");
  assert.equal(codeOf(driven.synced("a")), ErrorCode.REBALANCE_IN_PROGRESS);
});

Deno.test("ClassicGroup gives a static member that comes back its place, without a rebalance", () => {
  const driven = new Driven().stabilize("static a", "b");
  driven.writesAtOnce = false;
  assert.equal(driven.join("new", { instanceId: "static a" }), undefined);
  driven.written();
  const answer = driven.joined("new")!;
  assert.deepEqual(
    [answer.errorCode, answer.generationId, answer.leader, answer.skipAssignment, answer.members.length],
    [ErrorCode.NONE, 1, "new", true, 2],
  );
  assert.equal(driven.group.state, "Stable");
  assert.equal(textOf(driven.sync("new")), "part of static a");
  // Whoever has the old id is out.
  assert.equal(driven.heartbeat("static a", 1, "static a"), ErrorCode.FENCED_INSTANCE_ID);
  assert.equal(driven.heartbeat("static a", 1), ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(
    codeOf(driven.rejoin("static a", { instanceId: "static a" })),
    ErrorCode.FENCED_INSTANCE_ID,
  );
  assert.equal(driven.heartbeat("new", 1, "static a"), ErrorCode.NONE);
});

Deno.test("ClassicGroup does not let an older client that comes back think it leads", () => {
  const driven = new Driven().stabilize("static a", "b");
  const answer = driven.join("new", { instanceId: "static a", knowsSkipAssignment: false })!;
  assert.deepEqual([answer.leader, answer.members, answer.skipAssignment], ["static a", [], false]);
});

Deno.test("ClassicGroup lets a static follower that comes back know that it follows", () => {
  const driven = new Driven().stabilize("a", "static b");
  const answer = driven.join("new", { instanceId: "static b" })!;
  assert.deepEqual([answer.leader, answer.members, answer.skipAssignment], ["a", [], false]);
});

Deno.test("ClassicGroup fences the requests of the static member before that still wait", () => {
  const driven = new Driven();
  driven.join("a");
  driven.join("old", { instanceId: "x" });
  driven.join("new", { instanceId: "x" });
  assert.equal(codeOf(driven.joined("old")), ErrorCode.FENCED_INSTANCE_ID);
  driven.pass(2 * DELAY_MS);
  assert.equal(codeOf(driven.joined("new")), ErrorCode.NONE);
  driven.sync("new", {}, { instanceId: "x" });
  driven.join("newer", { instanceId: "x" });
  assert.equal(codeOf(driven.synced("new")), ErrorCode.FENCED_INSTANCE_ID);
  // The leader may know the old id already: all begin anew.
  assert.equal(driven.group.state, "PreparingRebalance");
});

Deno.test("ClassicGroup rebalances if a static member that comes back changes the protocol", () => {
  const driven = new Driven();
  driven.join("a", { instanceId: "x", protocols: { range: "", sticky: "" } });
  driven.pass(DELAY_MS);
  driven.sync("a");
  driven.joined("a");
  assert.equal(driven.group.protocolName, "range");
  assert.equal(
    driven.join("new", { instanceId: "x", protocols: { sticky: "", range: "" } })?.generationId,
    2,
  );
  assert.equal(driven.group.protocolName, "sticky");
});

Deno.test("ClassicGroup gives the place back if the static member's new id can't be kept", () => {
  const driven = new Driven().stabilize("static a", "b");
  const before = driven.group.value();
  driven.writesAtOnce = false;
  driven.join("new", { instanceId: "static a", protocols: { range: "changed" } });
  driven.writeFailed();
  assert.equal(codeOf(driven.joined("new")), ErrorCode.COORDINATOR_NOT_AVAILABLE);
  assert.equal(driven.heartbeat("static a", 1, "static a"), ErrorCode.NONE);
  assert.equal(driven.heartbeat("new", 1, "static a"), ErrorCode.FENCED_INSTANCE_ID);
  const after = driven.group.value();
  assert.deepEqual([after.leader, new Set(after.members)], [before.leader, new Set(before.members)]);
});

Deno.test("ClassicGroup still waits for the sync of a static member that has come back", () => {
  const driven = new Driven();
  driven.join("a");
  driven.join("old", { instanceId: "x" });
  driven.pass(2 * DELAY_MS);
  driven.sync("a");
  assert.equal(driven.group.state, "Stable");
  driven.join("new", { instanceId: "x" });
  for (let ms = 0; ms < REBALANCE_MS; ms += SESSION_MS / 2) {
    driven.heartbeat("a");
    driven.heartbeat("new");
    driven.pass(SESSION_MS / 2);
  }
  assert.deepEqual([driven.group.state, driven.group.memberCount], ["PreparingRebalance", 1]);
});

Deno.test("ClassicGroup waits for no sync that was given up with the static member before", () => {
  const driven = new Driven();
  driven.join("a");
  driven.join("old", { instanceId: "x" });
  driven.pass(2 * DELAY_MS);
  driven.sync("a");
  driven.join("new", { instanceId: "x" });
  driven.sync("new", {}, { instanceId: "x" });
  for (let ms = 0; ms < 2 * REBALANCE_MS; ms += SESSION_MS / 2) {
    driven.heartbeat("a");
    driven.heartbeat("new");
    driven.pass(SESSION_MS / 2);
  }
  assert.deepEqual([driven.group.state, driven.group.generationId], ["Stable", 1]);
});

Deno.test("ClassicGroup has room for so many members and no more", () => {
  const driven = new Driven().stabilize("a", "b", "c");
  const refused = driven.join("d")!;
  assert.deepEqual([refused.errorCode, refused.memberId], [ErrorCode.GROUP_MAX_SIZE_REACHED, ""]);
  assert.equal(driven.group.state, "Stable");
  driven.rejoin("a");
  driven.rejoin("b");
  driven.join("d");
  // Those who wait are in; the last one of the old ones has no room any more.
  assert.equal(codeOf(driven.rejoin("c")), ErrorCode.GROUP_MAX_SIZE_REACHED);
  assert.equal(driven.heartbeat("c"), ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("ClassicGroup refuses whoever has nothing in common with its members", () => {
  const driven = new Driven();
  assert.equal(codeOf(driven.join("a", { protocolType: "" })), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(codeOf(driven.join("a", { protocols: {} })), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  driven.stabilize("a");
  for (const event of [{ protocolType: "connect" }, { protocols: { sticky: "" } }]) {
    assert.equal(codeOf(driven.join("b", event)), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assert.equal(codeOf(driven.rejoin("a", event)), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }
  // An empty group takes what comes.
  driven.leave("a");
  driven.join("b", { protocolType: "connect", protocols: { sticky: "" } });
  assert.equal(driven.group.protocolType, "connect");
});

Deno.test("ClassicGroup lets members leave at once, each with an error of its own", () => {
  const driven = new Driven().stabilize("a", "static b");
  assert.deepEqual(driven.leave("nobody"), [ErrorCode.UNKNOWN_MEMBER_ID]);
  assert.equal(driven.group.state, "Stable");
  const { errorCodes, effects } = driven.group.leave([
    { memberId: "", groupInstanceId: "static b" },
    { memberId: "", groupInstanceId: "nobody" },
    { memberId: "", groupInstanceId: null },
    { memberId: "a", groupInstanceId: "static b" },
    { memberId: "a", groupInstanceId: null },
  ], driven.now);
  driven.take(effects);
  const { NONE, UNKNOWN_MEMBER_ID } = ErrorCode;
  assert.deepEqual(errorCodes, [
    NONE,
    UNKNOWN_MEMBER_ID,
    UNKNOWN_MEMBER_ID,
    // The instance has just left.
    UNKNOWN_MEMBER_ID,
    NONE,
  ]);
  assert.deepEqual([driven.group.state, driven.group.generationId], ["Empty", 2]);
});

Deno.test("ClassicGroup fences who leaves for a static member that another is", () => {
  const driven = new Driven().stabilize("a", "static b");
  const { errorCodes } = driven.group.leave([{ memberId: "a", groupInstanceId: "static b" }], driven.now);
  assert.deepEqual(errorCodes, [ErrorCode.FENCED_INSTANCE_ID]);
});

Deno.test("ClassicGroup answers the waiting requests of those who leave", () => {
  const driven = new Driven().stabilize("a", "b", "c");
  driven.rejoin("a");
  driven.leave("a");
  assert.equal(codeOf(driven.joined("a")), ErrorCode.UNKNOWN_MEMBER_ID);
  driven.rejoin("b");
  driven.rejoin("c");
  driven.sync("c");
  driven.leave("c");
  assert.equal(codeOf(driven.synced("c")), ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("ClassicGroup checks a commit as Kafka does", () => {
  const driven = new Driven();
  const check = (
    memberId: string,
    generationId: number,
    { isTransactional = false, groupInstanceId = null as string | null } = {},
  ) =>
    driven.group.checkCommit(
      { memberId, generationId, groupInstanceId, isTransactional, apiVersion: 8 },
      driven.nowMs,
    );
  assert.equal(check("", -1), ErrorCode.NONE);
  assert.equal(check("a", 1), ErrorCode.UNKNOWN_MEMBER_ID);
  driven.stabilize("a", "static b");
  assert.equal(check("a", 1), ErrorCode.NONE);
  assert.equal(check("a", 0), ErrorCode.ILLEGAL_GENERATION);
  assert.equal(check("nobody", 1), ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(check("a", 1, { groupInstanceId: "static b" }), ErrorCode.FENCED_INSTANCE_ID);
  assert.equal(check("", -1), ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(check("", -1, { isTransactional: true }), ErrorCode.NONE);
  driven.rejoin("a");
  // Who has not joined again yet may commit what it has done.
  assert.equal(check("static b", 1), ErrorCode.NONE);
  driven.rejoin("static b");
  assert.equal(check("static b", 1), ErrorCode.ILLEGAL_GENERATION);
  assert.equal(check("static b", 2), ErrorCode.REBALANCE_IN_PROGRESS);
  assert.equal(check("static b", 2, { isTransactional: true }), ErrorCode.NONE);
});

Deno.test("ClassicGroup takes a commit for a sign of life", () => {
  const driven = new Driven().stabilize("a");
  const committer = {
    memberId: "a",
    generationId: 1,
    groupInstanceId: null,
    isTransactional: false,
    apiVersion: 8,
  };
  driven.pass(SESSION_MS - 1);
  assert.equal(driven.group.checkCommit(committer, driven.nowMs), ErrorCode.NONE);
  driven.pass(SESSION_MS - 1);
  assert.equal(driven.group.memberCount, 1);
  driven.pass(1);
  assert.equal(driven.group.memberCount, 0);
});

Deno.test("ClassicGroup knows what its members subscribe to, and takes what it can't read for everything", () => {
  const subscription = (...topics: string[]) => encodeVersioned(ConsumerProtocolSubscription, 1, { topics });
  const group = (...metadata: Uint8Array[]) =>
    ClassicGroup.restored("group", {
      protocolType: "consumer",
      generation: 1,
      protocol: "range",
      leader: "0",
      currentStateTimestamp: -1,
      members: metadata.map((subscription, index) => ({
        memberId: String(index),
        groupInstanceId: null,
        clientId: "",
        clientHost: "",
        rebalanceTimeout: 1,
        sessionTimeout: 1,
        subscription,
        assignment: new Uint8Array(0),
      })),
    }, { initialRebalanceDelayMs: 0, maxSize: 9 });
  const known = group(subscription("a"), subscription("b", "c"));
  assert.deepEqual(["a", "c", "d"].map((topic) => known.isSubscribedTo(topic)), [true, true, false]);
  assert.equal(group(subscription("a"), Uint8Array.of(0)).isSubscribedTo("d"), true);
  assert.equal(group().isSubscribedTo("d"), false);
  assert.equal(
    new ClassicGroup({
      id: "simple",
      limits: { initialRebalanceDelayMs: 0, maxSize: 1 },
      stateSinceMs: undefined,
    }).isSubscribedTo("a"),
    false,
  );
});

Deno.test("ClassicGroup is the same when it is taken from its record; its members' sessions begin anew", () => {
  const { group } = new Driven().stabilize("a", "static b");
  const record = groupRecord(group.id, group.value());
  const read = readGroupRecord(record)!;
  assert.equal(read.id, "group");
  const limits = { initialRebalanceDelayMs: DELAY_MS, maxSize: 3 };
  const driven = new Driven(ClassicGroup.restored(read.id, read.value!, limits));
  assert.deepEqual(groupRecord(group.id, driven.group.value()), record);
  driven.take(driven.group.loaded(driven.now));
  assert.equal(driven.heartbeat("a"), ErrorCode.NONE);
  driven.pass(SESSION_MS - 1);
  assert.equal(driven.group.memberCount, 2);
  driven.pass(1);
  assert.equal(driven.group.memberCount, 0);
});

Deno.test("ClassicGroup with more members than are allowed now rebalances when it is loaded", () => {
  const { group } = new Driven().stabilize("a", "b");
  const limits = { initialRebalanceDelayMs: DELAY_MS, maxSize: 1 };
  const driven = new Driven(
    ClassicGroup.restored("group", readGroupRecord(groupRecord("group", group.value()))!.value!, limits),
  );
  driven.take(driven.group.loaded(driven.now));
  assert.equal(driven.heartbeat("a"), ErrorCode.REBALANCE_IN_PROGRESS);
  driven.rejoin("b");
  assert.equal(codeOf(driven.rejoin("a")), ErrorCode.GROUP_MAX_SIZE_REACHED);
});

Deno.test("ClassicGroup that is dead answers whoever waited, and nobody else", () => {
  const driven = new Driven().stabilize("a", "b");
  driven.rejoin("a");
  driven.take(driven.group.kill(ErrorCode.NOT_COORDINATOR));
  assert.equal(codeOf(driven.joined("a")), ErrorCode.NOT_COORDINATOR);
  assert.equal(driven.group.wakeMs, Infinity);
  assert.equal(codeOf(driven.rejoin("b")), ErrorCode.COORDINATOR_NOT_AVAILABLE);
  assert.equal(codeOf(driven.sync("b")), ErrorCode.COORDINATOR_NOT_AVAILABLE);
  assert.equal(driven.heartbeat("b"), ErrorCode.COORDINATOR_NOT_AVAILABLE);
  assert.equal(driven.group.checkDelete(), ErrorCode.GROUP_ID_NOT_FOUND);
  assert.equal(driven.group.checkFetch(null, -1), ErrorCode.GROUP_ID_NOT_FOUND);
});

Deno.test("ClassicGroup answers the joins of many members in one pass, and lets many go in one", () => {
  const names = Array.from({ length: 5000 }, (_, index) => `m${index}`);
  const driven = new Driven(
    new ClassicGroup({
      id: "group",
      limits: { initialRebalanceDelayMs: DELAY_MS, maxSize: 10_000 },
      stateSinceMs: undefined,
    }),
  );
  for (const name of names) driven.join(name);
  driven.pass(REBALANCE_MS);
  assert.equal(driven.joined("m0")!.members.length, names.length);
  for (const name of names.slice(1)) assert.equal(driven.joined(name)?.generationId, 1);
  driven.pass(10 * REBALANCE_MS);
  assert.deepEqual([driven.group.state, driven.group.memberCount], ["Empty", 0]);
});
