/**
 * Keeps consumer groups: writes what was judged to the journal, takes it in, and watches what is due for each member.
 *
 * What must be true: facts are applied after they are in the journal, all or none, by the same code that applies what is replayed.
 * So a group is what its records add up to, and a request that fails has changed nothing.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Clock, Logger, Random } from "../../../storage/environment.ts";
import { errorText, LogError } from "../../../storage/log_error.ts";
import type { ConsumerGroupConfig, GroupConfig } from "../../config.ts";
import type { Deadlines } from "../../reactor/deadlines.ts";
import { writeErrorCode } from "../classic/classic_events.ts";
import type { ClassicGroups, MemberClient } from "../classic/classic_groups.ts";
import { groupRecord } from "../classic/group_record.ts";
import type { Group } from "../group.ts";
import type { Journal, JournalRecord } from "../journal.ts";
import { type Advanced, type GroupEnvironment, removeMembers } from "./advance_member.ts";
import { ConsumerGroup } from "./consumer_group.ts";
import type { ConsumerMember } from "./consumer_member.ts";
import { downgraded } from "./downgrade.ts";
import { type GroupFact, recordOf } from "./group_fact.ts";
import type { GroupTopics } from "./group_topics.ts";
import { TimerSet } from "./timer_set.ts";

export interface GroupKeeperOptions {
  /** All groups of the broker, by id, of whatever type. */
  readonly groups: Map<string, Group>;
  readonly journal: Pick<Journal, "topic" | "partitionOf" | "append" | "whenAcknowledged">;
  /** Takes groups over whose last member of the new protocol goes. */
  readonly classic: Pick<ClassicGroups, "adopt">;
  readonly topics: GroupTopics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly config: GroupConfig;
  /** Of one group, at this moment. */
  readonly consumerConfigOf: (groupId: string) => ConsumerGroupConfig;
  /** See {@link ClassicGroupsOptions}. */
  readonly onChange?: (groupId: string) => void;
  readonly onExpired?: (member: MemberClient) => void;
}

/**
 * What is waited for, of each member. A member of the classic protocol that was told to join again has to, in its rebalance timeout;
 * one that has joined has to ask for its assignment.
 */
type TimerKind = "session" | "rebalance" | "join" | "sync";

const timerKinds: readonly TimerKind[] = ["session", "rebalance", "join", "sync"];

export interface KeepOptions {
  /** To be written before the facts. */
  readonly records?: readonly JournalRecord[];
  /** Topics that were seen while it was judged. */
  readonly seen?: Pick<Advanced, "seenTopics" | "seenTopicsForRegexes"> | undefined;
}

export class GroupKeeper {
  readonly options: GroupKeeperOptions;
  /** Of each group that has members. */
  readonly #timers = new Map<string, TimerSet>();

  constructor(options: GroupKeeperOptions) {
    this.options = options;
  }

  /** The group, if it is of the new protocol. */
  group(id: string): ConsumerGroup | undefined {
    const group = this.options.groups.get(id);
    return group instanceof ConsumerGroup ? group : undefined;
  }

