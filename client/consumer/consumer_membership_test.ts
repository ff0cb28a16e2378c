/**
 * ConsumerMembership beside a coordinator that is as simple as can be: it shares partitions out evenly, gives each member
 * only what nobody else holds, and forgets who is silent. Over a network that delays and loses; from seeds, which are printed.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ConsumerGroupHeartbeatResponse } from "../../protocol/messages/68_consumer_group_heartbeat.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import {
  ConsumerMembership,
  type ConsumerMembershipAction,
  type MemberHeartbeat,
} from "./consumer_membership.ts";

const SESSION_MS = 2000;
const INTERVAL_MS = 500;
const TOPIC = { id: "id-a", name: "a" };

type Answer = ConsumerGroupHeartbeatResponse;

interface KnownMember {
  epoch: number;
  /** What it was given, and has not said to hold no more. */
  held: Set<number>;
  seenAtMs: number;
}

class DumbCoordinator {
  readonly members = new Map<string, KnownMember>();
  #epoch = 0;

  constructor(public partitionCount: number) {}

  heartbeat({ memberId, memberEpoch, topicPartitions }: MemberHeartbeat, nowMs: number): Answer {
    this.forgetSilent(nowMs);
    if (memberEpoch < 0) {
      this.members.delete(memberId);
      this.#epoch++;
      return this.#answer(memberId, memberEpoch, null);
    }
    let member = this.members.get(memberId);
    if (memberEpoch === 0) {
      this.members.set(memberId, member = { epoch: 0, held: new Set(), seenAtMs: nowMs });
      this.#epoch++;
    }
    if (member === undefined) return this.#refusal(ErrorCode.UNKNOWN_MEMBER_ID);
    const told = topicPartitions?.flatMap(({ partitions }) => [...partitions]);
    const isBehind = memberEpoch !== member.epoch;
    // Its last answer may have been lost: then it tells what it holds, and holds nothing that it was not given.
    if (isBehind && (told === undefined || told.some((one) => !member.held.has(one)))) {
      return this.#refusal(ErrorCode.FENCED_MEMBER_EPOCH);
    }
    member.seenAtMs = nowMs;
    const target = this.#targetOf(memberId);
    const free = target.filter((one) => [...this.members.values()].every(({ held }) => !held.has(one)));
    // What it may keep it holds until it says otherwise.
    if (told !== undefined && memberEpoch !== 0) {
      member.held = new Set([...member.held].filter((one) => told.includes(one) || target.includes(one)));
    }
    for (const one of free) member.held.add(one);
    member.epoch = this.#epoch;
    return this.#answer(memberId, member.epoch, target.filter((one) => member.held.has(one)));
  }

  forgetSilent(nowMs: number): void {
    for (const [memberId, { seenAtMs }] of this.members) {
      if (nowMs - seenAtMs < SESSION_MS) continue;
      this.members.delete(memberId);
      this.#epoch++;
    }
  }

  #targetOf(memberId: string): number[] {
    const ids = [...this.members.keys()].sort();
    return Array.from({ length: this.partitionCount }, (_, i) => i)
      .filter((partition) => ids[partition % ids.length] === memberId);
  }

  #answer(memberId: string, memberEpoch: number, partitions: number[] | null): Answer {
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      memberId,
      memberEpoch,
      heartbeatIntervalMs: INTERVAL_MS,
      assignment: partitions && { topicPartitions: [{ topicId: TOPIC.id, partitions }] },
    };
  }

  #refusal(errorCode: number): Answer {
    return { ...this.#answer("", 0, null), errorCode };
  }
}

class World {
  nowMs = 0;
  lossPercent = 0;
  readonly coordinator = new DumbCoordinator(6);
  readonly members: Member[] = [];
  #events: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(readonly random: SeededRandom) {}

