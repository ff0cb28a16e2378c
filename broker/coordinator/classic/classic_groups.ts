/**
 * The classic groups of a broker: gives requests to the group they are about, and does what follows: writes records, answers
 * who waited, and wakes a group when something of it is due.
 *
 * - One alarm for each group, not for each member: a heartbeat touches none.
 * - A record is in the journal before anything rests on it; what does is told when it is acknowledged.
 * - A new group is written at once, empty, so that it is not forgotten while its members come.
 *
 * Source: Kafka's GroupCoordinatorService and GroupMetadataManager.
 * @module
 */
import type { JoinGroupRequest } from "../../../protocol/messages/11_join_group.ts";
import type { HeartbeatRequest } from "../../../protocol/messages/12_heartbeat.ts";
import type { SyncGroupRequest } from "../../../protocol/messages/14_sync_group.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Clock, Logger, Random } from "../../../storage/environment.ts";
import { errorText, LogError } from "../../../storage/log_error.ts";
import type { GroupConfig } from "../../config.ts";
import type { Deadline, Deadlines } from "../../reactor/deadlines.ts";
import type { Group } from "../group.ts";
import type { Journal, JournalRecord, ReplayedRecord } from "../journal.ts";
import {
  type Effects,
  type GroupWrite,
  joinRefusal,
  type JoinWaiter,
  type LeavingMember,
  syncRefusal,
  type SyncWaiter,
  writeErrorCode,
} from "./classic_events.ts";
import { ClassicGroup } from "./classic_group.ts";
import { groupRecord, readGroupRecord } from "./group_record.ts";
import type { Instant } from "./instant.ts";
import { newMemberId } from "./member_id.ts";

/** From this version of JoinGroup on a member that has no id is given one first (KIP-394). */
export const REQUIRES_MEMBER_ID_FROM_VERSION = 4;
/** From this version on a static member may be told that its assignment goes on (KIP-814). */
const SKIPS_ASSIGNMENT_FROM_VERSION = 9;

export interface ClassicGroupsOptions {
  /** All groups by id, whatever their type. */
  readonly groups: Map<string, Group>;
  readonly journal: Pick<Journal, "topic" | "partitionOf" | "append" | "whenAcknowledged">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly config: GroupConfig;
  /** Told of groups that have more or fewer members, or are new, or are no more. */
  readonly onChange?: (groupId: string) => void;
  /** Told of members that were not heard of in time. */
  readonly onExpired?: (member: MemberClient) => void;
}

/** By whom a member is, as it said when it joined. */
export interface MemberClient {
  readonly clientId: string;
  readonly clientHost: string;
}

/** Who sent a request. */
export interface GroupClient {
  readonly clientId: string;
  /** As Kafka has it: "/127.0.0.1". */
  readonly clientHost: string;
  readonly apiVersion: number;
}

export class ClassicGroups {
  readonly #groups: Map<string, Group>;
  readonly #options: ClassicGroupsOptions;
  /** Of groups that wait for something. */
  readonly #alarms = new Map<ClassicGroup, Deadline>();

  constructor(options: ClassicGroupsOptions) {
    this.#options = options;
    this.#groups = options.groups;
  }

  /** Groups that wait for something to be due. */
  get alarmCount(): number {
    return this.#alarms.size;
  }

