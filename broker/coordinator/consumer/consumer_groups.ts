/**
 * The groups of the new consumer protocol: takes events to the pure functions that judge them, keeps the facts that come out, and
 * answers when they are acknowledged.
 *
 * What must be true: facts are applied after they are in the journal, all or none, by the same code that applies what is replayed.
 * So a group is what its records add up to, and a request that fails has changed nothing.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import { newUuid } from "../../../protocol/uuid.ts";
import type { Clock, Logger, Random } from "../../../storage/environment.ts";
import { errorText, LogError } from "../../../storage/log_error.ts";
import type { GroupConfig } from "../../config.ts";
import type { Deadlines } from "../../reactor/deadlines.ts";
import type { Group } from "../group.ts";
import type { Journal, JournalRecord, ReplayedRecord } from "../journal.ts";
import { writeErrorCode } from "../classic/classic_events.ts";
import { type Advanced, type GroupEnvironment, removeMembers } from "./advance_member.ts";
import { ConsumerGroup } from "./consumer_group.ts";
import type { ConsumerMember } from "./consumer_member.ts";
import { factOf, type GroupFact, recordOf } from "./group_fact.ts";
import { GroupError } from "./group_error.ts";
import type { GroupTopics } from "./group_topics.ts";
import {
  checkHeartbeat,
  type Client,
  heartbeat,
  type HeartbeatOutcome,
  type HeartbeatRequest,
  leave,
} from "./heartbeat.ts";
import { listOf, type TopicPartitions } from "./partitions.ts";
import { TimerSet } from "./timer_set.ts";

export interface ConsumerGroupsOptions {
  /** All groups of the broker, by id, of whatever type. */
  readonly groups: Map<string, Group>;
  readonly journal: Pick<Journal, "topic" | "partitionOf" | "append" | "whenAcknowledged">;
  readonly topics: GroupTopics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly config: GroupConfig;
}

export interface HeartbeatAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment: { readonly topicPartitions: readonly TopicPartitions[] } | null;
}

export class ConsumerGroups {
  readonly #options: ConsumerGroupsOptions;
  /** Of each group that has members. */
  readonly #timers = new Map<string, TimerSet>();

  constructor(options: ConsumerGroupsOptions) {
    this.#options = options;
  }

  /** The group, if it is of the new protocol. */
  group(id: string): ConsumerGroup | undefined {
    const group = this.#options.groups.get(id);
    return group instanceof ConsumerGroup ? group : undefined;
  }

  /** `answer` is called when what it says is acknowledged. */
  heartbeat(
    request: HeartbeatRequest & Client,
    version: number,
    answer: (answer: HeartbeatAnswer) => void,
  ): void {
    const { consumer } = this.#options.config;
    try {
      checkHeartbeat(request, version, consumer);
      const { group, records } = this.#groupFor(request);
      const outcome = request.memberEpoch < 0
        ? leave(group, this.#environment(), request)
        : heartbeat(group, this.#environment(), request, () => newUuid((length) => this.#random(length)));
      this.#keep(group, outcome.facts, records, outcome.advanced);
      if (outcome.advanced !== undefined) this.#watch(group, outcome.advanced.member, outcome.facts);
      this.#whenKept(group, (errorCode) => {
        answer(errorCode === ErrorCode.NONE ? this.#answerOf(outcome) : refusal(errorCode, null));
      });
    } catch (error) {
      answer(this.#refusalOf(error, request.groupId));
    }
  }

  /** Takes a record in that was written before. */
  replay(partition: number, record: ReplayedRecord): void {
    const { groups, topics, log, journal } = this.#options;
    const read = factOf(record);
    if (read === undefined) {
      return log(
        "warn",
        `${journal.topic}-${partition} has a record of a consumer group at offset ${record.offset} that can't be read; ` +
          "what an earlier record says is taken for true",
      );
    }
    const { groupId, fact } = read;
    let group = this.group(groupId);
    if (group === undefined) {
      if (fact.value === null) return;
      groups.set(groupId, group = new ConsumerGroup(groupId, topics, record.timestamp));
    }
    group.apply(fact, record.timestamp);
    if (fact.kind === "group" && fact.value === null) groups.delete(groupId);
  }

  /** All records have been taken in: the members' sessions begin anew. */
  loaded(): void {
    for (const group of this.#options.groups.values()) {
      if (!(group instanceof ConsumerGroup)) continue;
      for (const member of group.members.values()) {
        this.#watchSession(group, member);
        if (member.current.state === "unrevoked") this.#watchRebalance(group, member);
      }
    }
  }

  /** Timers that run. */
  get timerCount(): number {
    let count = 0;
    for (const { size } of this.#timers.values()) count += size;
    return count;
  }

  /** The group that a request is about, and records by which one of another type gives its place to it. Throws GroupError. */
  #groupFor({ groupId, memberEpoch }: HeartbeatRequest): { group: ConsumerGroup; records: JournalRecord[] } {
    const { groups, topics, clock } = this.#options;
    const known = groups.get(groupId);
    if (known instanceof ConsumerGroup) return { group: known, records: [] };
    if (memberEpoch !== 0) throw notFound(`there is no consumer group "${groupId}"`);
    if (known !== undefined && !known.isEmpty) {
      throw notFound(`the group "${groupId}" has members of the classic protocol, and is no consumer group`);
    }
    const group = new ConsumerGroup(groupId, topics, clock.now());
    return { group, records: known?.tombstones() ?? [] };
  }

  /** Writes facts, after `records`, and takes them in. Throws LogError, and nothing has changed then. */
  #keep(
    group: ConsumerGroup,
    facts: readonly GroupFact[],
    records: readonly JournalRecord[] = [],
    seen?: Pick<Advanced, "seenTopics" | "seenTopicsForRegexes">,
  ): void {
    const { journal, groups, clock } = this.#options;
    if (facts.length > 0) {
      const ofFacts = facts.map((fact) => recordOf(group.id, fact));
      journal.append(journal.partitionOf(group.id), [...records, ...ofFacts]);
      groups.set(group.id, group);
    }
    for (const fact of facts) {
      group.apply(fact, clock.now());
      if (fact.kind === "member" && fact.value === null) this.#unwatch(group.id, fact.memberId);
    }
    if (seen === undefined) return;
    group.seenTopics = seen.seenTopics;
    group.seenTopicsForRegexes = seen.seenTopicsForRegexes;
  }

  /** What the answer rests on may be waiting for the disk, even if this event has written nothing. */
  #whenKept(group: ConsumerGroup, done: (errorCode: number) => void): void {
    const { journal } = this.#options;
    journal.whenAcknowledged(journal.partitionOf(group.id), (error) => {
      if (error === undefined) return done(ErrorCode.NONE);
      this.#warn(group.id, error);
      done(writeErrorCode(error instanceof LogError ? error.code : ErrorCode.KAFKA_STORAGE_ERROR));
    });
  }

