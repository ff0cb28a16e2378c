/**
 * A consumer's membership in a group of the consumer protocol (KIP-848): the coordinator assigns, members tell what they hold
 * and move towards what they are to hold, each at its own pace. A state machine without clock, network or timers: told an
 * event and the time, it says what is to be done.
 *
 * What must be true:
 * - Partitions are the member's between "assigned" and the "revoke" that takes them away; the coordinator is told that it
 *   holds them no more only after that is done.
 * - One heartbeat is on its way at a time. After one that was not answered all is told anew, since nobody knows what of it
 *   arrived.
 * - What the coordinator gave is taken only while no heartbeat is on its way that may have said it is not held.
 * - A session that may be over is treated as over: others may have its partitions.
 * - The member's id is its own choice, for as long as it lives (KIP-1082): who leaves says so even if it was never answered.
 *
 * Phases: out → joining → stable ⇄ revoking; revoking → joining when all was lost; "failed" until it subscribes again.
 * @module
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts";
import type { ConsumerGroupHeartbeatResponse } from "../../protocol/messages/68_consumer_group_heartbeat.ts";
import { backoffMs, type BackoffOptions } from "../backoff.ts";
import { ResponseError } from "../response_error.ts";
import { samePartition, type TopicPartition } from "./topic_partitions.ts";

export interface ConsumerMembershipOptions {
  readonly groupId: string;
  readonly memberId: string;
  /** Makes it a static member (KIP-345). Default null. */
  readonly instanceId?: string | null;
  /** Nothing heard of the coordinator for so long: the session is over. It has its own idea of that. */
  readonly sessionTimeoutMs: number;
  /** How long it may take to give partitions up: told to the coordinator. */
  readonly rebalanceTimeoutMs: number;
  /** Who is to assign; null: as the group does anyway. */
  readonly serverAssignor?: string | null;
  /** Between 0 and 1: spreads attempts of many members. */
  readonly random: () => number;
}

export type ConsumerMembershipPhase = "out" | "joining" | "stable" | "revoking" | "failed";

/** A partition as the coordinator names it. */
export interface AssignedPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** What is told; null, or -1: as before. */
export interface MemberHeartbeat {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly serverAssignor: string | null;
  readonly topicPartitions: readonly AssignedPartitions[] | null;
}

/** What is to be done. Where there is a `round`, what came of it is to be told with it. */
export type ConsumerMembershipAction =
  /** Send it, then tell `answered` or `unanswered`. */
  | { readonly kind: "heartbeat"; readonly round: number; readonly heartbeat: MemberHeartbeat }
  /** Give up partitions, then tell `revoked`. `isLost`: others may have them already. */
  | {
    readonly kind: "revoke";
    readonly round: number;
    readonly partitions: readonly TopicPartition[];
    readonly isLost: boolean;
  }
  /** `added` are its own now, besides those it had. */
  | { readonly kind: "assigned"; readonly added: readonly TopicPartition[] }
  /** Find out what these topics are called, then tell `named`. */
  | { readonly kind: "name"; readonly topicIds: readonly string[] }
  /** Send it; nobody waits for what comes of it. */
  | { readonly kind: "leave"; readonly heartbeat: MemberHeartbeat }
  | { readonly kind: "failed"; readonly error: Error };

interface Held extends TopicPartition {
  readonly topicId: string;
}

const JOIN = 0;
const LEAVE = -1;
const LEAVE_FOR_NOW = -2;
const AS_BEFORE = -1;
const BACKOFF: BackoffOptions = { firstMs: 100, longestMs: 1000 };
/** How soon a name that was not found is asked for again. */
const NAME_AGAIN_MS = 500;

