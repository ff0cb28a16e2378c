/**
 * A consumer's membership in a group of the classic protocol: joins, is assigned partitions, keeps its session alive, and
 * joins again when the group changes. A state machine without clock, network or timers: told an event and the time, it says
 * what is to be done.
 *
 * What must be true:
 * - Partitions are the member's between "assigned" and the "revoke" that takes them away; before it joins again, what it
 *   must give up was given up (all of it, or with a cooperative assignor what went to others), unless it has lost it anyway.
 * - A session that may be over is treated as over: others may have its partitions. So nothing is assigned before a heartbeat
 *   has been answered.
 * - An answer to a question that was overtaken by another changes nothing.
 * - A member id that the coordinator gave out is used or left, never forgotten: the group would wait for it.
 *
 * Phases: out → joining → (assigning →) syncing → stable → revoking → joining → …; "failed" until it subscribes again.
 * @module
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts";
import { decodeAssignment, decodeSubscription } from "../../protocol/consumer_protocol.ts";
import type { JoinGroupResponse } from "../../protocol/messages/11_join_group.ts";
import type { SyncGroupResponse } from "../../protocol/messages/14_sync_group.ts";
import { backoffMs, type BackoffOptions } from "../backoff.ts";
import { ResponseError } from "../response_error.ts";
import type { Assignments, GroupMemberSubscription } from "./assignors/assignor.ts";
import { samePartition, type TopicPartition } from "./topic_partitions.ts";

export interface MembershipOptions {
  readonly groupId: string;
  /** Makes it a static member (KIP-345). Default null. */
  readonly instanceId?: string | null;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Whether all assignors it knows are cooperative. */
  readonly isCooperative: boolean;
  /** Between 0 and 1: spreads attempts of many members. */
  readonly random: () => number;
}

export type MembershipPhase =
  | "out"
  | "revoking"
  | "joining"
  | "assigning"
  | "syncing"
  | "stable"
  | "failed";

/** What is to be done. Where there is a `round`, what came of it is to be told with it. */
export type MembershipAction =
  /**
   * Give up partitions, then tell `revoked`. `isLost`: others may have them already, nothing can be committed; it may be
   * said of what is being given up at the moment.
   */
  | {
    readonly kind: "revoke";
    readonly round: number;
    readonly partitions: readonly TopicPartition[];
    readonly isLost: boolean;
  }
  /** Send JoinGroup, then tell `joined` or `joinFailed`. */
  | { readonly kind: "join"; readonly round: number; readonly memberId: string }
  /** Compute who gets what, then tell `assignmentsMade` or `joinFailed`. */
  | {
    readonly kind: "assign";
    readonly round: number;
    readonly protocol: string;
    readonly members: readonly GroupMemberSubscription[];
  }
  /** Send SyncGroup, then tell `synced` or `joinFailed`. */
  | { readonly kind: "sync"; readonly round: number; readonly assignments: Assignments | undefined }
  /** Send Heartbeat, then tell `heartbeatAnswered`. */
  | { readonly kind: "heartbeat"; readonly round: number }
  | { readonly kind: "leave"; readonly memberId: string }
  /** `added` are its own now, besides those it had. */
  | { readonly kind: "assigned"; readonly added: readonly TopicPartition[] }
  | { readonly kind: "failed"; readonly error: ResponseError };

const BACKOFF: BackoffOptions = { firstMs: 100, longestMs: 1000 };

