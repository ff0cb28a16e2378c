/**
 * A consumer group of the classic protocol: members join, one of them is told of all and assigns partitions, and each gets
 * its part. What they support and assign are bytes to the broker, so eager and cooperative rebalances are alike to it.
 *
 *     Empty ─join─► PreparingRebalance ─all have joined, or time is up─► CompletingRebalance ─leader's sync is kept─► Stable
 *       ▲                │   ▲                                                  │                                      │
 *       └─nobody is left─┘   └──────────── a member joins, changes, leaves, or is not heard of any more ───────────────┘
 *
 * It is a state machine without clock, disk or network: events come in with the time, and {@link Effects} go out. Whoever
 * runs it writes and answers what they say, tells it how writing went, and calls `expire` at `wakeMs`.
 *
 * What must be true:
 * - A request that waits gets one answer: when it is due, when its member goes, or when a later one takes its place.
 * - `wakeMs` is not later than the first thing due. It may be earlier: a heartbeat moves a member's time and nothing else.
 * - Only what a record says outlives the broker: the members of the last generation that was assigned.
 *
 * Source: KIP-62, KIP-134 (initial delay), KIP-345 (static members), KIP-394 (member ids), KIP-814 (skipped assignment), and
 * Kafka's ClassicGroup and GroupMetadataManager.
 * @module
 */
import { CONSUMER_PROTOCOL_TYPE, decodeSubscription } from "../../../protocol/consumer_protocol.ts";
import type { GroupMetadataInput, GroupMetadataValue } from "../../../protocol/coordinator/group_metadata.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { invariant } from "../../../storage/log_error.ts";
import type { Committer, Group } from "../group.ts";
import type { JournalRecord } from "../journal.ts";
import {
  Effects,
  type GroupWrite,
  type JoinAnswer,
  type JoinEvent,
  joinRefusal,
  type LeavingMember,
  type SyncEvent,
  syncRefusal,
} from "./classic_events.ts";
import { ClassicMember, NO_ASSIGNMENT } from "./classic_member.ts";
import { groupRecord } from "./group_record.ts";
import type { Instant } from "./instant.ts";
import { Membership } from "./membership.ts";

/** A new member whose request waits can't be heard of otherwise, and may be gone; if it is there it asks again. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000;

export type ClassicGroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead";

export interface ClassicGroupLimits {
  /** How long a new group waits for more members. */
  readonly initialRebalanceDelayMs: number;
  /** Members of a group. */
  readonly maxSize: number;
}

export interface ClassicGroupOptions {
  readonly id: string;
  readonly limits: ClassicGroupLimits;
  /** Wall clock; undefined: not known. */
  readonly stateSinceMs: number | undefined;
  /** Of a group that is there already: it is stable if it has members. */
  readonly generationId?: number;
  readonly protocolType?: string | null;
  readonly protocolName?: string | null;
  readonly leaderId?: string | null;
  readonly members?: Iterable<ClassicMember>;
}

/** A rebalance of a group that was empty: more members are waited for, again and again, as long as some come. */
interface InitialWait {
  readonly delayMs: number;
  readonly remainingMs: number;
}

export class ClassicGroup implements Group {
  readonly type = "classic";
  readonly id: string;
  readonly #limits: ClassicGroupLimits;
  readonly #members: Membership;
  /** Given an id and asked to come again with it: when that is not waited for any more. */
  readonly #pendingJoins = new Map<string, number>();
  #state: ClassicGroupState;
  #wasEmpty = false;
  #stateSinceMs: number | undefined;
  #generationId: number;
  #protocolType: string | null;
  #protocolName: string | null;
  #wakeMs = Infinity;
  #joinDueMs = Infinity;
  #initialWait: InitialWait | undefined;
  #hasNewcomer = false;
  #syncDueMs = Infinity;
  /** The leader has assigned, and that is being written. */
  #isAssigned = false;
  /** Topics that members subscribe to; null: what they say can't be read. Made when asked for. */
  #subscribedTopics: ReadonlySet<string> | null | undefined;