export class ConsumerMembership {
  readonly #options: ConsumerMembershipOptions;
  readonly #instanceId: string | null;
  #phase: ConsumerMembershipPhase = "out";
  #memberId: string;
  #epoch = JOIN;
  #topics: readonly string[] = [];
  #held: readonly Held[] = [];
  /** What it is to hold, as the coordinator said last. */
  #target: readonly AssignedPartitions[] = [];
  readonly #names = new Map<string, string>();
  /** What is being given up. */
  #revoking: readonly TopicPartition[] = [];
  #revokeRound = 0;
  #heartbeatRound = 0;
  #isAsked = false;
  #askedAtMs = 0;
  #seenAtMs = 0;
  #dueMs = Infinity;
  #nameAtMs = Infinity;
  #intervalMs = 1000;
  #failures = 0;
  /** What the coordinator is to be told with the next heartbeat. */
  #tellsAll = true;
  #tellsTopics = false;
  #tellsHeld = false;
  #actions: ConsumerMembershipAction[] = [];

  constructor(options: ConsumerMembershipOptions) {
    this.#options = options;
    this.#memberId = options.memberId;
    this.#instanceId = options.instanceId ?? null;
  }

  get phase(): ConsumerMembershipPhase {
    return this.#phase;
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** The member's epoch; -1: it has none. */
  get epoch(): number {
    return this.#epoch === JOIN ? -1 : this.#epoch;
  }

  get assigned(): readonly TopicPartition[] {
    return this.#held;
  }

  /** Whether it holds all that it is to hold, as far as it knows. */
  get isSettled(): boolean {
    return this.#phase === "stable" && !this.#tellsHeld &&
      this.#held.length === this.#target.reduce((sum, { partitions }) => sum + partitions.length, 0);
  }

  /** When `tick` is to be called next. */
  get dueMs(): number {
    if (this.#phase === "out" || this.#phase === "failed") return Infinity;
    return Math.min(
      this.#isAsked ? Infinity : this.#dueMs,
      this.#nameAtMs,
      this.#isHolding ? this.#sessionEndMs : Infinity,
    );
  }

  /** What is to be done since it was last asked, in order. */
  takeActions(): ConsumerMembershipAction[] {
    return this.#actions.splice(0);
  }

  /** Joins with these topics, or goes on with others. */
  subscribe(topics: readonly string[], nowMs: number): void {
    this.#topics = [...topics].sort();
    this.#tellsTopics = true;
    if (this.#phase === "out" || this.#phase === "failed") {
      this.#phase = "joining";
      this.#beginSession();
    }
    if (this.#phase !== "revoking" || this.#epoch !== JOIN) this.#tellSoon(nowMs);
  }

  /** Leaves the group. What was assigned is no more, without a "revoke": whoever leaves has given it up before. */
  leave(): void {
    if (this.#phase !== "out" && this.#phase !== "failed") {
      const memberEpoch = this.#instanceId === null ? LEAVE : LEAVE_FOR_NOW;
      this.#actions.push({ kind: "leave", heartbeat: { ...this.#nothingNew(), memberEpoch } });
    }
    this.#end("out");
  }

  revoked(round: number, nowMs: number): void {
    if (this.#phase !== "revoking" || round !== this.#revokeRound) return;
    const gone = this.#revoking;
    this.#revoking = [];
    this.#held = this.#held.filter((one) => !gone.some((other) => samePartition(one, other)));
    if (this.#epoch === JOIN) {
      this.#phase = "joining";
      this.#tellSoon(nowMs);
    } else {
      this.#phase = "stable";
      this.#tellsHeld = true;
      this.#reconcile(nowMs);
      this.#tellSoon(nowMs);
    }
  }

  named(names: ReadonlyMap<string, string>, nowMs: number): void {
    for (const [topicId, name] of names) this.#names.set(topicId, name);
    if (this.#phase === "stable") this.#reconcile(nowMs);
  }

  answered(round: number, answer: ConsumerGroupHeartbeatResponse, nowMs: number): void {
    if (round !== this.#heartbeatRound || !this.#isAsked) return;
    this.#isAsked = false;
    const { errorCode, errorMessage } = answer;
    switch (errorCode) {
      case ErrorCode.NONE:
        return this.#heard(answer, nowMs);
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.FENCED_MEMBER_EPOCH:
        return this.sessionLost(nowMs);
    }
    if (isRetriable(errorCode) || errorCode === ErrorCode.UNKNOWN_SERVER_ERROR) {
      return this.#tellAgain(nowMs);
    }
    this.fail(new ResponseError(errorCode, `be a member of group ${this.#options.groupId}`, errorMessage));
  }

  /** No answer came. */
  unanswered(round: number, nowMs: number): void {
    if (round !== this.#heartbeatRound || !this.#isAsked) return;
    this.#isAsked = false;
    this.#tellAgain(nowMs);
  }

  /** The coordinator says, to whatever, that it does not know this member or its epoch any more. */
  sessionLost(nowMs: number): void {
    const isTold = this.#phase === "revoking" && this.#epoch === JOIN;
    if (this.#phase === "out" || this.#phase === "failed" || isTold) return;
    const lost = this.#held;
    this.#beginSession();
    if (lost.length > 0) return this.#revoke(lost, true);
    this.#phase = "joining";
    // At once: but never in a circle without rest.
    if (this.#failures++ === 0) this.#tellSoon(nowMs);
    else this.#tellAgain(nowMs);
  }

  /** It can't be a member. */
  fail(error: Error): void {
    const lost = this.#held;
    this.#end("failed");
    if (lost.length > 0) {
      this.#actions.push({ kind: "revoke", round: ++this.#revokeRound, partitions: lost, isLost: true });
    }
    this.#actions.push({ kind: "failed", error });
  }

  tick(nowMs: number): void {
    if (this.#phase === "out" || this.#phase === "failed") return;
    if (this.#isHolding && nowMs >= this.#sessionEndMs) return this.sessionLost(nowMs);
    if (nowMs >= this.#nameAtMs) {
      this.#nameAtMs = Infinity;
      if (this.#phase === "stable") this.#reconcile(nowMs);
    }
    if (nowMs >= this.#dueMs && !this.#isAsked) this.#ask(nowMs);
  }

  get #isHolding(): boolean {
    return this.#epoch !== JOIN && this.#held.length > 0;
  }

  get #sessionEndMs(): number {
    return this.#seenAtMs + this.#options.sessionTimeoutMs;
  }

  #heard(answer: ConsumerGroupHeartbeatResponse, nowMs: number): void {
    this.#seenAtMs = this.#askedAtMs;
    this.#failures = 0;
    this.#memberId = answer.memberId || this.#memberId;
    this.#epoch = answer.memberEpoch;
    this.#intervalMs = Math.max(1, answer.heartbeatIntervalMs);
    // Something may have become news while the answer was on its way.
    this.#dueMs = this.#isNews ? nowMs : nowMs + this.#intervalMs;
    if (this.#phase === "joining") this.#phase = "stable";
    if (answer.assignment !== null) this.#target = answer.assignment.topicPartitions;
    if (this.#phase === "stable") this.#reconcile(nowMs);
  }

  get #isNews(): boolean {
    return this.#tellsAll || this.#tellsTopics || this.#tellsHeld;
  }

  /** One step towards what it is to hold: first what it holds too much is given up, then what it lacks is taken. */
  #reconcile(nowMs: number): void {
    const wanted: Held[] = [];
    const nameless: string[] = [];
    for (const { topicId, partitions } of this.#target) {
      const topic = this.#names.get(topicId);
      if (topic === undefined) nameless.push(topicId);
      else wanted.push(...partitions.map((partition) => ({ topicId, topic, partition })));
    }
    if (nameless.length > 0 && this.#nameAtMs === Infinity) {
      this.#nameAtMs = nowMs + NAME_AGAIN_MS;
      this.#actions.push({ kind: "name", topicIds: nameless });
    }
    const gone = this.#held.filter((one) => !wanted.some((other) => isSame(one, other)));
    if (gone.length > 0) return this.#revoke(gone, false);
    // The answer may say that it is another's by now: what it was told to lack may be given away.
    if (this.#isAsked) return;
    const added = wanted.filter((one) => !this.#held.some((other) => isSame(one, other)));
    if (added.length === 0) return;
    this.#held = [...this.#held, ...added];
    this.#tellsHeld = true;
    this.#actions.push({
      kind: "assigned",
      added: added.map(({ topic, partition }) => ({ topic, partition })),
    });
    this.#tellSoon(nowMs);
  }

  #revoke(held: readonly Held[], isLost: boolean): void {
    const partitions = held.map(({ topic, partition }) => ({ topic, partition }));
    this.#phase = "revoking";
    this.#revoking = partitions;
    this.#actions.push({ kind: "revoke", round: ++this.#revokeRound, partitions, isLost });
  }

  /** What the coordinator knew of it is of no account. */
  #beginSession(): void {
    this.#epoch = JOIN;
    this.#target = [];
    this.#tellsAll = true;
    this.#tellsHeld = false;
    this.#isAsked = false;
    this.#heartbeatRound++;
    this.#nameAtMs = Infinity;
  }

  #end(phase: "out" | "failed"): void {
    this.#phase = phase;
    this.#beginSession();
    this.#held = [];
    this.#revoking = [];
    this.#revokeRound++;
    this.#failures = 0;
    this.#dueMs = Infinity;
  }

  #tellSoon(nowMs: number): void {
    this.#dueMs = nowMs;
    if (!this.#isAsked) this.#ask(nowMs);
  }

  #tellAgain(nowMs: number): void {
    this.#tellsAll = true;
    // What it was to take it may have said that it does not hold, and others may have it: the next answer tells.
    this.#target = byTopicId(this.#held.filter((one) => this.#target.some((other) => has(other, one))));
    this.#dueMs = nowMs + backoffMs(++this.#failures, BACKOFF, this.#options.random());
  }

  #ask(nowMs: number): void {
    // Nothing is held while all that was held is being given up for lost: it joins when that is done.
    if (this.#phase === "revoking" && this.#epoch === JOIN) {
      this.#dueMs = Infinity;
      return;
    }
    const { rebalanceTimeoutMs, serverAssignor = null } = this.#options;
    const all = this.#tellsAll;
    const heartbeat: MemberHeartbeat = {
      ...this.#nothingNew(),
      ...all ? { rebalanceTimeoutMs, serverAssignor } : {},
      ...all || this.#tellsTopics ? { subscribedTopicNames: this.#topics } : {},
      ...all || this.#tellsHeld ? { topicPartitions: byTopicId(this.#held) } : {},
    };
    this.#tellsAll = this.#tellsTopics = this.#tellsHeld = false;
    this.#isAsked = true;
    this.#askedAtMs = nowMs;
    this.#dueMs = nowMs + this.#intervalMs;
    this.#actions.push({ kind: "heartbeat", round: ++this.#heartbeatRound, heartbeat });
  }

  #nothingNew(): MemberHeartbeat {
    return {
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      instanceId: this.#instanceId,
      rebalanceTimeoutMs: AS_BEFORE,
      subscribedTopicNames: null,
      serverAssignor: null,
      topicPartitions: null,
    };
  }
}

function isSame(a: Held, b: Held): boolean {
  return a.topicId === b.topicId && a.partition === b.partition;
}

function has({ topicId, partitions }: AssignedPartitions, one: Held): boolean {
  return topicId === one.topicId && partitions.includes(one.partition);
}

function byTopicId(held: readonly Held[]): AssignedPartitions[] {
  const topics = new Map<string, number[]>();
  for (const { topicId, partition } of held) {
    const partitions = topics.get(topicId);
    if (partitions === undefined) topics.set(topicId, [partition]);
    else partitions.push(partition);
  }
  return Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions }));
}
