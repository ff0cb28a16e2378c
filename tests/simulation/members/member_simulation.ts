/**
 * Members of a group (client/consumer/membership.ts) and the coordinator of the classic protocol, both the real ones, in
 * virtual time over a network that delays and loses; from one seed. Members come, change, leave, and fall silent; the
 * coordinator is made anew from its journal.
 *
 * What must hold at any time: no partition is two members' own. In the end, when the network has become good: those that are
 * left have all partitions, each of them one member's; and when they have left, the group is empty at once: it waits for
 * nobody's session.
 * @module
 */
import assert from "node:assert/strict";
import { ClassicGroup } from "../../../broker/coordinator/classic/classic_group.ts";
import { ClassicGroups } from "../../../broker/coordinator/classic/classic_groups.ts";
import type { Group } from "../../../broker/coordinator/group.ts";
import { Deadlines } from "../../../broker/reactor/deadlines.ts";
import { brokerConfig, Settings } from "../../../broker/settings.ts";
import type { Assignor } from "../../../client/consumer/assignors/assignor.ts";
import { cooperativeStickyAssignor } from "../../../client/consumer/assignors/cooperative_sticky_assignor.ts";
import { rangeAssignor } from "../../../client/consumer/assignors/range_assignor.ts";
import { roundRobinAssignor } from "../../../client/consumer/assignors/round_robin_assignor.ts";
import { SeededRandom } from "../../support/random.ts";
import { TestClock } from "../../support/storage_fixture.ts";
import { ModelJournal } from "../groups/model_journal.ts";
import { type MemberWorld, SimulatedMember } from "./simulated_member.ts";

const STEPS = 150;
const MAX_MEMBERS = 5;
const SETTLE_MS = 120_000;
const LEAVE_MS = 2000;
const ASSIGNORS = [rangeAssignor, roundRobinAssignor, cooperativeStickyAssignor];
const BASE = brokerConfig(new Settings([])).groups;

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

export class MemberSimulation implements MemberWorld {
  readonly groupId = "group";
  readonly partitionCounts: Map<string, number>;
  readonly assignor: Assignor;
  readonly #random: SeededRandom;
  readonly #clock = new TestClock();
  readonly #journal = new ModelJournal();
  readonly #events: Event[] = [];
  #members: SimulatedMember[] = [];
  #deadlines!: Deadlines;
  #registry!: Map<string, Group>;
  groups!: ClassicGroups;
  #nameCount = 0;
  /** How many of a hundred messages are lost. */
  #lossPercent: number;

  constructor(seed: number) {
    const random = this.#random = new SeededRandom(seed);
    this.assignor = random.pick(ASSIGNORS);
    this.partitionCounts = new Map([["a", 4], ["b", 3]]);
    this.#lossPercent = random.pick([0, 0, 3, 15]);
    this.#start();
  }

