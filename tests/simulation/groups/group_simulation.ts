/**
 * One life of a classic group, or several, from one seed: consumers of several versions join, sync, report, change, leave, go
 * silent and come back, some of them static; time passes; the journal fails, acknowledges late, or loses in a crash what it
 * has not acknowledged, and the coordinator is made anew from it.
 *
 * What must hold at any time:
 * - No partition is owned by two in one generation, and no generation that somebody owned something in comes back.
 * - A static member whose place another has taken, and a member that was told it is none, is never accepted again.
 * - Every request that waits gets one answer.
 * - What the coordinator knows of a stable group is what its journal says.
 *
 * In the end the consumers that are left settle: all of them in one generation, every partition owned. When they have gone
 * silent, too, the group is empty and nothing is waited for.
 * @module
 */
import assert from "node:assert/strict";
import { type JoinAnswer } from "../../../broker/coordinator/classic/classic_events.ts";
import { ClassicGroup } from "../../../broker/coordinator/classic/classic_group.ts";
import { ClassicGroups } from "../../../broker/coordinator/classic/classic_groups.ts";
import type { GroupConfig } from "../../../broker/config.ts";
import type { Group } from "../../../broker/coordinator/group.ts";
import { Deadlines } from "../../../broker/reactor/deadlines.ts";
import { brokerConfig, Settings } from "../../../broker/settings.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { SeededRandom } from "../../support/random.ts";
import { TestClock } from "../../support/storage_fixture.ts";
import { ModelJournal } from "./model_journal.ts";
import { type ConsumerWorld, PARTITIONS, SimulatedConsumer } from "./simulated_consumer.ts";

const STEPS = 120;
const MAX_CONSUMERS = 5;
const INSTANCES = ["x", "y", "z"];
const SESSION_MS = [6000, 8000, 15_000];
const REBALANCE_MS = [5000, 9000];
const PROTOCOLS = [["range"], ["range", "sticky"], ["sticky", "range"]];
/** Sooner than any session ends. */
const SETTLE_STEP_MS = 1000;
const SETTLE_STEPS = 150;
const BASE: GroupConfig = brokerConfig(new Settings([])).groups;

export class GroupSimulation implements ConsumerWorld {
  readonly groupId = "group";
  readonly #random: SeededRandom;
  readonly #clock = new TestClock();
  readonly #journal = new ModelJournal();
  readonly #config: GroupConfig;
  #deadlines!: Deadlines;
  #registry!: Map<string, Group>;
  groups!: ClassicGroups;
  #consumers: SimulatedConsumer[] = [];
  /** Static consumers whose place may have been taken, and who do not know. */
  #zombies: SimulatedConsumer[] = [];
  #nameCount = 0;
  /** How often the coordinator was made. */
  #life = 0;
  readonly #waiting = new Set<object>();
  /** By generation and partition: who owns it. */
  #owners = new Map<string, string>();
  #ownedGeneration = 0;
  /** Of this life. */
  #lastGeneration = 0;
  readonly #instanceMembers = new Map<string, string>();
  readonly #disowned = new Set<string>();