  constructor(options: ClassicGroupOptions) {
    this.id = options.id;
    this.#limits = options.limits;
    this.#stateSinceMs = options.stateSinceMs;
    this.#generationId = options.generationId ?? 0;
    this.#protocolType = options.protocolType ?? null;
    this.#protocolName = options.protocolName ?? null;
    this.#members = new Membership(options.leaderId);
    for (const member of options.members ?? []) this.#members.add(member);
    this.#state = this.#members.size === 0 ? "Empty" : "Stable";
  }

  /** What a record says. */
  static restored(id: string, value: GroupMetadataValue, limits: ClassicGroupLimits): ClassicGroup {
    return new ClassicGroup({
      id,
      limits,
      stateSinceMs: value.currentStateTimestamp < 0 ? undefined : value.currentStateTimestamp,
      generationId: value.generation,
      protocolType: value.protocolType === "" ? null : value.protocolType,
      protocolName: value.protocol,
      leaderId: value.leader,
      members: value.members.map((member) =>
        new ClassicMember({
          id: member.memberId,
          instanceId: member.groupInstanceId,
          clientId: member.clientId,
          clientHost: member.clientHost,
          sessionTimeoutMs: member.sessionTimeout,
          rebalanceTimeoutMs: member.rebalanceTimeout < 0 ? member.sessionTimeout : member.rebalanceTimeout,
          protocols: [{ name: value.protocol ?? "", metadata: member.subscription }],
          assignment: member.assignment.slice(),
        })
      ),
    });
  }

  get state(): ClassicGroupState {
    return this.#state;
  }

  get generationId(): number {
    return this.#generationId;
  }

  get protocolType(): string {
    return this.#protocolType ?? "";
  }

  /** Chosen by the members of this generation; null in a group without members. */
  get protocolName(): string | null {
    return this.#protocolName;
  }

  get leaderId(): string | null {
    return this.#members.leaderId;
  }

  get memberCount(): number {
    return this.#members.size;
  }

  get members(): Iterable<ClassicMember> {
    return this.#members;
  }

  member(id: string): ClassicMember | undefined {
    return this.#members.get(id);
  }

  get isEmpty(): boolean {
    return this.#state === "Empty";
  }

  get emptySinceMs(): number | undefined {
    return this.#state === "Empty" ? this.#stateSinceMs : undefined;
  }

  /** When `expire` is to be called, on the monotonic clock; Infinity if nothing is waited for. */
  get wakeMs(): number {
    return this.#wakeMs;
  }

  // Events