  /** `waiter` is called now or later, once. */
  join(asked: JoinGroupRequest, client: GroupClient, waiter: JoinWaiter): void {
    const { groupId, memberId, groupInstanceId: instanceId, sessionTimeoutMs } = asked;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.config;
    if (groupId === "") return waiter(joinRefusal(ErrorCode.INVALID_GROUP_ID, memberId));
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return waiter(joinRefusal(ErrorCode.INVALID_SESSION_TIMEOUT, memberId));
    }
    const known = this.#groups.get(groupId);
    let group = known instanceof ClassicGroup ? known : undefined;
    if (known !== undefined && group === undefined && !known.isEmpty) {
      return waiter(joinRefusal(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, ""));
    }
    if (group === undefined) {
      if (memberId !== "") return waiter(joinRefusal(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
      try {
        group = this.#create(groupId, known);
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        this.#warnOfWrite(groupId, error);
        return waiter(joinRefusal(writeErrorCode(error.code), ""));
      }
    }
    const { apiVersion, clientId, clientHost } = client;
    const effects = group.join({
      memberId,
      newMemberId: memberId === "" ? newMemberId(instanceId ?? clientId, this.#options.random) : memberId,
      instanceId,
      clientId,
      clientHost,
      sessionTimeoutMs,
      // Version 0 has no such field.
      rebalanceTimeoutMs: apiVersion === 0 ? sessionTimeoutMs : asked.rebalanceTimeoutMs,
      protocolType: asked.protocolType,
      protocols: asked.protocols,
      requiresMemberId: apiVersion >= REQUIRES_MEMBER_ID_FROM_VERSION,
      knowsSkipAssignment: apiVersion >= SKIPS_ASSIGNMENT_FROM_VERSION,
      waiter,
    }, this.#now());
    this.#execute(group, effects);
  }

  /** `waiter` is called now or later, once. */
  sync(asked: SyncGroupRequest, waiter: SyncWaiter): void {
    if (asked.groupId === "") return waiter(syncRefusal(ErrorCode.INVALID_GROUP_ID));
    const group = this.#find(asked.groupId);
    if (group === undefined) return waiter(syncRefusal(ErrorCode.UNKNOWN_MEMBER_ID));
    this.#execute(group, group.sync({ ...asked, instanceId: asked.groupInstanceId, waiter }));
  }

  /** NONE, or the error. */
  heartbeat({ groupId, memberId, groupInstanceId, generationId }: HeartbeatRequest): number {
    if (groupId === "") return ErrorCode.INVALID_GROUP_ID;
    const group = this.#find(groupId);
    if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    const wakeMs = group.wakeMs;
    const errorCode = group.heartbeat(
      memberId,
      groupInstanceId,
      generationId,
      this.#options.clock.monotonic(),
    );
    if (group.wakeMs < wakeMs) this.#arm(group);
    return errorCode;
  }

  /** Calls `done` with an error code for each of `leaving`, when it is certain that they have left. */
  leave(
    groupId: string,
    leaving: readonly LeavingMember[],
    done: (errorCodes: readonly number[]) => void,
  ): void {
    const group = this.#find(groupId);
    if (group === undefined) return done(leaving.map(() => ErrorCode.UNKNOWN_MEMBER_ID));
    const { errorCodes, effects } = group.leave(leaving, this.#now());
    this.#execute(group, effects);
    if (effects.write === undefined) return done(errorCodes);
    const { journal } = this.#options;
    journal.whenAcknowledged(journal.partitionOf(groupId), () => done(errorCodes));
  }

  /** A group without members, for somebody who commits offsets and is in none; it is kept by its offsets alone. */
  createSimple(groupId: string, stateSinceMs: number): ClassicGroup {
    const group = new ClassicGroup({ id: groupId, limits: this.#options.config, stateSinceMs });
    this.#groups.set(groupId, group);
    this.#options.onChange?.(groupId);
    return group;
  }

  /** Puts a group that was made from one of another type in its place. The journal must have been told. Its members join again. */
  adopt(group: ClassicGroup): void {
    this.#groups.set(group.id, group);
    this.#execute(group, group.loaded(this.#now()));
    this.#execute(group, group.rebalance(this.#now()));
  }

  /** Forgets the group. The journal must have been told. `errorCode` is for those who wait. */
  remove(group: ClassicGroup, errorCode: number = ErrorCode.UNKNOWN_MEMBER_ID): void {
    if (this.#groups.get(group.id) === group) this.#groups.delete(group.id);
    this.#execute(group, group.kill(errorCode));
  }

  /** Takes in a record of key version 2. */
  replay(partition: number, record: ReplayedRecord): void {
    const read = readGroupRecord(record);
    if (read === undefined) {
      const { journal, log } = this.#options;
      return log(
        "warn",
        `${journal.topic}-${partition} has a record of a group at offset ${record.offset} that can't be read; ` +
          "what an earlier record says of the group is taken for true",
      );
    }
    const { id, value } = read;
    if (value !== null) this.#groups.set(id, ClassicGroup.restored(id, value, this.#options.config));
    else if (this.#find(id) !== undefined) this.#groups.delete(id);
  }

  /** All records have been taken in: sessions begin anew. */
  loaded(): void {
    const now = this.#now();
    for (const group of this.#groups.values()) {
      if (group instanceof ClassicGroup) this.#execute(group, group.loaded(now));
    }
  }

  /** The broker stops: nobody is to wait any longer. */
  stop(): void {
    for (const group of this.#groups.values()) {
      if (group instanceof ClassicGroup) this.#execute(group, group.kill(ErrorCode.NOT_COORDINATOR));
    }
  }

  #find(groupId: string): ClassicGroup | undefined {
    const group = this.#groups.get(groupId);
    return group instanceof ClassicGroup ? group : undefined;
  }

  /** In the place of `replaced`, which has no members, if there is one. Throws LogError, and has changed nothing then. */
  #create(id: string, replaced: Group | undefined): ClassicGroup {
    const { config, journal } = this.#options;
    const group = new ClassicGroup({ id, limits: config, stateSinceMs: this.#now().wallMs });
    const records: JournalRecord[] = [...replaced?.tombstones() ?? [], groupRecord(id, group.value())];
    journal.append(journal.partitionOf(id), records);
    this.#groups.set(id, group);
    return group;
  }

  #execute(group: ClassicGroup, { write, joins, syncs }: Effects): void {
    if (write !== undefined) this.#write(group, write);
    for (const { waiter, answer } of joins) waiter(answer);
    for (const { waiter, answer } of syncs) waiter(answer);
    this.#arm(group);
    this.#options.onChange?.(group.id);
  }

  #write(group: ClassicGroup, write: GroupWrite): void {
    const { journal } = this.#options;
    const partition = journal.partitionOf(group.id);
    try {
      journal.append(partition, [groupRecord(group.id, write.value)]);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      return this.#onWritten(group, write, error);
    }
    journal.whenAcknowledged(partition, (error) => this.#onWritten(group, write, error));
  }

  #onWritten(group: ClassicGroup, write: GroupWrite, error: Error | undefined): void {
    if (error === undefined) return this.#execute(group, group.written(write, this.#now()));
    this.#warnOfWrite(group.id, error);
    const code = error instanceof LogError ? error.code : ErrorCode.KAFKA_STORAGE_ERROR;
    this.#execute(group, group.writeFailed(write, writeErrorCode(code), this.#now()));
  }

  #warnOfWrite(groupId: string, error: Error): void {
    this.#options.log("warn", `could not write the state of group "${groupId}": ${errorText(error)}`);
  }

  /** An alarm that comes too early does no harm, and is not worth being moved. */
  #arm(group: ClassicGroup): void {
    const { wakeMs } = group;
    const alarm = this.#alarms.get(group);
    if (alarm !== undefined && alarm.dueMs <= wakeMs && wakeMs < Infinity) return;
    alarm?.cancel();
    if (wakeMs === Infinity) this.#alarms.delete(group);
    else this.#alarms.set(group, this.#options.deadlines.add(wakeMs, () => this.#wake(group)));
  }

  #wake(group: ClassicGroup): void {
    this.#alarms.delete(group);
    const effects = group.expire(this.#now());
    for (const member of effects.removed) this.#options.onExpired?.(member);
    this.#execute(group, effects);
  }

  #now(): Instant {
    const { clock } = this.#options;
    return { nowMs: clock.monotonic(), wallMs: clock.now() };
  }
}