  constructor(seed: number) {
    const random = this.#random = new SeededRandom(seed);
    this.#config = {
      ...BASE,
      initialRebalanceDelayMs: random.pick([0, 0, 500, 3000]),
      maxSize: random.pick([2, 3, 1000, 1000, 1000]),
    };
    this.#start();
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) this.#step();
    this.#settle();
    this.#fallSilent();
  }

  // What consumers tell

  waiter<Answer>(what: string, take: (answer: Answer) => void): (answer: Answer) => void {
    const ticket = { what };
    const life = this.#life;
    this.#waiting.add(ticket);
    return (answer) => {
      assert.ok(this.#waiting.delete(ticket), `the ${what} is answered twice`);
      assert.equal(life, this.#life, `the ${what} is answered by a coordinator that is gone`);
      take(answer);
    };
  }

  joined(consumer: SimulatedConsumer, answer: JoinAnswer): void {
    const { memberId, generationId, protocolName, leader, members } = answer;
    const { instanceId, protocols } = consumer.options;
    assert.ok(
      generationId >= this.#lastGeneration,
      `generation ${generationId} after ${this.#lastGeneration}`,
    );
    this.#lastGeneration = generationId;
    assert.ok(protocolName !== null && protocols.includes(protocolName), `${protocolName} was not offered`);
    assert.equal(answer.protocolType, "consumer");
    this.accepted(consumer, "join", false);
    if (instanceId !== null) this.#instanceMembers.set(instanceId, memberId);
    if (members.length > 0) {
      assert.equal(leader, memberId);
      const ids = members.map(({ memberId }) => memberId);
      assert.equal(new Set(ids).size, ids.length, "a member is listed twice");
      assert.ok(ids.includes(memberId), "the leader is not among the members");
      const own = members.find((member) => member.memberId === memberId)!;
      assert.deepEqual(own.metadata, consumer.metadataBytes(protocolName));
    }
  }

  owns(consumer: SimulatedConsumer, partitions: readonly number[]): void {
    const { generationId, memberId } = consumer;
    assert.ok(
      generationId >= this.#ownedGeneration,
      `generation ${generationId} is owned after ${this.#ownedGeneration}`,
    );
    this.#ownedGeneration = generationId;
    const owner = consumer.options.instanceId ?? memberId;
    for (const partition of partitions) {
      const place = `${generationId}/${partition}`;
      const other = this.#owners.get(place) ?? owner;
      assert.equal(owner, other, `partition ${partition} is owned twice in generation ${generationId}`);
      this.#owners.set(place, owner);
    }
  }

  accepted({ memberId, options: { instanceId } }: SimulatedConsumer, what: string, isFenced = true): void {
    assert.ok(!this.#disowned.has(memberId), `${what}: ${memberId} is a member again`);
    if (!isFenced || instanceId === null) return;
    const present = this.#instanceMembers.get(instanceId) ?? memberId;
    assert.equal(
      memberId,
      present,
      `${what}: instance ${instanceId} is ${present}, and ${memberId} is accepted`,
    );
  }

  disowned(memberId: string): void {
    // A group that is not there, or not yet, disowns everybody; nobody gets an id twice.
    if (memberId !== "") this.#disowned.add(memberId);
  }

  // Steps

  #step(): void {
    const random = this.#random;
    const chance = random.below(100);
    const consumer = this.#consumers.length > 0 ? random.pick(this.#consumers) : undefined;
    if (consumer === undefined || chance < 8) this.#add();
    else if (chance < 50) consumer.act();
    else if (chance < 65) this.#pass(random.pick([1, 100, 500, 1000, 3000, 7000]));
    else if (chance < 69) this.#commit(consumer);
    else if (chance < 72) this.#change(consumer);
    else if (chance < 75) this.#silence(consumer);
    else if (chance < 78) this.#restart(consumer);
    else if (chance < 80) this.#leave(consumer);
    else if (chance < 82) consumer.disconnect();
    else if (chance < 84) this.#askAgain(consumer);
    else if (chance < 87) this.#actAsZombie();
    else if (chance < 90) this.#askNonsense(consumer);
    else if (chance < 92) this.#journal.isHeld = true;
    else if (chance < 95) this.#release();
    else if (chance < 96) this.#journal.failures = 1;
    else if (chance < 97) this.#journal.fence();
    else if (chance < 98) this.#removeInstance();
    else if (chance < 99) this.#delete();
    else this.#crash();
    this.#consumers = this.#consumers.filter(({ phase }) => phase !== "ended");
    this.#check();
  }

  #add(instanceId = this.#random.below(3) === 0 ? this.#random.pick(INSTANCES) : null): void {
    if (this.#consumers.length >= MAX_CONSUMERS) return;
    if (instanceId !== null && this.#consumers.some(({ options }) => options.instanceId === instanceId)) {
      return;
    }
    const random = this.#random;
    const consumer = new SimulatedConsumer(this, {
      name: `c${this.#nameCount++}`,
      version: instanceId === null ? random.below(10) : 5 + random.below(5),
      instanceId,
      sessionTimeoutMs: random.pick(SESSION_MS),
      rebalanceTimeoutMs: random.pick(REBALANCE_MS),
      protocols: random.pick(PROTOCOLS),
    });
    this.#consumers.push(consumer);
    consumer.act();
  }

  #pass(ms: number): void {
    const untilMs = this.#clock.monotonicMs + ms;
    for (;;) {
      const nextMs = this.#deadlines.nextMs();
      if (nextMs === undefined || nextMs > untilMs) break;
      this.#clock.advance(Math.max(nextMs - this.#clock.monotonicMs, 0));
      this.#deadlines.runDue(this.#clock.monotonicMs);
    }
    this.#clock.advance(untilMs - this.#clock.monotonicMs);
  }

  #commit(consumer: SimulatedConsumer): void {
    const { memberId, generationId, options: { instanceId } } = consumer;
    const group = this.#group;
    if (group === undefined || memberId === "" || generationId < 0) return;
    const committer = {
      memberId,
      groupInstanceId: instanceId,
      generationId,
      isTransactional: false,
      apiVersion: 8,
    };
    const errorCode = group.checkCommit(committer, this.#clock.monotonicMs);
    if (errorCode === ErrorCode.NONE) {
      this.accepted(consumer, "commit");
      assert.equal(generationId, group.generationId);
      assert.notEqual(group.member(memberId), undefined);
    }
  }

  /** It subscribes to something else, or leads and sees that the topics have changed. */
  #change(consumer: SimulatedConsumer): void {
    if (consumer.isWaiting) return;
    consumer.metadata += this.#random.below(2);
    consumer.join();
  }

  #silence(consumer: SimulatedConsumer): void {
    consumer.end(ErrorCode.NONE);
  }

  /** A process ends without a word, and another takes its place. */
  #restart(consumer: SimulatedConsumer): void {
    const { instanceId } = consumer.options;
    this.#consumers = this.#consumers.filter((each) => each !== consumer);
    consumer.disconnect();
    // The one before may be alive all the same, and not know.
    if (instanceId !== null) this.#zombies.push(consumer);
    this.#add(instanceId);
  }

  #actAsZombie(): void {
    if (this.#zombies.length === 0) return;
    const zombie = this.#random.pick(this.#zombies);
    if (zombie.memberId === "" || zombie.phase === "ended") return;
    if (this.#random.below(2) === 0) this.#commit(zombie);
    // What it is told, it does not mind: it would join and take the place back, as it may.
    else if (zombie.heartbeat() !== ErrorCode.NONE) {
      this.#zombies = this.#zombies.filter((it) => it !== zombie);
    }
  }

  #leave(consumer: SimulatedConsumer): void {
    if (!consumer.isWaiting && consumer.memberId !== "") consumer.leave();
  }

  #askAgain(consumer: SimulatedConsumer): void {
    if (!consumer.isWaiting) return;
    // By a thread of its own, as librdkafka and others do.
    if (this.#random.below(2) === 0) void this.#heartbeat(consumer);
    else if (consumer.phase === "joined") consumer.sync();
    else consumer.join();
  }

  #heartbeat({ memberId, generationId, options: { instanceId } }: SimulatedConsumer): number {
    const { groupId } = this;
    return this.groups.heartbeat({ groupId, memberId, generationId, groupInstanceId: instanceId });
  }

  #askNonsense({ memberId, generationId, options: { instanceId } }: SimulatedConsumer): void {
    const { groupId, groups } = this;
    const about = { groupId, memberId, generationId, groupInstanceId: instanceId };
    switch (this.#random.below(4)) {
      case 0:
        return assert.notEqual(
          groups.heartbeat({ ...about, generationId: generationId + 1000 }),
          ErrorCode.NONE,
        );
      case 1:
        return assert.notEqual(groups.heartbeat({ ...about, memberId: "nobody" }), ErrorCode.NONE);
      case 2:
        return groups.sync(
          { ...about, protocolType: "connect", protocolName: "range", assignments: [] },
          this.waiter(
            "nonsense",
            ({ errorCode }: { errorCode: number }) => assert.notEqual(errorCode, ErrorCode.NONE),
          ),
        );
      default:
        return groups.leave(
          groupId,
          [{ memberId: "nobody", groupInstanceId: null }],
          this.waiter(
            "nonsense",
            (errorCodes: readonly number[]) => assert.deepEqual(errorCodes, [ErrorCode.UNKNOWN_MEMBER_ID]),
          ),
        );
    }
  }

  #removeInstance(): void {
    const groupInstanceId = this.#random.pick(INSTANCES);
    this.groups.leave(
      this.groupId,
      [{ memberId: "", groupInstanceId }],
      this.waiter("removal", () => {}),
    );
  }

  #delete(): void {
    const group = this.#group;
    if (group?.checkDelete() !== ErrorCode.NONE || this.#journal.isFenced) return;
    this.#journal.failures = 0;
    this.#journal.append(0, group.tombstones());
    this.groups.remove(group);
    // A new group of this name counts from the beginning.
    this.#ownedGeneration = this.#lastGeneration = 0;
    this.#owners.clear();
    this.#instanceMembers.clear();
  }

  #release(): void {
    if (!this.#journal.isFenced) this.#journal.release();
  }

  // Lives

  #start(): void {
    this.#life++;
    this.#waiting.clear();
    this.#deadlines = new Deadlines();
    this.#registry = new Map();
    this.groups = new ClassicGroups({
      groups: this.#registry,
      journal: this.#journal,
      clock: this.#clock,
      random: this.#random,
      log: () => {},
      deadlines: this.#deadlines,
      config: this.#config,
    });
    this.#journal.replay({ record: (partition, record) => this.groups.replay(partition, record) });
    this.groups.loaded();
    this.#lastGeneration = this.#group?.generationId ?? 0;
    assert.ok(this.#lastGeneration >= this.#ownedGeneration, "a generation that was owned is forgotten");
  }

  #crash(): void {
    const before = this.#journal.isClean ? this.#group : undefined;
    // An empty group that could not be written is as empty as before, in an earlier generation.
    const isKept = before?.state === "Stable" || before?.state === "Empty" && !this.#journal.isBehind;
    this.#journal.crash((count) => this.#random.below(count + 1));
    this.#instanceMembers.clear();
    this.#disowned.clear();
    this.#start();
    for (const consumer of this.#consumers) consumer.disconnect();
    if (!isKept) return;
    const after = this.#group;
    assert.notEqual(after, undefined, "the group is forgotten");
    // Of a rejoined static member's protocols only the one in use is kept; since when is told by the record before.
    const told = (group: ClassicGroup) => {
      const { members, ...rest } = group.value();
      return { ...rest, currentStateTimestamp: 0, members: new Set(members.map((it) => JSON.stringify(it))) };
    };
    if (after!.state === before.state) assert.deepEqual(told(after!), told(before));
  }

  get #group(): ClassicGroup | undefined {
    return this.#registry.get(this.groupId) as ClassicGroup | undefined;
  }

  #check(): void {
    const group = this.#group;
    if (group === undefined) return;
    const members = [...group.members];
    assert.equal(members.length, group.memberCount);
    assert.equal(group.isEmpty, group.state === "Empty");
    if (group.isEmpty || group.memberCount === 0) assert.equal(group.leaderId, null);
    else assert.notEqual(group.member(group.leaderId!), undefined);
    if (group.isEmpty) assert.equal(members.length, 0);
    for (const { dueMs } of members) assert.ok(group.wakeMs <= dueMs, "a session ends unseen");
    const nextMs = this.#deadlines.nextMs() ?? Infinity;
    assert.ok(nextMs <= group.wakeMs, "the group's alarm comes too late");
    if (group.state === "Stable") {
      for (const member of members) {
        assert.equal(member.syncWaiter, undefined, "a sync waits in a stable group");
      }
    }
  }

  /** Everybody who is left does what is right, on time. */
  #settle(): void {
    this.#crashIfFenced();
    this.#release();
    this.#journal.failures = 0;
    for (let step = 0; step < SETTLE_STEPS && !this.#isSettled(); step++) {
      for (const consumer of this.#consumers) consumer.act();
      this.#consumers = this.#consumers.filter(({ phase }) => phase !== "ended");
      this.#pass(SETTLE_STEP_MS);
      this.#check();
    }
    assert.ok(this.#isSettled(), `${this.#consumers.length} consumers do not settle: ${this.#describe()}`);
  }

  #crashIfFenced(): void {
    if (this.#journal.isFenced) this.#crash();
  }

  #isSettled(): boolean {
    const group = this.#group;
    if (this.#consumers.length === 0) return true;
    if (group?.state !== "Stable" || group.memberCount !== this.#consumers.length) return false;
    const isIn = ({ phase, generationId, isWaiting, memberId }: SimulatedConsumer) =>
      phase === "stable" && !isWaiting && generationId === group.generationId &&
      group.member(memberId) !== undefined;
    if (!this.#consumers.every(isIn)) return false;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      assert.ok(
        this.#owners.has(`${group.generationId}/${partition}`),
        `partition ${partition} is owned by nobody: ${this.#describe()}`,
      );
    }
    return true;
  }

  #fallSilent(): void {
    this.#consumers = [];
    this.#pass(10 * 60_000);
    const group = this.#group;
    if (group !== undefined) assert.equal(group.state, "Empty", this.#describe());
    assert.deepEqual([...this.#waiting], [], "requests are never answered");
    assert.equal(this.groups.alarmCount, 0, "an alarm of a group that waits for nothing");
    assert.equal(this.#deadlines.nextMs(), undefined, "a deadline of a group that waits for nothing");
  }

  #describe(): string {
    const group = this.#group;
    if (group === undefined) return "no group";
    const members = Array.from(
      group.members,
      ({ id, isAwaitingJoin, owesSync, dueMs }) =>
        `${id}${isAwaitingJoin ? " joins" : ""}${owesSync ? " owes a sync" : ""} due ${dueMs}`,
    );
    return `${group.state} ${group.generationId} at ${this.#clock.monotonicMs}: ${members.join("; ")}`;
  }
}