  #watch(group: ConsumerGroup, member: ConsumerMember, facts: readonly GroupFact[]): void {
    this.#watchSession(group, member);
    const hasMoved = facts.some((fact) => fact.kind === "current" && fact.memberId === member.id);
    if (!hasMoved) return;
    if (member.current.state === "unrevoked") this.#watchRebalance(group, member);
    else this.#timersOf(group.id).cancel(rebalanceTimer(member.id));
  }

  #watchSession(group: ConsumerGroup, { id, metadata }: ConsumerMember): void {
    const afterMs = metadata.classic?.sessionTimeoutMs ?? this.#options.config.consumer.sessionTimeoutMs;
    this.#timersOf(group.id).set(sessionTimer(id), this.#dueMs(afterMs), () => {
      this.#fence(group, id, `nothing was heard of it for ${afterMs} ms`);
    });
  }

  /** A member that has to give partitions up has its rebalance timeout for it. */
  #watchRebalance(group: ConsumerGroup, { id, metadata, current }: ConsumerMember): void {
    const afterMs = metadata.rebalanceTimeoutMs;
    this.#timersOf(group.id).set(rebalanceTimer(id), this.#dueMs(afterMs), () => {
      if (group.members.get(id)?.current.epoch !== current.epoch) return;
      this.#fence(group, id, `it has not given up partitions within ${afterMs} ms`);
    });
  }

  #unwatch(groupId: string, memberId: string): void {
    const timers = this.#timers.get(groupId);
    if (timers === undefined) return;
    timers.cancel(sessionTimer(memberId));
    timers.cancel(rebalanceTimer(memberId));
    if (timers.size === 0) this.#timers.delete(groupId);
  }

  /** Without the member: it is heard no longer, or holds up the others. */
  #fence(group: ConsumerGroup, memberId: string, because: string): void {
    const member = group.members.get(memberId);
    if (member === undefined) return;
    this.#options.log("info", `group "${group.id}" goes on without member ${memberId}: ${because}`);
    try {
      this.#keep(group, removeMembers(group, this.#environment(), [member]));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#warn(group.id, error);
      // Once more after another session: by then the disk may be well.
      this.#watchSession(group, member);
    }
  }

  #timersOf(groupId: string): TimerSet {
    let timers = this.#timers.get(groupId);
    if (timers === undefined) this.#timers.set(groupId, timers = new TimerSet(this.#options.deadlines));
    return timers;
  }

  #answerOf({ memberId, memberEpoch, assignment, advanced }: HeartbeatOutcome): HeartbeatAnswer {
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      memberId,
      memberEpoch,
      heartbeatIntervalMs: advanced === undefined ? 0 : this.#options.config.consumer.heartbeatIntervalMs,
      assignment: assignment === undefined ? null : { topicPartitions: listOf(assignment) },
    };
  }

  #refusalOf(error: unknown, groupId: string): HeartbeatAnswer {
    if (error instanceof GroupError) return refusal(error.code, error.message);
    if (!(error instanceof LogError)) throw error;
    this.#warn(groupId, error);
    return refusal(writeErrorCode(error.code), null);
  }

  #warn(groupId: string, error: unknown): void {
    this.#options.log("warn", `could not write the state of group "${groupId}": ${errorText(error)}`);
  }

  #environment(): GroupEnvironment {
    const { topics, config, clock } = this.#options;
    return { topics, config: config.consumer, nowMs: clock.now() };
  }

  #dueMs(afterMs: number): number {
    return this.#options.clock.monotonic() + afterMs;
  }

  #random(length: number): Uint8Array {
    return this.#options.random.bytes(length);
  }
}

function sessionTimer(memberId: string): string {
  return `session ${memberId}`;
}

function rebalanceTimer(memberId: string): string {
  return `rebalance ${memberId}`;
}

function refusal(errorCode: number, errorMessage: string | null): HeartbeatAnswer {
  return {
    errorCode,
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
}

function notFound(message: string): GroupError {
  return new GroupError(ErrorCode.GROUP_ID_NOT_FOUND, message);
}