  join(event: JoinEvent, now: Instant): Effects {
    const effects = new Effects();
    const { memberId, waiter } = event;
    const refuse = (code: number, id: string) =>
      void effects.joins.push({ waiter, answer: joinRefusal(code, id) });
    if (this.#state === "Dead") refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId);
    else if (!this.#hasRoomFor(memberId)) {
      const member = this.#members.get(memberId);
      if (member !== undefined) this.#remove(member, effects);
      this.#pendingJoins.delete(memberId);
      refuse(ErrorCode.GROUP_MAX_SIZE_REACHED, "");
    } else if (!this.#supports(event)) refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId);
    else if (memberId === "") this.#joinNew(event, now, effects);
    else if (this.#pendingJoins.has(memberId)) this.#add(event, memberId, now, effects);
    else this.#rejoin(event, now, effects);
    return effects;
  }

  sync(event: SyncEvent): Effects {
    const effects = new Effects();
    const error = this.#checkSync(event);
    if (error !== ErrorCode.NONE) {
      effects.syncs.push({ waiter: event.waiter, answer: syncRefusal(error) });
      return effects;
    }
    const member = this.#members.get(event.memberId)!;
    this.#members.setOwesSync(member, false);
    if (this.#members.owingSyncCount === 0) this.#syncDueMs = Infinity;
    if (this.#state === "Stable") {
      effects.syncs.push({ waiter: event.waiter, answer: this.#syncAnswer(member) });
      return effects;
    }
    this.#answerSync(member, ErrorCode.REBALANCE_IN_PROGRESS, effects);
    member.syncWaiter = event.waiter;
    if (member.id === this.leaderId && !this.#isAssigned) {
      this.#isAssigned = true;
      effects.write = this.#assign(event);
    }
    return effects;
  }

  /** NONE, or the error for a heartbeat. */
  heartbeat(memberId: string, instanceId: string | null, generationId: number, nowMs: number): number {
    if (this.#state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    const error = this.#checkMember(memberId, instanceId);
    if (error !== ErrorCode.NONE) return error;
    if (generationId !== this.#generationId) return ErrorCode.ILLEGAL_GENERATION;
    this.#hear(this.#members.get(memberId)!, nowMs);
    return this.#state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** An error code for each of `leaving`, in order, and what follows for the others. */
  leave(
    leaving: readonly LeavingMember[],
    now: Instant,
  ): { readonly errorCodes: readonly number[]; readonly effects: Effects } {
    const effects = new Effects();
    const errorCodes = leaving.map((each) => this.#leaveOne(each, effects));
    if (errorCodes.includes(ErrorCode.NONE)) this.#rebalanceOrComplete(now, effects);
    return { errorCodes, effects };
  }

  /** Does what is due: to be called at `wakeMs`. */
  expire(now: Instant): Effects {
    const effects = new Effects();
    const { nowMs } = now;
    for (const member of this.#members) {
      if (member.dueMs > nowMs) continue;
      member.dueMs = Infinity;
      if (member.isHeardOf) continue;
      this.#remove(member, effects);
      this.#rebalanceOrComplete(now, effects);
    }
    for (const [id, dueMs] of this.#pendingJoins) {
      if (dueMs > nowMs) continue;
      this.#pendingJoins.delete(id);
      if (this.#state === "PreparingRebalance") this.#completeIfAllJoined(now, effects);
    }
    if (this.#joinDueMs <= nowMs) this.#onJoinDue(now, effects);
    if (this.#syncDueMs <= nowMs) this.#onSyncDue(now, effects);
    this.#wakeMs = this.#firstDueMs();
    return effects;
  }

  /** What was to be written is kept. */
  written(write: GroupWrite, now: Instant): Effects {
    const effects = new Effects();
    if (write.generationId !== this.#generationId) return effects;
    if (write.kind === "assignment" && this.#state === "CompletingRebalance") {
      this.#isAssigned = false;
      for (const member of this.#members) {
        member.assignment = write.assignments.get(member.id) ?? NO_ASSIGNMENT;
        this.#propagate(member, ErrorCode.NONE, now, effects);
      }
      this.#setState("Stable", now);
    } else if (write.kind === "instance" && this.#state === "Stable") {
      const { member, leaderBefore, knowsSkipAssignment } = write;
      // Otherwise it has become part of a rebalance, and is answered with all others.
      if (this.#members.get(member.id) === member) {
        const answer = knowsSkipAssignment
          ? { ...this.#joinAnswer(member), skipAssignment: member.id === this.leaderId }
          : { ...this.#joinAnswer(member), leader: leaderBefore, members: [] };
        this.#answerJoin(member, answer, effects);
      }
    }
    return effects;
  }

  /** What was to be written is not, or nobody knows; `errorCode` is for those who wait. */
  writeFailed(write: GroupWrite, errorCode: number, now: Instant): Effects {
    const effects = new Effects();
    if (write.generationId !== this.#generationId) return effects;
    if (write.kind === "assignment" && this.#state === "CompletingRebalance") {
      this.#resetAssignments(errorCode, now, effects);
      this.#prepareRebalance(now, effects);
    } else if (write.kind === "instance" && this.#state === "Stable") {
      const { member, replaced } = write;
      if (this.#members.get(member.id) === member) {
        this.#answerJoin(member, joinRefusal(errorCode, ""), effects);
        this.#members.replace(member, replaced);
        this.#subscribedTopics = undefined;
        this.#hear(replaced, now.nowMs);
      }
    }
    return effects;
  }

  /** It has been taken from its records: members have a session from now on. */
  loaded(now: Instant): Effects {
    const effects = new Effects();
    for (const member of this.#members) this.#hear(member, now.nowMs);
    if (this.#members.size > this.#limits.maxSize) this.#prepareRebalance(now, effects);
    return effects;
  }

  /** Members are to join again, for a reason that lies outside the group. */
  rebalance(now: Instant): Effects {
    const effects = new Effects();
    if (this.#state !== "PreparingRebalance") this.#prepareRebalance(now, effects);
    return effects;
  }

  /** It is not to be used any more; whoever waits is told `errorCode`. */
  kill(errorCode: number): Effects {
    const effects = new Effects();
    for (const member of this.#members) {
      this.#answerJoin(member, joinRefusal(errorCode, member.id), effects);
      this.#answerSync(member, errorCode, effects);
    }
    this.#state = "Dead";
    this.#pendingJoins.clear();
    this.#wakeMs = this.#joinDueMs = this.#syncDueMs = Infinity;
    return effects;
  }

  // Questions

  checkCommit(committer: Committer, nowMs: number): number {
    const { memberId, groupInstanceId, generationId, isTransactional } = committer;
    if (this.#state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    // A consumer that assigns its partitions itself, or a tool: as long as there are no members.
    if (generationId < 0 && this.#state === "Empty") return ErrorCode.NONE;
    if (generationId >= 0 || memberId !== "" || groupInstanceId !== null) {
      const error = this.#checkMember(memberId, groupInstanceId);
      if (error !== ErrorCode.NONE) return error;
      if (generationId !== this.#generationId) return ErrorCode.ILLEGAL_GENERATION;
    } else if (!isTransactional && this.#state !== "Empty") return ErrorCode.UNKNOWN_MEMBER_ID;
    if (isTransactional) return ErrorCode.NONE;
    if (this.#state === "CompletingRebalance") return ErrorCode.REBALANCE_IN_PROGRESS;
    const member = this.#members.get(memberId);
    // As good as a heartbeat, yet never the reason to wake earlier.
    if (member !== undefined) member.dueMs = Math.max(member.dueMs, nowMs + member.sessionTimeoutMs);
    return ErrorCode.NONE;
  }

  checkFetch(_memberId: string | null, _memberEpoch: number): number {
    return this.#state === "Dead" ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE;
  }

  checkDelete(): number {
    if (this.#state === "Dead") return ErrorCode.GROUP_ID_NOT_FOUND;
    return this.#state === "Empty" ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
  }

  tombstones(): JournalRecord[] {
    return [groupRecord(this.id, null)];
  }

  /** By members whose subscriptions can't be read every topic may be wanted. */
  isSubscribedTo(topic: string): boolean {
    if (this.#protocolType !== CONSUMER_PROTOCOL_TYPE) return false;
    if (this.#subscribedTopics === undefined) this.#subscribedTopics = this.#readSubscriptions();
    return this.#subscribedTopics === null || this.#subscribedTopics.has(topic);
  }

  /** The record that says what is to outlive the broker. */
  value(
    assignmentOf: (member: ClassicMember) => Uint8Array = ({ assignment }) => assignment,
  ): GroupMetadataInput {
    return {
      protocolType: this.protocolType,
      generation: this.#generationId,
      protocol: this.#protocolName,
      leader: this.leaderId,
      currentStateTimestamp: this.#stateSinceMs ?? -1,
      members: Array.from(this.#members, (member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: this.#metadataOf(member),
        assignment: assignmentOf(member),
      })),
    };
  }

  // Joining

  #joinNew(event: JoinEvent, now: Instant, effects: Effects): void {
    const { instanceId, newMemberId, waiter } = event;
    const existing = this.#members.ofInstance(instanceId);
    if (existing !== undefined) this.#replaceInstance(existing, event, now, effects);
    else if (instanceId !== null || !event.requiresMemberId) this.#add(event, newMemberId, now, effects);
    else {
      const dueMs = now.nowMs + event.sessionTimeoutMs;
      this.#pendingJoins.set(newMemberId, dueMs);
      this.#wakeBy(dueMs);
      effects.joins.push({ waiter, answer: joinRefusal(ErrorCode.MEMBER_ID_REQUIRED, newMemberId) });
    }
  }

  #rejoin(event: JoinEvent, now: Instant, effects: Effects): void {
    const { memberId, waiter } = event;
    const error = this.#checkMember(memberId, event.instanceId);
    if (error !== ErrorCode.NONE) {
      effects.joins.push({ waiter, answer: joinRefusal(error, memberId) });
      return;
    }
    const member = this.#members.get(memberId)!;
    const isAsBefore = member.matches(event.protocols) &&
      (this.#state === "CompletingRebalance" || this.#state === "Stable" && memberId !== this.leaderId);
    // It may not have got the answer of this generation; a leader that comes again wants to assign anew.
    if (isAsBefore) effects.joins.push({ waiter, answer: this.#joinAnswer(member) });
    else {
      this.#update(member, event, effects);
      this.#rebalanceOrComplete(now, effects);
    }
  }

  #add(event: JoinEvent, id: string, now: Instant, effects: Effects): void {
    if (this.#members.size === 0) this.#protocolType = event.protocolType;
    const member = new ClassicMember({ ...event, id });
    member.isNew = true;
    this.#pendingJoins.delete(id);
    this.#members.add(member);
    this.#members.awaitJoin(member, event.waiter);
    this.#subscribedTopics = undefined;
    this.#hasNewcomer = true;
    this.#setDue(member, now.nowMs + NEW_MEMBER_JOIN_TIMEOUT_MS);
    this.#rebalanceOrComplete(now, effects);
  }

  /** A static member has come back and does not know its id: whoever has that is fenced, and is most likely it, before. */
  #replaceInstance(replaced: ClassicMember, event: JoinEvent, now: Instant, effects: Effects): void {
    const leaderBefore = this.leaderId!;
    this.#answerJoin(replaced, joinRefusal(ErrorCode.FENCED_INSTANCE_ID, replaced.id), effects);
    this.#answerSync(replaced, ErrorCode.FENCED_INSTANCE_ID, effects);
    const member = replaced.renamed(event.newMemberId);
    this.#members.replace(replaced, member);
    this.#update(member, event, effects);
    this.#hear(member, now.nowMs);
    if (this.#state !== "Stable") return this.#rebalanceOrComplete(now, effects);
    if (this.#members.chooseProtocol() !== this.#protocolName) return this.#prepareRebalance(now, effects);
    effects.write = {
      kind: "instance",
      generationId: this.#generationId,
      value: this.value(),
      member,
      replaced,
      leaderBefore,
      knowsSkipAssignment: event.knowsSkipAssignment,
    };
  }

  #update(member: ClassicMember, event: JoinEvent, effects: Effects): void {
    this.#members.update(member, event.protocols);
    this.#subscribedTopics = undefined;
    member.sessionTimeoutMs = event.sessionTimeoutMs;
    member.rebalanceTimeoutMs = event.rebalanceTimeoutMs;
    this.#answerJoin(member, joinRefusal(ErrorCode.REBALANCE_IN_PROGRESS, member.id), effects);
    this.#members.awaitJoin(member, event.waiter);
  }

  #hasRoomFor(memberId: string): boolean {
    const { maxSize } = this.#limits;
    const member = this.#members.get(memberId);
    switch (this.#state) {
      case "PreparingRebalance":
        // Those who wait count, not all members: after a lower limit the last to join again are turned away.
        return member?.isAwaitingJoin === true || this.#members.awaitingJoinCount < maxSize;
      case "CompletingRebalance":
      case "Stable":
        return member !== undefined || this.#members.size < maxSize;
      default:
        return true;
    }
  }

  #supports({ protocolType, protocols }: JoinEvent): boolean {
    if (this.#state === "Empty") return protocolType !== "" && protocols.length > 0;
    return protocolType === this.#protocolType && this.#members.supports(protocols);
  }

  // Rebalances

  /** Something has changed that all members have to know. */
  #rebalanceOrComplete(now: Instant, effects: Effects): void {
    if (this.#state === "PreparingRebalance") this.#completeIfAllJoined(now, effects);
    else if (this.#state !== "Empty" || this.#members.size > 0) this.#prepareRebalance(now, effects);
  }

  #prepareRebalance(now: Instant, effects: Effects): void {
    if (this.#state === "CompletingRebalance") {
      this.#resetAssignments(ErrorCode.REBALANCE_IN_PROGRESS, now, effects);
    }
    this.#isAssigned = false;
    for (const member of this.#members) this.#members.setOwesSync(member, false);
    this.#syncDueMs = Infinity;
    this.#wasEmpty = this.#state === "Empty";
    this.#setState("PreparingRebalance", now);
    if (!this.#wasEmpty) {
      this.#completeIfAllJoined(now, effects);
      if (this.#state === "PreparingRebalance") {
        this.#setJoinDue(now.nowMs + this.#members.rebalanceTimeoutMs);
      }
      return;
    }
    const { initialRebalanceDelayMs: delayMs } = this.#limits;
    this.#initialWait = {
      delayMs,
      remainingMs: Math.max(this.#members.rebalanceTimeoutMs - delayMs, 0),
    };
    this.#hasNewcomer = false;
    this.#setJoinDue(now.nowMs + delayMs);
  }

  /** The initial wait is not cut short: more may come than those who are known. */
  #completeIfAllJoined(now: Instant, effects: Effects): void {
    const haveAllJoined = this.#members.awaitingJoinCount === this.#members.size &&
      this.#pendingJoins.size === 0;
    if (!this.#wasEmpty && haveAllJoined) this.#completeJoin(now, effects);
  }

  #onJoinDue(now: Instant, effects: Effects): void {
    const wait = this.#initialWait;
    if (wait === undefined || !this.#hasNewcomer || wait.remainingMs === 0) {
      return this.#completeJoin(now, effects);
    }
    this.#hasNewcomer = false;
    const delayMs = Math.min(this.#limits.initialRebalanceDelayMs, wait.remainingMs);
    this.#initialWait = { delayMs, remainingMs: Math.max(wait.remainingMs - wait.delayMs, 0) };
    this.#setJoinDue(now.nowMs + delayMs);
  }

  /** Whoever has joined is in. Static members stay, joined or not, until their session is over. */
  #completeJoin(now: Instant, effects: Effects): void {
    this.#joinDueMs = Infinity;
    this.#initialWait = undefined;
    for (const member of this.#members) {
      if (!member.isAwaitingJoin && member.instanceId === null) this.#remove(member, effects);
    }
    if (this.#members.size > 0 && !this.#members.electJoinedLeader()) {
      return this.#setJoinDue(now.nowMs + this.#members.rebalanceTimeoutMs);
    }
    this.#generationId++;
    this.#subscribedTopics = undefined;
    if (this.#members.size === 0) {
      this.#protocolName = null;
      this.#setState("Empty", now);
      effects.write = { kind: "empty", generationId: this.#generationId, value: this.value() };
      return;
    }
    this.#protocolName = this.#members.chooseProtocol();
    this.#setState("CompletingRebalance", now);
    for (const member of this.#members) {
      this.#answerJoin(member, this.#joinAnswer(member), effects);
      this.#hear(member, now.nowMs);
      member.isNew = false;
      this.#members.setOwesSync(member, true);
    }
    this.#syncDueMs = now.nowMs + this.#members.rebalanceTimeoutMs;
    this.#wakeBy(this.#syncDueMs);
  }

  /** Members that were told of the generation and never asked for their assignment are out. */
  #onSyncDue(now: Instant, effects: Effects): void {
    this.#syncDueMs = Infinity;
    if (this.#members.owingSyncCount === 0) return;
    for (const member of this.#members) if (member.owesSync) this.#remove(member, effects);
    this.#prepareRebalance(now, effects);
  }

  // Assignments

  #checkSync({ memberId, instanceId, generationId, protocolType, protocolName }: SyncEvent): number {
    if (this.#state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    const error = this.#checkMember(memberId, instanceId);
    if (error !== ErrorCode.NONE) return error;
    if (generationId !== this.#generationId) return ErrorCode.ILLEGAL_GENERATION;
    if (differs(protocolType, this.#protocolType) || differs(protocolName, this.#protocolName)) {
      return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
    }
    return this.#state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** Members that the leader forgot get nothing. */
  #assign({ assignments }: SyncEvent): GroupWrite {
    const kept = new Map<string, Uint8Array>();
    for (const { memberId, assignment } of assignments) {
      if (this.#members.get(memberId) !== undefined) kept.set(memberId, assignment.slice());
    }
    const value = this.value(({ id }) => kept.get(id) ?? NO_ASSIGNMENT);
    return { kind: "assignment", generationId: this.#generationId, value, assignments: kept };
  }

  #resetAssignments(errorCode: number, now: Instant, effects: Effects): void {
    for (const member of this.#members) {
      member.assignment = NO_ASSIGNMENT;
      this.#propagate(member, errorCode, now, effects);
    }
  }

  /** Answers the member's sync, if one waits; while it did, silence was no reason to let the member go. */
  #propagate(member: ClassicMember, errorCode: number, now: Instant, effects: Effects): void {
    if (this.#answerSync(member, errorCode, effects)) this.#hear(member, now.nowMs);
  }

  // Members

  #checkMember(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const member = this.#members.ofInstance(instanceId);
      if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (member.id !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.#members.get(memberId) === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE;
  }

  #leaveOne({ memberId, groupInstanceId }: LeavingMember, effects: Effects): number {
    if (memberId === "") {
      // By a tool that knows the instance alone.
      const member = this.#members.ofInstance(groupInstanceId);
      if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      this.#remove(member, effects);
      return ErrorCode.NONE;
    }
    if (this.#pendingJoins.delete(memberId)) return ErrorCode.NONE;
    const error = this.#checkMember(memberId, groupInstanceId);
    if (error === ErrorCode.NONE) this.#remove(this.#members.get(memberId)!, effects);
    return error;
  }

  #remove(member: ClassicMember, effects: Effects): void {
    effects.removed.push(member);
    this.#answerJoin(member, joinRefusal(ErrorCode.UNKNOWN_MEMBER_ID, ""), effects);
    this.#answerSync(member, ErrorCode.UNKNOWN_MEMBER_ID, effects);
    this.#members.remove(member);
    this.#subscribedTopics = undefined;
  }

  #hear(member: ClassicMember, nowMs: number): void {
    this.#setDue(member, nowMs + member.sessionTimeoutMs);
  }

  #setDue(member: ClassicMember, dueMs: number): void {
    member.dueMs = dueMs;
    this.#wakeBy(dueMs);
  }

  #setJoinDue(dueMs: number): void {
    this.#joinDueMs = dueMs;
    this.#wakeBy(dueMs);
  }

  #wakeBy(dueMs: number): void {
    if (dueMs < this.#wakeMs) this.#wakeMs = dueMs;
  }

  #firstDueMs(): number {
    let first = Math.min(this.#joinDueMs, this.#syncDueMs);
    for (const { dueMs } of this.#members) if (dueMs < first) first = dueMs;
    for (const dueMs of this.#pendingJoins.values()) if (dueMs < first) first = dueMs;
    return first;
  }

  #setState(state: ClassicGroupState, { wallMs }: Instant): void {
    this.#state = state;
    this.#stateSinceMs = wallMs;
  }

  // Answers

  #joinAnswer(member: ClassicMember): JoinAnswer {
    return {
      errorCode: ErrorCode.NONE,
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.leaderId ?? "",
      skipAssignment: false,
      memberId: member.id,
      members: member.id !== this.leaderId ? [] : Array.from(this.#members, (each) => ({
        memberId: each.id,
        groupInstanceId: each.instanceId,
        metadata: this.#metadataOf(each),
      })),
    };
  }

  #syncAnswer({ assignment }: ClassicMember) {
    return {
      errorCode: ErrorCode.NONE,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      assignment,
    };
  }

  #answerJoin(member: ClassicMember, answer: JoinAnswer, effects: Effects): void {
    const waiter = this.#members.takeJoin(member);
    if (waiter !== undefined) effects.joins.push({ waiter, answer });
  }

  /** True if one waited. */
  #answerSync(member: ClassicMember, errorCode: number, effects: Effects): boolean {
    const waiter = member.syncWaiter;
    if (waiter === undefined) return false;
    member.syncWaiter = undefined;
    const answer = errorCode === ErrorCode.NONE ? this.#syncAnswer(member) : syncRefusal(errorCode);
    effects.syncs.push({ waiter, answer });
    return true;
  }

  #metadataOf(member: ClassicMember): Uint8Array {
    const metadata = member.metadata(this.#protocolName);
    invariant(metadata !== undefined, () => `member ${member.id} does not support ${this.#protocolName}`);
    return metadata;
  }

  #readSubscriptions(): ReadonlySet<string> | null {
    const topics = new Set<string>();
    for (const member of this.#members) {
      const metadata = member.metadata(this.#protocolName);
      const subscription = metadata === undefined ? undefined : decodeSubscription(metadata);
      if (subscription === undefined) return null;
      for (const topic of subscription.value.topics) topics.add(topic);
    }
    return topics;
  }
}

/** Both are told, and they are not the same. */
function differs(told: string | null, known: string | null): boolean {
  return told !== null && known !== null && told !== known;
}