  later(ms: number, run: () => void): void {
    const atMs = this.nowMs + ms;
    const index = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(index < 0 ? this.#events.length : index, 0, { atMs, run });
  }

  isLost(): boolean {
    return this.random.below(100) < this.lossPercent;
  }

  pass(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += 5) {
      for (const member of this.members) member.tick();
      while ((this.#events[0]?.atMs ?? Infinity) <= this.nowMs) this.#events.shift()!.run();
      this.check();
    }
  }

  check(): void {
    const owned = this.members.flatMap((member) => [...member.owned]);
    equal(new Set(owned).size, owned.length, `owned twice at ${this.nowMs}: ${owned}`);
  }
}

class Member {
  readonly owned = new Set<number>();
  readonly membership: ConsumerMembership;
  isIsolated = false;

  constructor(readonly world: World, readonly name: string) {
    this.membership = new ConsumerMembership({
      groupId: "group",
      memberId: name,
      // Its own idea of a session is a little shorter than the coordinator's, as clocks may differ.
      sessionTimeoutMs: SESSION_MS - 100,
      rebalanceTimeoutMs: 10_000,
      random: () => world.random.below(1000) / 1000,
    });
  }

  subscribe(): void {
    this.membership.subscribe(["a"], this.world.nowMs);
    this.carryOn();
  }

  leave(): void {
    this.owned.clear();
    this.membership.leave();
    this.carryOn();
  }

  tick(): void {
    if (this.membership.dueMs > this.world.nowMs) return;
    this.membership.tick(this.world.nowMs);
    this.carryOn();
  }

  carryOn(): void {
    for (const action of this.membership.takeActions()) this.#do(action);
  }

  #do(action: ConsumerMembershipAction): void {
    const { world, membership } = this;
    const then = (run: () => void) => () => {
      run();
      this.carryOn();
    };
    switch (action.kind) {
      case "assigned":
        return action.added.forEach(({ partition }) => this.owned.add(partition));
      case "failed":
        throw action.error;
      case "name": {
        const names = world.isLost() ? new Map() : new Map([[TOPIC.id, TOPIC.name]]);
        return world.later(world.random.below(50), then(() => membership.named(names, world.nowMs)));
      }
      case "revoke": {
        const drop = () => action.partitions.forEach(({ partition }) => this.owned.delete(partition));
        if (action.isLost) drop();
        return world.later(
          world.random.below(800),
          then(() => {
            if (membership.phase === "revoking" && !action.isLost) drop();
            membership.revoked(action.round, world.nowMs);
          }),
        );
      }
      case "leave":
        if (!world.isLost()) {
          world.later(
            world.random.below(30),
            () => world.coordinator.heartbeat(action.heartbeat, world.nowMs),
          );
        }
        return;
      case "heartbeat": {
        const fail = then(() => membership.unanswered(action.round, world.nowMs));
        if (this.isIsolated || world.isLost()) return world.later(300, fail);
        return world.later(world.random.below(30), () => {
          const answer = world.coordinator.heartbeat(action.heartbeat, world.nowMs);
          if (world.isLost()) return world.later(300, fail);
          world.later(
            world.random.below(30),
            then(() => membership.answered(action.round, answer, world.nowMs)),
          );
        });
      }
    }
  }
}

Deno.test("ConsumerMembership members own nothing together, through losses, isolation and leaving, and settle", () => {
  const first = testSeed();
  for (let seed = first; seed < first + 150; seed++) {
    const random = new SeededRandom(seed);
    const world = new World(random);
    try {
      world.lossPercent = random.pick([0, 10, 30]);
      for (let step = 0; step < 60; step++) {
        const chance = random.below(100);
        const member = world.members[random.below(Math.max(1, world.members.length))];
        if (member === undefined || (chance < 15 && world.members.length < 4)) {
          const added = new Member(world, `m${step}`);
          world.members.push(added);
          added.subscribe();
        } else if (chance < 25) {
          member.leave();
          world.members.splice(world.members.indexOf(member), 1);
        } else if (chance < 35) member.isIsolated = !member.isIsolated;
        else if (chance < 40) world.coordinator.partitionCount++;
        else world.pass(random.below(1500));
      }
      world.lossPercent = 0;
      for (const member of world.members) member.isIsolated = false;
      if (world.members.length === 0) {
        const last = new Member(world, "last");
        world.members.push(last);
        last.subscribe();
      }
      world.pass(20_000);
      const owned = world.members.flatMap((member) => [...member.owned]).sort((a, b) => a - b);
      deepEqual(owned, Array.from({ length: world.coordinator.partitionCount }, (_, i) => i));
      ok(world.members.every(({ membership }) => membership.isSettled));
    } catch (error) {
      throw new Error(`MILENA_TEST_SEED=${seed} brings this again: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
});

/** A member that holds both partitions of "a". */
function settled(): ConsumerMembership {
  const membership = new ConsumerMembership({
    groupId: "group",
    memberId: "m",
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: 10_000,
    random: () => 0.5,
  });
  membership.subscribe(["a"], 0);
  answer(membership, { memberEpoch: 1, assignment: [0, 1] }, 1);
  membership.takeActions();
  membership.named(new Map([[TOPIC.id, TOPIC.name]]), 2);
  return membership;
}

/** Answers the heartbeat that is on its way. */
function answer(
  membership: ConsumerMembership,
  { errorCode = 0, memberEpoch = 1, assignment = null as number[] | null },
  nowMs: number,
): void {
  const round = membership.takeActions().findLast((action) => action.kind === "heartbeat")?.round ?? 1;
  membership.answered(round, {
    throttleTimeMs: 0,
    errorCode,
    errorMessage: null,
    memberId: "m",
    memberEpoch,
    heartbeatIntervalMs: INTERVAL_MS,
    assignment: assignment && { topicPartitions: [{ topicId: TOPIC.id, partitions: assignment }] },
  }, nowMs);
}

const a = (partition: number) => ({ topic: "a", partition });

Deno.test("ConsumerMembership tells that it holds no more only what was given up", () => {
  const membership = settled();
  const [assigned, acknowledged] = membership.takeActions();
  deepEqual(assigned, { kind: "assigned", added: [a(0), a(1)] });
  ok(acknowledged?.kind === "heartbeat");
  deepEqual(acknowledged.heartbeat.topicPartitions, [{ topicId: TOPIC.id, partitions: [0, 1] }]);
  membership.answered(acknowledged.round, {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: null,
    memberId: "m",
    memberEpoch: 1,
    heartbeatIntervalMs: INTERVAL_MS,
    assignment: { topicPartitions: [{ topicId: TOPIC.id, partitions: [1] }] },
  }, 3);
  const [revoke] = membership.takeActions();
  ok(revoke?.kind === "revoke" && !revoke.isLost);
  deepEqual(revoke.partitions, [a(0)]);
  membership.tick(3 + INTERVAL_MS);
  const [meanwhile] = membership.takeActions();
  ok(meanwhile?.kind === "heartbeat");
  equal(meanwhile.heartbeat.topicPartitions, null, "it still holds both");
  membership.answered(meanwhile.round, {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: null,
    memberId: "m",
    memberEpoch: 1,
    heartbeatIntervalMs: INTERVAL_MS,
    assignment: null,
  }, 600);
  membership.revoked(revoke.round, 700);
  const [told] = membership.takeActions();
  ok(told?.kind === "heartbeat");
  deepEqual(told.heartbeat.topicPartitions, [{ topicId: TOPIC.id, partitions: [1] }]);
});

Deno.test("ConsumerMembership that is fenced has lost all, and joins again when that is told", () => {
  const membership = settled();
  answer(membership, { errorCode: ErrorCode.FENCED_MEMBER_EPOCH }, 10);
  const [lost, ...others] = membership.takeActions();
  deepEqual(lost, { kind: "revoke", round: 1, partitions: [a(0), a(1)], isLost: true });
  deepEqual(others, []);
  equal(membership.epoch, -1);
  membership.sessionLost(11);
  deepEqual(membership.takeActions(), [], "once");
  membership.revoked(1, 20);
  const [join] = membership.takeActions();
  ok(join?.kind === "heartbeat");
  deepEqual(
    [join.heartbeat.memberEpoch, join.heartbeat.topicPartitions, join.heartbeat.subscribedTopicNames],
    [0, [], ["a"]],
  );
});

Deno.test("ConsumerMembership treats a session as over in which it has heard nothing", () => {
  const membership = settled();
  membership.takeActions();
  ok(membership.dueMs <= SESSION_MS);
  membership.tick(SESSION_MS);
  const lost = membership.takeActions().find(({ kind }) => kind === "revoke");
  ok(lost?.kind === "revoke" && lost.isLost);
});

Deno.test("ConsumerMembership that can't be a member says why, and leaves by its own id when it was never answered", () => {
  const membership = settled();
  answer(membership, { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }, 10);
  deepEqual(membership.takeActions().map(({ kind }) => kind), ["revoke", "failed"]);
  equal(membership.phase, "failed");
  const joining = new ConsumerMembership({
    groupId: "group",
    memberId: "j",
    instanceId: "static",
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: 10_000,
    random: () => 0.5,
  });
  joining.subscribe(["a"], 0);
  joining.takeActions();
  joining.leave();
  const [leave] = joining.takeActions();
  ok(leave?.kind === "leave");
  deepEqual([leave.heartbeat.memberId, leave.heartbeat.memberEpoch], ["j", -2], "a static member comes back");
});