export class Membership {
  readonly #options: MembershipOptions;
  #phase: MembershipPhase = "out";
  #topics: readonly string[] = [];
  #memberId = "";
  #generationId = -1;
  #protocol: string | null = null;
  #isLeader = false;
  #assigned: readonly TopicPartition[] = [];
  /** What it is assigned if its session holds. */
  #pending: readonly TopicPartition[] | undefined;
  /** What its owner is giving up. */
  #revoking: readonly TopicPartition[] = [];
  /** Counts what is asked; answers to what was asked before are late. */
  #round = 0;
  /** The subscription, or the topics, have changed since it last joined. */
  #isStale = false;
  #failures = 0;
  #retryAtMs = Infinity;
  #heartbeatAtMs = Infinity;
  #isHeartbeatAsked = false;
  /** When it sent the heartbeat that was answered last: the coordinator counts its session from then, or later. */
  #seenAtMs = 0;
  #heartbeatAskedAtMs = 0;
  #actions: MembershipAction[] = [];

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  get phase(): MembershipPhase {
    return this.#phase;
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** -1: it has none. */
  get generationId(): number {
    return this.#generationId;
  }

  /** The assignor that the group has agreed on. */
  get protocol(): string | null {
    return this.#protocol;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Sorted. */
  get topics(): readonly string[] {
    return this.#topics;
  }

  get assigned(): readonly TopicPartition[] {
    return this.#assigned;
  }

  /** When `tick` is to be called next. */
  get dueMs(): number {
    return Math.min(
      this.#phase === "joining" ? this.#retryAtMs : Infinity,
      this.#isHeard && !this.#isHeartbeatAsked ? this.#heartbeatAtMs : Infinity,
      this.#isHolding ? this.#sessionEndMs : Infinity,
    );
  }

  /** What is to be done since it was last asked, in order. */
  takeActions(): MembershipAction[] {
    return this.#actions.splice(0);
  }

  /** Joins with these topics, or joins again. */
  subscribe(topics: readonly string[], nowMs: number): void {
    this.#topics = [...topics].sort();
    this.rejoin(nowMs);
  }

  /** Has the group share out partitions anew: topics have changed. */
  rejoin(nowMs: number): void {
    if (this.#phase === "out" || this.#phase === "failed") {
      this.#failures = 0;
      this.#join();
    } else if (this.#phase === "stable") {
      this.#beginRejoin(nowMs);
    } else {
      this.#isStale = true;
    }
  }

  /** Leaves the group. What was assigned is no more, without a "revoke": whoever leaves has given it up before. */
  leave(): void {
    // A static member comes back: its partitions wait for it.
    if (this.#memberId !== "" && (this.#options.instanceId ?? null) === null) this.#leave(this.#memberId);
    this.#reset();
    this.#assigned = [];
    this.#phase = "out";
    this.#round++;
  }

  revoked(round: number): void {
    if (this.#phase === "revoking" && round === this.#round) this.#join();
  }

  joined(round: number, answer: JoinGroupResponse, nowMs: number): void {
    const { errorCode, memberId } = answer;
    if (this.#phase !== "joining" || round !== this.#round) return this.#joinedLate(answer);
    switch (errorCode) {
      case ErrorCode.NONE:
        break;
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.#memberId = memberId;
        return this.#join();
      case ErrorCode.UNKNOWN_MEMBER_ID:
        if (this.#assigned.length > 0) return this.#lose(true);
        this.#memberId = "";
        // At once: but never in a circle without rest.
        return this.#failures++ === 0 ? this.#join() : this.#retryLater(nowMs);
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return this.#retryLater(nowMs);
      default:
        return this.#refused(errorCode, "join", nowMs);
    }
    this.#memberId = memberId;
    this.#generationId = answer.generationId;
    this.#protocol = answer.protocolName;
    this.#isLeader = answer.leader === memberId;
    if (this.#isLeader && !answer.skipAssignment) {
      this.#phase = "assigning";
      const members = answer.members.map(subscriptionOf);
      this.#actions.push({
        kind: "assign",
        round: this.#round,
        protocol: answer.protocolName ?? "",
        members,
      });
    } else {
      this.#sync(undefined);
    }
  }

  /** Joining, assigning or syncing did not come to an answer. */
  joinFailed(round: number, nowMs: number): void {
    const isAsked = this.#phase === "joining" || this.#phase === "assigning" || this.#phase === "syncing";
    if (isAsked && round === this.#round) this.#retryLater(nowMs);
  }

  assignmentsMade(round: number, assignments: Assignments): void {
    if (this.#phase === "assigning" && round === this.#round) this.#sync(assignments);
  }

  synced(round: number, { errorCode, assignment }: SyncGroupResponse, nowMs: number): void {
    if (this.#phase !== "syncing" || round !== this.#round) return;
    switch (errorCode) {
      case ErrorCode.NONE:
        // Of a session that may be over: a coordinator that answers without waiting counts it from before, and the answer
        // may have been long on its way. The answer to a heartbeat tells.
        this.#pending = partitionsIn(assignment);
        this.#heartbeatAtMs = nowMs;
        return this.tick(nowMs);
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return this.#join();
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        return this.#lose(errorCode === ErrorCode.UNKNOWN_MEMBER_ID);
      default:
        return this.#refused(errorCode, "sync with", nowMs);
    }
  }

  /** `errorCode` undefined: no answer came. */
  heartbeatAnswered(round: number, errorCode: number | undefined, nowMs: number): void {
    if (round !== this.#round || !this.#isHeard) return;
    this.#isHeartbeatAsked = false;
    switch (errorCode) {
      case undefined:
        this.#heartbeatAtMs = nowMs + this.#options.heartbeatIntervalMs / 10;
        return;
      case ErrorCode.NONE:
        this.#seenAtMs = this.#heartbeatAskedAtMs;
        if (this.#pending !== undefined) this.#settle(this.#pending, nowMs);
        return;
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.#seenAtMs = this.#heartbeatAskedAtMs;
        if (this.#phase === "stable") this.#beginRejoin(nowMs);
        else if (this.#pending !== undefined) this.#join();
        return;
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        return this.sessionLost(errorCode);
      case ErrorCode.FENCED_INSTANCE_ID:
        return this.#fail(errorCode, "stay in");
    }
  }

  /** The coordinator says, to whatever, that it does not know this member or generation any more. */
  sessionLost(errorCode: number): void {
    if (errorCode === ErrorCode.FENCED_INSTANCE_ID) return this.#fail(errorCode, "stay in");
    const isForgotten = errorCode === ErrorCode.UNKNOWN_MEMBER_ID;
    if (this.#phase === "stable") this.#lose(isForgotten);
    else if (this.#phase === "revoking" && isForgotten) this.#lose(true);
    else if (this.#pending !== undefined) this.#lose(isForgotten);
    // While it joins, the generation may be the next already: its answer tells.
    else if (isForgotten && this.#isHolding) this.#lose(true);
  }

  tick(nowMs: number): void {
    if (this.#isHolding && nowMs >= this.#sessionEndMs) return this.#lose(false);
    if (this.#phase === "joining" && nowMs >= this.#retryAtMs) return this.#join();
    if (!this.#isHeard || nowMs < this.#heartbeatAtMs || this.#isHeartbeatAsked) return;
    this.#isHeartbeatAsked = true;
    this.#heartbeatAskedAtMs = nowMs;
    this.#heartbeatAtMs = nowMs + this.#options.heartbeatIntervalMs;
    this.#actions.push({ kind: "heartbeat", round: this.#round });
  }

  /**
   * Whether it has, or may have, what would be others' after its session: also while its owner gives partitions up, which may
   * take long; and while a cooperative member joins again, which keeps what it has.
   */
  get #isHolding(): boolean {
    if (this.#memberId === "" || this.#generationId < 0) return false;
    return this.#phase === "stable" || this.#phase === "revoking" || this.#assigned.length > 0;
  }

  /** Whether heartbeats count. */
  get #isHeard(): boolean {
    return this.#isHolding || this.#pending !== undefined;
  }

  get #sessionEndMs(): number {
    return this.#seenAtMs + this.#options.sessionTimeoutMs;
  }

  #beginRejoin(nowMs: number): void {
    if (this.#options.isCooperative || this.#assigned.length === 0) return this.#join();
    // The round stays: a heartbeat that is on its way is still one of this session.
    this.#phase = "revoking";
    this.#heartbeatAtMs = Math.min(this.#heartbeatAtMs, nowMs + this.#options.heartbeatIntervalMs);
    const assigned = this.#assigned;
    this.#assigned = [];
    this.#revoke(assigned, false);
  }

  #join(): void {
    this.#phase = "joining";
    this.#round++;
    this.#retryAtMs = Infinity;
    this.#isStale = false;
    this.#isHeartbeatAsked = false;
    this.#pending = undefined;
    this.#actions.push({ kind: "join", round: this.#round, memberId: this.#memberId });
  }

  #joinedLate({ errorCode, memberId }: JoinGroupResponse): void {
    const isMember = errorCode === ErrorCode.NONE || errorCode === ErrorCode.MEMBER_ID_REQUIRED;
    const isStatic = (this.#options.instanceId ?? null) !== null;
    if (isMember && !isStatic && memberId !== this.#memberId) this.#leave(memberId);
  }

  #sync(assignments: Assignments | undefined): void {
    this.#phase = "syncing";
    this.#actions.push({ kind: "sync", round: this.#round, assignments });
  }

  #settle(partitions: readonly TopicPartition[], nowMs: number): void {
    const had = this.#assigned;
    const gone = had.filter((one) => !partitions.some((other) => samePartition(one, other)));
    const added = partitions.filter((one) => !had.some((other) => samePartition(one, other)));
    this.#failures = 0;
    this.#pending = undefined;
    this.#phase = "stable";
    this.#assigned = partitions;
    this.#actions.push({ kind: "assigned", added });
    if (gone.length > 0) {
      // Only after a cooperative rebalance. When they are given up, the group shares them out by another.
      this.#phase = "revoking";
      this.#revoke(gone, false);
    } else if (this.#isStale) {
      this.#beginRejoin(nowMs);
    }
  }

  /** Its session is over: what it has may be others' already, also what is being given up. */
  #lose(isForgotten: boolean): void {
    if (isForgotten) this.#memberId = "";
    this.#generationId = -1;
    this.#pending = undefined;
    const lost = [...this.#phase === "revoking" ? this.#revoking : [], ...this.#assigned];
    if (lost.length === 0) return this.#join();
    this.#phase = "revoking";
    this.#round++;
    this.#assigned = [];
    this.#revoke(lost, true);
  }

  #revoke(partitions: readonly TopicPartition[], isLost: boolean): void {
    this.#revoking = partitions;
    this.#actions.push({ kind: "revoke", round: this.#round, partitions, isLost });
  }

  #retryLater(nowMs: number): void {
    this.#phase = "joining";
    this.#round++;
    this.#retryAtMs = nowMs + backoffMs(++this.#failures, BACKOFF, this.#options.random());
  }

  #refused(errorCode: number, what: string, nowMs: number): void {
    if (isRetriable(errorCode) || errorCode === ErrorCode.UNKNOWN_SERVER_ERROR) this.#retryLater(nowMs);
    else this.#fail(errorCode, what);
  }

  #fail(errorCode: number, what: string): void {
    const lost = this.#assigned;
    this.#assigned = [];
    this.#reset();
    this.#phase = "failed";
    this.#round++;
    if (lost.length > 0) this.#revoke(lost, true);
    const error = new ResponseError(errorCode, `${what} group ${this.#options.groupId}`);
    this.#actions.push({ kind: "failed", error });
  }

  #leave(memberId: string): void {
    this.#actions.push({ kind: "leave", memberId });
  }

  #reset(): void {
    this.#memberId = "";
    this.#generationId = -1;
    this.#isLeader = false;
    this.#isStale = false;
    this.#pending = undefined;
    this.#failures = 0;
    this.#retryAtMs = Infinity;
  }
}

function subscriptionOf(
  { memberId, groupInstanceId, metadata }: JoinGroupResponse["members"][number],
): GroupMemberSubscription {
  const { topics = [], ownedPartitions = [], generationId = -1 } = decodeSubscription(metadata)?.value ?? {};
  return {
    memberId,
    instanceId: groupInstanceId,
    topics,
    owned: flat(ownedPartitions),
    generationId,
  };
}

function partitionsIn(assignment: Uint8Array): TopicPartition[] {
  // Who is assigned nothing may get no bytes at all.
  return assignment.length === 0 ? [] : flat(decodeAssignment(assignment)?.value.assignedPartitions ?? []);
}

function flat(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