  get nowMs(): number {
    return this.#clock.monotonicMs;
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) this.#step();
    this.#settle();
    this.#leaveAll();
  }

  random(limit: number): number {
    return this.#random.below(limit);
  }

  /** Has `deliver` done after a while, or `breaks` if the connection breaks on the way. */
  send(deliver: () => void, breaks: () => void): void {
    if (this.#random.below(100) < this.#lossPercent) breaks();
    else this.later(this.#random.pick([0, 1, 5, 50]), deliver);
  }

  later(ms: number, run: () => void): void {
    const atMs = this.nowMs + ms;
    const index = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(index < 0 ? this.#events.length : index, 0, { atMs, run });
  }

  /** Nobody owns what another owns. */
  check(): void {
    const owners = new Map<string, string>();
    for (const { name, owned } of this.#members) {
      for (const partition of owned) {
        const other = owners.get(partition);
        assert.equal(other, undefined, `${partition} is ${other}'s and ${name}'s at ${this.nowMs}`);
        owners.set(partition, name);
      }
    }
  }

  #step(): void {
    const chance = this.#random.below(100);
    const member = this.#members.length > 0 ? this.#random.pick(this.#members) : undefined;
    if (member === undefined || chance < 10) this.#add();
    else if (chance < 75) this.#pass(this.#random.pick([10, 100, 500, 1000, 3000, 7000]));
    else if (chance < 82) member.subscribe(this.#random.pick([["a"], ["b"], ["a", "b"]]));
    else if (chance < 86) this.partitionCounts.set("a", this.partitionCounts.get("a")! + 1);
    else if (chance < 91) this.#leave(member);
    else if (chance < 94) member.isolate(this.#random.pick([500, 5000, 20_000]));
    else if (chance < 97) this.#silence(member);
    else this.#crash();
  }

  #add(): void {
    if (this.#members.length >= MAX_MEMBERS) return;
    const member = new SimulatedMember(this, `m${this.#nameCount++}`, this.#random.pick([6000, 9000]));
    this.#members.push(member);
    member.subscribe(this.#random.pick([["a"], ["a", "b"]]));
  }

  #leave(member: SimulatedMember): void {
    member.leave();
    this.#members = this.#members.filter((each) => each !== member);
  }

  #silence(member: SimulatedMember): void {
    member.isSilent = true;
    this.#members = this.#members.filter((each) => each !== member);
  }

  #pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const nextMs = Math.min(
        this.#events[0]?.atMs ?? Infinity,
        this.#deadlines.nextMs() ?? Infinity,
        ...this.#members.map(({ dueMs }) => dueMs),
      );
      if (nextMs > untilMs) break;
      this.#clock.advance(Math.max(0, Math.ceil(nextMs - this.nowMs)));
      // At the same moment members are told last: nobody's clock is ahead of the coordinator's.
      for (const member of this.#members) if (member.dueMs <= this.nowMs) member.tick();
      while ((this.#events[0]?.atMs ?? Infinity) <= this.nowMs) this.#events.shift()!.run();
      this.#deadlines.runDue(this.nowMs);
      this.check();
    }
    this.#clock.advance(untilMs - this.nowMs);
  }

  #start(): void {
    this.#deadlines = new Deadlines();
    this.#registry = new Map();
    this.groups = new ClassicGroups({
      groups: this.#registry,
      journal: this.#journal,
      clock: this.#clock,
      random: this.#random,
      log: () => {},
      deadlines: this.#deadlines,
      config: { ...BASE, initialRebalanceDelayMs: this.#random.pick([0, 500]) },
    });
    this.#journal.replay({ record: (partition, record) => this.groups.replay(partition, record) });
    this.groups.loaded();
  }

  #crash(): void {
    this.#journal.crash(() => 0);
    this.#start();
    for (const member of this.#members) member.connectionsLost();
  }

  #settle(): void {
    this.#lossPercent = 0;
    if (this.#members.length === 0) this.#add();
    for (const member of this.#members) member.subscribe(["a", "b"]);
    this.#pass(SETTLE_MS);
    const owned = this.#members.flatMap((member) => [...member.owned]).sort();
    const all = [...this.partitionCounts].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => `${topic}-${partition}`)
    );
    assert.deepEqual(owned, all.sort(), this.#describe());
    assert.ok(this.#members.every(({ phase }) => phase === "stable"), this.#describe());
  }

  #leaveAll(): void {
    for (const member of [...this.#members]) this.#leave(member);
    this.#pass(LEAVE_MS);
    const group = this.#registry.get(this.groupId) as ClassicGroup | undefined;
    assert.ok(group === undefined || group.memberCount === 0, `the group waits for ${group?.memberCount}`);
  }

  #describe(): string {
    const members = this.#members.map(({ name, phase, owned }) => `${name} ${phase} ${[...owned].join()}`);
    return `${this.assignor.name} at ${this.nowMs}: ${members.join("; ")}`;
  }
}