  /** Timers that run. */
  get timerCount(): number {
    let count = 0;
    for (const { size } of this.#timers.values()) count += size;
    return count;
  }

  environment(): GroupEnvironment {
    const { topics, config, clock } = this.options;
    return { topics, config: config.consumer, nowMs: clock.now() };
  }

  /** Writes facts and takes them in. Throws LogError, and nothing has changed then. */
  keep(group: ConsumerGroup, facts: readonly GroupFact[], { records = [], seen }: KeepOptions = {}): void {
    const { journal, groups, clock } = this.options;
    if (facts.length > 0) {
      const ofFacts = facts.map((fact) => recordOf(group.id, fact));
      journal.append(journal.partitionOf(group.id), [...records, ...ofFacts]);
      groups.set(group.id, group);
    }
    for (const fact of facts) {
      group.apply(fact, clock.now());
      if (fact.kind === "member" && fact.value === null) this.#unwatch(group.id, fact.memberId);
    }
    if (facts.length > 0) this.options.onChange?.(group.id);
    if (seen === undefined) return;
    group.seenTopics = seen.seenTopics;
    group.seenTopicsForRegexes = seen.seenTopicsForRegexes;
  }

  /**
   * Goes on without `gone`. If only members of the classic protocol are left the group becomes a classic one, as
   * group.consumer.migration.policy allows. Throws LogError, and nothing has changed then.
   */
  remove(group: ConsumerGroup, gone: readonly ConsumerMember[]): void {
    if (gone.length === 0 || this.downgrade(group, gone)) return;
    this.keep(group, removeMembers(group, this.environment(), gone));
  }

  /** Makes a classic group of those who are left without `gone`, if they speak the classic protocol. True if it was done. */
  downgrade(group: ConsumerGroup, gone: readonly ConsumerMember[]): boolean {
    const { groups, journal, classic, config, topics, clock } = this.options;
    const classicGroup = downgraded(group, gone, { config, topics, nowMs: clock.now() });
    if (classicGroup === undefined) return false;
    journal.append(journal.partitionOf(group.id), [
      ...group.tombstones(),
      groupRecord(group.id, classicGroup.value()),
    ]);
    this.#timers.get(group.id)?.cancelAll();
    this.#timers.delete(group.id);
    groups.delete(group.id);
    this.options.log(
      "info",
      `group "${group.id}" has members of the classic protocol alone, and is a classic group`,
    );
    classic.adopt(classicGroup);
    return true;
  }

  /** What an answer rests on may be waiting for the disk, even if nothing was written for it. `done` gets NONE, or an error. */
  whenKept(group: ConsumerGroup, done: (errorCode: number) => void): void {
    const { journal } = this.options;
    journal.whenAcknowledged(journal.partitionOf(group.id), (error) => {
      if (error === undefined) return done(ErrorCode.NONE);
      this.warn(group.id, error);
      done(writeErrorCode(error instanceof LogError ? error.code : ErrorCode.KAFKA_STORAGE_ERROR));
    });
  }

  warn(groupId: string, error: unknown): void {
    this.options.log("warn", `could not write the state of group "${groupId}": ${errorText(error)}`);
  }

  /** The member was heard of: its session begins anew. */
  hear(group: ConsumerGroup, { id, metadata }: ConsumerMember): void {
    const afterMs = metadata.classic?.sessionTimeoutMs ??
      this.options.consumerConfigOf(group.id).sessionTimeoutMs;
    this.#set(group, "session", id, afterMs, `nothing was heard of it for ${afterMs} ms`);
  }

  /** The member has taken a step: if it has to give partitions up, it has its rebalance timeout for it. */
  watchStep(group: ConsumerGroup, { id, metadata, current }: ConsumerMember): void {
    if (metadata.classic !== null) return;
    this.cancel(group, "join", id);
    this.cancel(group, "sync", id);
    if (current.state !== "unrevoked") return this.cancel(group, "rebalance", id);
    const afterMs = metadata.rebalanceTimeoutMs;
    this.#set(
      group,
      "rebalance",
      id,
      afterMs,
      `it has not given up partitions within ${afterMs} ms`,
      () => group.members.get(id)?.current.epoch === current.epoch,
    );
  }

  /** A member of the classic protocol has been told to join again. */
  awaitJoin(group: ConsumerGroup, { id, metadata: { rebalanceTimeoutMs: afterMs } }: ConsumerMember): void {
    if (this.#timersOf(group.id).has(timerName("join", id))) return;
    this.#set(group, "join", id, afterMs, `it has not joined again within ${afterMs} ms`);
  }

  /** A member of the classic protocol has joined. */
  awaitSync(group: ConsumerGroup, { id, metadata: { rebalanceTimeoutMs: afterMs } }: ConsumerMember): void {
    this.#set(group, "sync", id, afterMs, `it has not asked for its assignment within ${afterMs} ms`);
  }

  cancel(group: ConsumerGroup, kind: TimerKind, memberId: string): void {
    this.#timers.get(group.id)?.cancel(timerName(kind, memberId));
  }

  #set(
    group: ConsumerGroup,
    kind: TimerKind,
    memberId: string,
    afterMs: number,
    because: string,
    isStillSo: () => boolean = () => true,
  ): void {
    const dueMs = this.options.clock.monotonic() + afterMs;
    this.#timersOf(group.id).set(timerName(kind, memberId), dueMs, () => {
      if (isStillSo()) this.#fence(group, memberId, because);
    });
  }

  /** Without the member: it is heard of no longer, or holds up the others. */
  #fence(group: ConsumerGroup, memberId: string, because: string): void {
    const member = group.members.get(memberId);
    if (member === undefined) return;
    this.options.log("info", `group "${group.id}" goes on without member ${memberId}: ${because}`);
    try {
      this.remove(group, [member]);
      this.options.onExpired?.(member.metadata);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.warn(group.id, error);
      // Once more after another session: by then the disk may be well.
      this.hear(group, member);
    }
  }

  #unwatch(groupId: string, memberId: string): void {
    const timers = this.#timers.get(groupId);
    if (timers === undefined) return;
    for (const kind of timerKinds) timers.cancel(timerName(kind, memberId));
    if (timers.size === 0) this.#timers.delete(groupId);
  }

  #timersOf(groupId: string): TimerSet {
    let timers = this.#timers.get(groupId);
    if (timers === undefined) this.#timers.set(groupId, timers = new TimerSet(this.options.deadlines));
    return timers;
  }
}

function timerName(kind: TimerKind, memberId: string): string {
  return `${kind} ${memberId}`;
}
