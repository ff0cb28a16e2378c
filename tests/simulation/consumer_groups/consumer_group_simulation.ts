/**
 * One life of a consumer group of the new protocol, from one seed: members join, leave, fall silent, are slow, lose answers, change
 * what they subscribe to; in half of the lives there are members of the classic protocol, too, and the group changes from one to the
 * other; topics come, go and grow; the journal fails, acknowledges late, is compacted, loses in a crash what was not
 * acknowledged, and the broker starts anew from it.
 *
 * What must be true all the time:
 * - No two members read from one partition, of those that the group counts as members.
 * - Epochs never go back. A member that keeps to the protocol is never fenced.
 * - Who is no member commits nothing; who is commits only for what it holds.
 * - A broker that starts anew knows the same.
 * And when nothing happens any longer, the group becomes stable, with every partition of every wanted topic read by one subscriber.
 * @module
 */
import assert from "node:assert/strict";
import { ClassicGroups } from "../../../broker/coordinator/classic/classic_groups.ts";
import {
  ConsumerGroups,
  type HeartbeatAnswer,
} from "../../../broker/coordinator/consumer/consumer_groups.ts";
import { ConsumerGroup } from "../../../broker/coordinator/consumer/consumer_group.ts";
import { TopicRegex } from "../../../broker/coordinator/consumer/topic_regex.ts";
import type { Group } from "../../../broker/coordinator/group.ts";
import { Deadlines } from "../../../broker/reactor/deadlines.ts";
import { brokerConfig, Settings } from "../../../broker/settings.ts";
import { GROUP_METADATA_KEY_VERSION } from "../../../protocol/coordinator/group_metadata.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { versionOf } from "../../../protocol/versioned.ts";
import { SeededRandom } from "../../support/random.ts";
import { TestClock } from "../../support/storage_fixture.ts";
import { ModelJournal } from "../groups/model_journal.ts";
import { MemoryTopics } from "./memory_topics.ts";
import { SimulatedClassicMember } from "./simulated_classic_member.ts";
import { SimulatedMember } from "./simulated_member.ts";

const STEPS = 200;
const GROUP = "group";
const TOPICS = ["a", "b", "orders-1", "orders-2", "c.d"];
const REGEXES = ["orders-.*", "[ab]", ".*", "c\\.d|a", "nothing"];
const SESSION_MS = 45_000;
const HEARTBEAT_MS = 5000;
/** Longer than a session and every rebalance timeout here. */
const LONG_MS = 100_000;

export class ConsumerGroupSimulation {
  readonly #random: SeededRandom;
  readonly #clock = new TestClock();
  readonly #topics: MemoryTopics;
  readonly #journal = new ModelJournal();
  readonly #config;
  readonly #members: SimulatedMember[] = [];
  readonly #classicMembers: SimulatedClassicMember[] = [];
  /** Whether any comes at all. */
  readonly #hasClassicMembers: boolean;
  readonly #epochs = new Map<string, number>();
  #groups = new Map<string, Group>();
  #deadlines = new Deadlines();
  #classic!: ClassicGroups;
  #coordinator: ConsumerGroups;
  #checked: ConsumerGroup | undefined;
  #groupEpoch = 0;
  #assignmentEpoch = 0;
  #memberCount = 0;

