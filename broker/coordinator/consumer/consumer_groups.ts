/**
 * Groups of the new consumer protocol: gives heartbeats to the pure functions that judge them, has the keeper keep what comes out, and
 * answers when that is acknowledged.
 *
 * A classic group gives its place to a consumer group when a member of the new protocol joins: one without members simply, one with
 * members as group.consumer.migration.policy allows.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import { newUuid } from "../../../protocol/uuid.ts";
import { LogError } from "../../../storage/log_error.ts";
import { writeErrorCode } from "../classic/classic_events.ts";
import { ClassicGroup } from "../classic/classic_group.ts";
import type { ClassicGroups } from "../classic/classic_groups.ts";
import type { JournalRecord, ReplayedRecord } from "../journal.ts";
import { ClassicMembers } from "./classic_members.ts";
import { ConsumerGroup } from "./consumer_group.ts";
import { factOf, recordOf } from "./group_fact.ts";
import { GroupError } from "./group_error.ts";
import { GroupKeeper, type GroupKeeperOptions } from "./group_keeper.ts";
import {
  checkHeartbeat,
  type Client,
  heartbeat,
  type HeartbeatOutcome,
  type HeartbeatRequest,
  leave,
} from "./heartbeat.ts";
import { listOf, type TopicPartitions } from "./partitions.ts";
import { upgradeFacts } from "./upgrade.ts";

export interface ConsumerGroupsOptions extends GroupKeeperOptions {
  readonly classic: Pick<ClassicGroups, "adopt" | "remove">;
}

export interface HeartbeatAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment: { readonly topicPartitions: readonly TopicPartitions[] } | null;
}

/** Where a request goes to, and what has to happen before. */
interface Destination {
  readonly group: ConsumerGroup;
  /** By which a classic group gives its place to it. */
  readonly records: readonly JournalRecord[];
  readonly replaces: ClassicGroup | undefined;
}

export class ConsumerGroups {
  /** Members of these groups that speak the classic protocol. */
  readonly classicMembers: ClassicMembers;
  readonly #options: ConsumerGroupsOptions;
  readonly #keeper: GroupKeeper;

  constructor(options: ConsumerGroupsOptions) {
    this.#options = options;
    this.#keeper = new GroupKeeper(options);
    this.classicMembers = new ClassicMembers(this.#keeper);
  }

  /** The group, if it is of the new protocol. */
  group(id: string): ConsumerGroup | undefined {
    return this.#keeper.group(id);
  }

  /** Timers that run. */
  get timerCount(): number {
    return this.#keeper.timerCount;
  }

  /** `answer` is called when what it says is acknowledged. */
  heartbeat(
    request: HeartbeatRequest & Client,
    version: number,
    answer: (answer: HeartbeatAnswer) => void,
  ): void {
    try {
      checkHeartbeat(request, version, this.#options.config.consumer);
      const outcome = request.memberEpoch < 0 ? this.#leave(request) : this.#stay(request);
      this.#keeper.whenKept(outcome.group, (errorCode) => {
        answer(
          errorCode === ErrorCode.NONE ? this.#answerOf(request.groupId, outcome) : refusal(errorCode, null),
        );
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
      if (group instanceof ConsumerGroup) this.#watchAll(group);
    }
  }

  #stay(request: HeartbeatRequest & Client): HeartbeatOutcome & { readonly group: ConsumerGroup } {
    const { group, records, replaces } = this.#destinationOf(request);
    const outcome = heartbeat(group, this.#keeper.environment(), request, () => this.#newMemberId());
    const { advanced } = outcome;
    // It was heard of, even if what it said can't be kept.
    if (group.members.has(outcome.memberId)) this.#keeper.hear(group, advanced!.member);
    this.#keeper.keep(group, outcome.facts, { records, seen: advanced });
    if (replaces !== undefined) {
      this.#options.log(
        "info",
        `group "${group.id}" has a member of the new protocol, and is a consumer group`,
      );
      // Those who wait are to join again, now here.
      this.#options.classic.remove(replaces, ErrorCode.REBALANCE_IN_PROGRESS);
      this.#watchAll(group);
    }
    const member = advanced!.member;
    this.#keeper.hear(group, member);
    const hasMoved = outcome.facts.some((fact) => fact.kind === "current" && fact.memberId === member.id);
    if (hasMoved) this.#keeper.watchStep(group, member);
    return { ...outcome, group };
  }

  #leave(request: HeartbeatRequest): HeartbeatOutcome & { readonly group: ConsumerGroup } {
    const group = this.group(request.groupId);
    if (group === undefined) throw notFound(request.groupId);
    const { gone, outcome } = leave(group, request);
    if (gone === undefined) this.#keeper.keep(group, outcome.facts);
    else this.#keeper.remove(group, [gone]);
    return { ...outcome, group };
  }

  /** Throws GroupError. */
  #destinationOf({ groupId, memberEpoch }: HeartbeatRequest): Destination {
    const { groups, topics, clock, config } = this.#options;
    const known = groups.get(groupId);
    if (known instanceof ConsumerGroup) return { group: known, records: [], replaces: undefined };
    if (memberEpoch !== 0) throw notFound(groupId);
    const group = new ConsumerGroup(groupId, topics, clock.now());
    if (!(known instanceof ClassicGroup)) return { group, records: [], replaces: undefined };
    const facts = known.isEmpty ? [] : upgradeFacts(known, config.consumer, topics);
    for (const fact of facts) group.apply(fact, clock.now());
    const records = [...known.tombstones(), ...facts.map((fact) => recordOf(groupId, fact))];
    return { group, records, replaces: known };
  }

  #watchAll(group: ConsumerGroup): void {
    for (const member of group.members.values()) {
      this.#keeper.hear(group, member);
      this.#keeper.watchStep(group, member);
    }
  }

  #answerOf(
    groupId: string,
    { memberId, memberEpoch, assignment, advanced }: HeartbeatOutcome,
  ): HeartbeatAnswer {
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      memberId,
      memberEpoch,
      heartbeatIntervalMs: advanced === undefined
        ? 0
        : this.#options.consumerConfigOf(groupId).heartbeatIntervalMs,
      assignment: assignment === undefined ? null : { topicPartitions: listOf(assignment) },
    };
  }

  #refusalOf(error: unknown, groupId: string): HeartbeatAnswer {
    if (error instanceof GroupError) return refusal(error.code, error.message);
    if (!(error instanceof LogError)) throw error;
    this.#keeper.warn(groupId, error);
    return refusal(writeErrorCode(error.code), null);
  }

  #newMemberId(): string {
    return newUuid((length) => this.#options.random.bytes(length));
  }
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

function notFound(groupId: string): GroupError {
  return new GroupError(ErrorCode.GROUP_ID_NOT_FOUND, `there is no consumer group "${groupId}"`);
}