  constructor(seed: number) {
    const random = this.#random = new SeededRandom(seed);
    this.#topics = new MemoryTopics(random);
    this.#hasClassicMembers = random.below(2) === 0;
    const settings = {
      "group.consumer.assignment.interval.ms": String(random.pick([0, 0, 1000, 15_000])),
      "group.consumer.max.size": String(random.pick([2_147_483_647, 4])),
      "group.initial.rebalance.delay.ms": "1000",
      "group.consumer.assignors": random.pick(["uniform,range", "range,uniform"]),
    };
    this.#config = brokerConfig(
      new Settings(
        Object.entries(settings).map(([name, value]) => ({ name, value, source: { kind: "default" } })),
      ),
    );
    this.#coordinator = this.#start();
    for (const name of TOPICS.slice(0, 1 + random.below(3))) this.#topics.create(name, 1 + random.below(6));
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      this.#check();
    }
    this.#settle();
  }

  #start(): ConsumerGroups {
    this.#groups = new Map();
    this.#deadlines = new Deadlines();
    const options = {
      groups: this.#groups,
      journal: this.#journal,
      topics: this.#topics,
      clock: this.#clock,
      random: this.#random,
      log: () => {},
      deadlines: this.#deadlines,
      config: this.#config.groups,
      consumerConfigOf: () => this.#config.groups.consumer,
    };
    this.#classic = new ClassicGroups(options);
    const coordinator = new ConsumerGroups({ ...options, classic: this.#classic });
    this.#journal.replay({
      record: (partition, record) => {
        const isOfClassic = versionOf(record.key) === GROUP_METADATA_KEY_VERSION;
        (isOfClassic ? this.#classic : coordinator).replay(partition, record);
      },
    });
    this.#classic.loaded();
    coordinator.loaded();
    return coordinator;
  }

  get #group(): ConsumerGroup | undefined {
    return this.#coordinator.group(GROUP);
  }

  /** Who answers for members of the classic protocol. */
  get #classicBroker() {
    const group = this.#group;
    return group === undefined || group.isEmpty ? this.#classic : this.#coordinator.classicMembers;
  }

  #step(): void {
    if (this.#hasClassicMembers && this.#random.below(3) === 0) return this.#classicStep();
    const random = this.#random;
    const member = this.#members.length === 0 ? undefined : random.pick(this.#members);
    switch (random.below(24)) {
      case 0:
      case 1:
        return this.#join();
      case 2:
        return this.#leave(member);
      case 3:
        // It falls silent for good, and goes on reading as long as nobody tells it otherwise.
        if (member !== undefined && random.below(3) === 0) {
          this.#members.splice(this.#members.indexOf(member), 1);
        }
        return;
      case 4:
        return this.#changeTopics();
      case 5:
        return this.#changeSubscription(member);
      case 6:
        return this.#restart();
      case 7:
        this.#journal.failures = random.below(2);
        return;
      case 8:
        if (this.#journal.isHeld) this.#journal.release();
        else this.#journal.isHeld = true;
        return;
      case 9:
        return this.#commit(member);
      case 10:
        return this.#pass(random.pick([100, HEARTBEAT_MS, 20_000, 50_000]));
      case 11:
        return this.#pass(random.below(2000));
      case 12:
        return this.#journal.compact(random.below(this.#journal.size + 1));
      default:
        this.#pass(random.below(1000));
        if (member !== undefined) this.#heartbeat(member, { losesAnswer: random.below(12) === 0 });
    }
  }

  #classicStep(): void {
    const random = this.#random;
    const members = this.#classicMembers;
    if (members.length === 0 || (members.length < 3 && random.below(10) === 0)) {
      members.push(new SimulatedClassicMember(GROUP, this.#someTopics(), this.#topics));
    }
    const member = random.pick(members);
    if (random.below(15) > 0) return member.act(this.#classicBroker);
    members.splice(members.indexOf(member), 1);
    // Or it falls silent.
    if (random.below(2) === 0) member.leave(this.#classicBroker);
  }

  #join(): void {
    const random = this.#random;
    if (this.#members.length >= 8) return;
    const usesRegex = random.below(4) === 0;
    const member = new SimulatedMember({
      groupId: GROUP,
      memberId: random.below(5) === 0 ? "" : `m${this.#memberCount++}`,
      instanceId: random.below(4) === 0 ? `instance-${random.below(3)}` : null,
      topics: usesRegex ? null : this.#someTopics(),
      regex: usesRegex ? random.pick(REGEXES) : null,
      assignor: random.pick([null, null, "range", "uniform"]),
      rebalanceTimeoutMs: random.pick([10_000, 60_000]),
    });
    this.#members.push(member);
    this.#heartbeat(member);
  }

  #someTopics(): string[] {
    const topics = TOPICS.filter(() => this.#random.below(2) === 0);
    return topics.length === 0 ? ["a"] : topics;
  }

  #leave(member: SimulatedMember | undefined): void {
    if (member === undefined || !member.isMember || member.isWaiting) return;
    const { instanceId } = member.options;
    const epoch = instanceId !== null && this.#random.below(2) === 0 ? -2 : -1;
    member.owned = new Set();
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#coordinator.heartbeat(member.request(epoch), 1, () => {});
    if (epoch === -2 && this.#random.below(2) === 0) {
      const back = new SimulatedMember({ ...member.options, memberId: `m${this.#memberCount++}` });
      this.#members.push(back);
      this.#heartbeat(back);
    }
  }

  #heartbeat(member: SimulatedMember, { losesAnswer = false } = {}): void {
    if (member.isGone || member.isWaiting) return;
    // Slow ones take their time to give up.
    if (this.#random.below(4) > 0) {
      member.revoke();
      member.takeOn();
    }
    const sentMs = this.#clock.monotonicMs;
    const { rebalanceTimeoutMs } = member.options;
    if (sentMs - member.lastSentMs >= SESSION_MS) member.mayBeFenced = true;
    if (sentMs - member.owesSinceMs >= rebalanceTimeoutMs) member.mayBeFenced = true;
    member.lastSentMs = sentMs;
    const before = this.#snapshot();
    const { failures } = this.#journal;
    const version = member.memberId === "" ? 0 : 1;
    member.isWaiting = true;
    const request = member.request();
    if (!member.owes) member.owesSinceMs = Infinity;
    if (member.epoch === 0) member.mayBeFenced = false;
    this.#coordinator.heartbeat(request, version, (answer) => {
      member.isWaiting = false;
      this.#checkAnswer(member, answer);
      if (losesAnswer) {
        member.lose();
        member.mayBeFenced = true;
      } else member.take(answer);
      if (member.owes) member.owesSinceMs = Math.min(member.owesSinceMs, sentMs);
    });
    const hasFailed = this.#journal.failures < failures;
    if (hasFailed) {
      assert.deepEqual(this.#snapshot(), before, "a request that was refused has changed something");
    }
  }

  #checkAnswer(member: SimulatedMember, { errorCode, memberEpoch, memberId }: HeartbeatAnswer): void {
    const isStatic = member.options.instanceId !== null;
    switch (errorCode) {
      case ErrorCode.NONE: {
        assert.ok(memberEpoch > 0, "an epoch of 0 or less was given");
        assert.ok(
          memberEpoch >= member.epoch,
          `${memberId} went back from epoch ${member.epoch} to ${memberEpoch}`,
        );
        return;
      }
      case ErrorCode.GROUP_ID_NOT_FOUND:
        // The group is a classic one by now, and may have too many members to become another.
        assert.ok((member.mayBeFenced || member.epoch === 0) && this.#groups.get(GROUP)?.type !== "consumer");
        return;
      case ErrorCode.FENCED_MEMBER_EPOCH:
      case ErrorCode.UNKNOWN_MEMBER_ID:
        return assert.ok(
          member.mayBeFenced || isStatic,
          `${member.memberId} was fenced, and had done nothing wrong`,
        );
      case ErrorCode.UNRELEASED_INSTANCE_ID:
      case ErrorCode.FENCED_INSTANCE_ID:
        return assert.ok(isStatic);
      case ErrorCode.GROUP_MAX_SIZE_REACHED:
        return assert.ok(member.epoch === 0 || member.mayBeFenced, "a member does not fit in");
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
        member.mayBeFenced = true;
        return;
      default:
        assert.fail(`answered with error ${errorCode}`);
    }
  }

  #changeTopics(): void {
    const name = this.#random.pick(TOPICS);
    if (this.#topics.topic(name) === undefined) this.#topics.create(name, 1 + this.#random.below(6));
    else if (this.#random.below(3) === 0) this.#topics.delete(name);
    else this.#topics.grow(name);
  }

  #changeSubscription(member: SimulatedMember | undefined): void {
    if (member === undefined) return;
    if (this.#random.below(3) === 0) member.subscribe(null, this.#random.pick(REGEXES));
    else member.subscribe(this.#someTopics(), null);
    this.#heartbeat(member);
  }

  /** Members whose answers were on their way lose them, and what was not acknowledged may be lost, too. */
  #restart(): void {
    const before = this.#snapshot();
    for (const member of this.#members.filter(({ isWaiting }) => isWaiting)) {
      member.isWaiting = false;
      member.mayBeFenced = true;
      member.lose();
    }
    const { isClean } = this.#journal;
    this.#journal.crash((count) => this.#random.below(count + 1));
    for (const member of this.#classicMembers) if (member.phase !== "stable") member.restart();
    this.#coordinator = this.#start();
    if (isClean) {
      return assert.deepEqual(this.#snapshot(), before, "the broker knows something else after a start");
    }
    // Nobody was told of what is lost.
    this.#groupEpoch = this.#assignmentEpoch = 0;
    this.#epochs.clear();
    for (const member of this.#members) member.mayBeFenced = true;
  }

  #commit(member: SimulatedMember | undefined): void {
    const group = this.#group;
    if (group === undefined || member === undefined || member.memberId === "") return;
    const committer = {
      memberId: member.memberId,
      groupInstanceId: member.options.instanceId,
      generationId: Math.max(member.epoch - this.#random.below(2), 0),
      isTransactional: false,
      apiVersion: 9,
    };
    const isMember = group.members.has(member.memberId);
    const code = group.checkCommit(committer, this.#clock.monotonicMs, []);
    if (!isMember) return assert.equal(code, ErrorCode.UNKNOWN_MEMBER_ID, "who is no member commits");
    if (code !== ErrorCode.NONE) return;
    for (const { name, id, partitions } of this.#topics.topics()) {
      for (let partition = 0; partition < partitions.length; partition++) {
        const target = { name, topicId: id, partitions: [{ partitionIndex: partition }] };
        const mayCommit = group.checkCommit(committer, this.#clock.monotonicMs, [target]) === ErrorCode.NONE;
        const isCurrent = group.members.get(member.memberId)!.current.epoch === committer.generationId;
        if (!mayCommit || isCurrent) continue;
        assert.equal(
          group.ownerOf(id, partition),
          member.memberId,
          "an old epoch commits for another's partition",
        );
      }
    }
  }

  #pass(ms: number): void {
    const untilMs = this.#clock.monotonicMs + ms;
    for (
      let dueMs = this.#deadlines.nextMs();
      dueMs !== undefined && dueMs <= untilMs;
      dueMs = this.#deadlines.nextMs()
    ) {
      this.#clock.advance(Math.max(dueMs - this.#clock.monotonicMs, 0));
      this.#deadlines.runDue(this.#clock.monotonicMs);
    }
    this.#clock.advance(untilMs - this.#clock.monotonicMs);
  }

  #check(): void {
    const group = this.#group;
    if (group !== this.#checked) {
      // It is another group, if it is one at all: it was a classic one meanwhile.
      this.#groupEpoch = this.#assignmentEpoch = 0;
      this.#epochs.clear();
    }
    this.#checked = group;
    if (group === undefined) return;
    assert.ok(group.epoch >= this.#groupEpoch, "the group's epoch went back");
    assert.ok(group.assignmentEpoch >= this.#assignmentEpoch, "the assignment's epoch went back");
    this.#groupEpoch = group.epoch;
    this.#assignmentEpoch = group.assignmentEpoch;
    for (const id of this.#epochs.keys()) if (!group.members.has(id)) this.#epochs.delete(id);
    for (const [id, { current, metadata }] of group.members) {
      // A static member that left for now begins again.
      if (metadata.instanceId === null) {
        assert.ok(current.epoch >= (this.#epochs.get(id) ?? 0), `${id} went back to epoch ${current.epoch}`);
      }
      this.#epochs.set(id, current.epoch);
    }
    const readers = new Map<string, string>();
    const members = this.#members.filter(({ isMember }) => isMember);
    for (const member of [...members, ...this.#classicMembers]) {
      if (!group.members.has(member.memberId)) continue;
      if (group.members.get(member.memberId)!.current.epoch < 0) continue;
      for (const partition of member.owned) {
        assert.ok(
          !readers.has(partition) || readers.get(partition) === member.memberId,
          `${partition} is read by ${member.memberId} and ${readers.get(partition)}`,
        );
        readers.set(partition, member.memberId);
      }
    }
  }

  /** All that is known of the group. */
  #snapshot(): unknown {
    const group = this.#group;
    return group && {
      epoch: group.epoch,
      metadataHash: group.metadataHash,
      assignmentEpoch: group.assignmentEpoch,
      assignmentTimestampMs: group.assignmentTimestampMs,
      members: new Map(group.members),
      targets: new Map(group.targets),
      regexes: new Map(group.regexes),
      subscribed: group.subscribedTopics,
      state: group.state,
    };
  }

  /** Nothing happens any longer but heartbeats. */
  #settle(): void {
    this.#journal.failures = 0;
    this.#journal.release();
    const untilMs = this.#clock.monotonicMs + 3 * LONG_MS;
    while (this.#clock.monotonicMs < untilMs) {
      for (const member of this.#members) {
        member.revoke();
        member.takeOn();
        this.#heartbeat(member);
        this.#check();
      }
      for (const member of this.#classicMembers) {
        for (let count = 0; count < 3; count++) member.act(this.#classicBroker);
        this.#check();
      }
      this.#pass(HEARTBEAT_MS);
    }
    for (const member of this.#members) {
      member.revoke();
      member.takeOn();
    }
    const members = this.#members.filter(({ isMember }) => isMember);
    const present = [...members, ...this.#classicMembers.filter(({ isGone }) => !isGone)];
    const group = this.#groups.get(GROUP);
    if (group === undefined) return assert.deepEqual(present, []);
    assert.equal(group.state, present.length === 0 ? "Empty" : "Stable");
    if (members.length > 0) assert.equal(group.type, "consumer");
    if (group instanceof ConsumerGroup) {
      assert.deepEqual([...group.members.keys()].sort(), present.map(({ memberId }) => memberId).sort());
    }
    const readers = new Map<string, typeof present[number]>();
    for (const member of present) for (const each of member.owned) readers.set(each, member);
    for (const { name, id, partitions } of this.#topics.topics()) {
      const isWanted = (member: typeof present[number]) =>
        member.topics?.includes(name) ||
        (member instanceof SimulatedMember && member.regex !== null &&
          new TopicRegex(member.regex).matches(name));
      // A leader of the classic protocol has not looked at topics that came later.
      if (group.type === "classic") continue;
      for (let partition = 0; partition < partitions.length; partition++) {
        const reader = readers.get(`${id} ${partition}`);
        if (!present.some(isWanted)) {
          assert.equal(reader, undefined, `${name}-${partition} is read, and not wanted`);
        } else {assert.ok(
            reader !== undefined && isWanted(reader),
            `${name}-${partition} is read by nobody who wants it`,
          );}
      }
    }
    const total = present.reduce((sum, { owned }) => sum + owned.size, 0);
    assert.equal(readers.size, total, "a partition is read twice");
  }
}
