/**
 * A member of a consumer group: carries out over the cluster what its membership (membership.ts) says is to be done, and
 * tells its owner which partitions are its own.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import {
  CONSUMER_PROTOCOL_TYPE,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from "../../protocol/consumer_protocol.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { encodeVersioned } from "../../protocol/versioned.ts";
import type { Cluster } from "../cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { sleep } from "../retrying.ts";
import { UnknownTopicError } from "../unknown_topic_error.ts";
import type { Assignor, GroupMemberSubscription } from "./assignors/assignor.ts";
import { checkCommitted, commitOffsets, type OffsetToCommit } from "./committed_offsets.ts";
import type { GroupMemberOwner, GroupSession } from "./group_session.ts";
import { Membership, type MembershipAction } from "./membership.ts";
import { byTopic, type TopicPartition } from "./topic_partitions.ts";

export interface GroupMemberOptions {
  readonly groupId: string;
  /** The assignors it can do, best first. */
  readonly assignors: readonly [Assignor, ...Assignor[]];
  /** Makes it a static member (KIP-345). */
  readonly instanceId?: string | null;
  /** How long the group waits for a sign of life. Default 45,000 ms. */
  readonly sessionTimeoutMs?: number;
  /** Default 3000 ms. */
  readonly heartbeatIntervalMs?: number;
  /** How long the group waits for its members to join again. Default 60,000 ms. */
  readonly rebalanceTimeoutMs?: number;
  /** How often a leader looks whether topics have got more partitions. Default 10,000 ms. */
  readonly metadataRefreshMs?: number;
}

const SUBSCRIPTION_VERSION = 3;
const ASSIGNMENT_VERSION = 1;
const MARGIN_MS = 10_000;
/** Nobody waits for a leave longer than this. */
const LEAVE_TIMEOUT_MS = 5000;

export class GroupMember implements GroupSession {
  readonly #cluster: Cluster;
  readonly #options: Required<GroupMemberOptions>;
  readonly #owner: GroupMemberOwner;
  readonly #membership: Membership;
  readonly #ending = new AbortController();
  readonly #leaving = new Set<Promise<unknown>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  /** What the assignment that it computed as the leader rests on. */
  #assignedFrom: ReadonlyMap<string, number> | undefined;

  constructor(cluster: Cluster, options: GroupMemberOptions, owner: GroupMemberOwner) {
    this.#cluster = cluster;
    this.#owner = owner;
    this.#options = {
      instanceId: null,
      sessionTimeoutMs: 45_000,
      heartbeatIntervalMs: 3000,
      rebalanceTimeoutMs: 60_000,
      metadataRefreshMs: 10_000,
      ...options,
    };
    this.#membership = new Membership({
      ...this.#options,
      isCooperative: options.assignors.every(({ isCooperative }) => isCooperative),
      random: Math.random,
    });
  }

  get memberId(): string {
    return this.#membership.memberId;
  }

  get generationId(): number {
    return this.#membership.generationId;
  }

  /** The assignor that the group has agreed on; null while there is none. */
  get protocol(): string | null {
    return this.#membership.protocol;
  }

  /** Whether it is a member in good standing, with all that was assigned to it. */
  get isStable(): boolean {
    return this.#membership.phase === "stable";
  }

  get assigned(): readonly TopicPartition[] {
    return this.#membership.assigned;
  }

  /** Joins with these topics, or joins again with others. */
  subscribe(topics: readonly string[]): void {
    this.#membership.subscribe(topics, performance.now());
    this.#carryOn();
  }

  /** Commits in the group's name, as a member of it. Throws a ResponseError. */
  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return;
    const { groupId, instanceId } = this.#options;
    const { memberId, generationId } = this.#membership;
    const codes = await commitOffsets(this.#cluster, groupId, offsets, {
      memberId,
      generationId,
      instanceId,
    });
    for (const { value } of codes) {
      const isLost = value === ErrorCode.UNKNOWN_MEMBER_ID || value === ErrorCode.ILLEGAL_GENERATION ||
        value === ErrorCode.FENCED_INSTANCE_ID;
      const isStill = memberId === this.#membership.memberId &&
        generationId === this.#membership.generationId;
      if (isLost && isStill) this.#membership.sessionLost(value);
    }
    this.#carryOn();
    checkCommitted(codes, groupId);
  }

  /** Leaves the group; its owner is told first that it has lost what it had. Resolves when the group knows. */
  async leave(): Promise<void> {
    const { assigned } = this.#membership;
    if (assigned.length > 0) await this.#tellRevoked(assigned, false);
    this.#membership.leave();
    this.#carryOn();
    const waiting = new AbortController();
    await Promise.race([Promise.all(this.#leaving), sleep(LEAVE_TIMEOUT_MS, waiting.signal)]);
    waiting.abort();
  }

  abandon(): void {
    this.#membership.leave();
    this.#carryOn();
  }

  /** Does nothing from now on. The group hears nothing of it: its session ends there when it ends. */
  stop(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#refresh);
  }

  #carryOn(): void {
    for (const action of this.#membership.takeActions()) this.#do(action);
    clearTimeout(this.#timer);
    if (this.#ending.signal.aborted) return;
    const { dueMs, isLeader, phase } = this.#membership;
    if (dueMs < Infinity) {
      this.#timer = setTimeout(() => {
        this.#membership.tick(performance.now());
        this.#carryOn();
      }, Math.max(1, dueMs - performance.now()));
    }
    if (phase === "stable" && isLeader) this.#refresh ??= this.#refreshLater();
  }

  #do(action: MembershipAction): void {
    switch (action.kind) {
      case "assigned":
        return this.#owner.onAssigned(action.added);
      case "failed":
        return this.#owner.onFailed(action.error);
      case "revoke":
        return void this.#tellRevoked(action.partitions, action.isLost).then(() => {
          this.#membership.revoked(action.round);
          this.#carryOn();
        });
      case "join":
        return void this.#asking(action.round, () => this.#sendJoin(action.round, action.memberId));
      case "assign":
        return void this.#asking(action.round, () => this.#assign(action));
      case "sync":
        return void this.#asking(action.round, () => this.#sendSync(action));
      case "heartbeat":
        return void this.#sendHeartbeat(action.round);
      case "leave":
        return this.#sendLeave(action.memberId);
    }
  }

  async #tellRevoked(partitions: readonly TopicPartition[], isLost: boolean): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([
      this.#owner.onRevoked(partitions, isLost).catch(() => {}),
      // The group goes on without who takes longer.
      sleep(this.#options.rebalanceTimeoutMs, waiting.signal),
    ]);
    waiting.abort();
  }

  async #asking(round: number, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      // The coordinator is away, or what it said was none of its answers: again, later.
      if (error instanceof ConnectionError && !error.retriable) this.#owner.onFailed(error);
      this.#membership.joinFailed(round, performance.now());
    }
    this.#carryOn();
  }

  async #sendJoin(round: number, memberId: string): Promise<void> {
    const { groupId, instanceId, sessionTimeoutMs, rebalanceTimeoutMs, assignors } = this.#options;
    const { topics, assigned, generationId } = this.#membership;
    const subscription = (isCooperative: boolean) =>
      encodeVersioned(ConsumerProtocolSubscription, SUBSCRIPTION_VERSION, {
        topics: [...topics],
        ownedPartitions: isCooperative
          ? byTopic(assigned, ({ partition }) => partition)
            .map(({ name, partitions }) => ({ topic: name, partitions }))
          : [],
        generationId,
      });
    const answer = await this.#cluster.askCoordinator("group", groupId, api.JoinGroup, {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId,
      groupInstanceId: instanceId,
      protocolType: CONSUMER_PROTOCOL_TYPE,
      protocols: assignors.map(({ name, isCooperative }) => ({
        name,
        metadata: subscription(isCooperative),
      })),
    }, { codeOf: ({ errorCode }) => errorCode, timeoutMs: rebalanceTimeoutMs + MARGIN_MS });
    this.#membership.joined(round, answer, performance.now());
  }

  async #assign({ round, protocol, members }: MembershipAction & { kind: "assign" }): Promise<void> {
    const assignor = this.#options.assignors.find(({ name }) => name === protocol);
    if (assignor === undefined) throw new Error(`the group agreed on ${protocol}, which was not offered`);
    const topics = new Set(members.flatMap((member: GroupMemberSubscription) => member.topics));
    const counts = await this.#partitionCounts(topics);
    this.#assignedFrom = counts;
    const assignments = assignor.assign(members, new Map([...counts].filter(([, count]) => count > 0)));
    this.#membership.assignmentsMade(round, assignments);
  }

  async #sendSync({ round, assignments }: MembershipAction & { kind: "sync" }): Promise<void> {
    const { groupId, instanceId, rebalanceTimeoutMs } = this.#options;
    const { memberId, generationId, protocol } = this.#membership;
    const answer = await this.#cluster.askCoordinator("group", groupId, api.SyncGroup, {
      groupId,
      generationId,
      memberId,
      groupInstanceId: instanceId,
      protocolType: CONSUMER_PROTOCOL_TYPE,
      protocolName: protocol,
      assignments: Array.from(assignments ?? [], ([memberId, partitions]) => ({
        memberId,
        assignment: encodeVersioned(ConsumerProtocolAssignment, ASSIGNMENT_VERSION, {
          assignedPartitions: byTopic(partitions, ({ partition }) => partition)
            .map(({ name, partitions }) => ({ topic: name, partitions })),
        }),
      })),
    }, { codeOf: ({ errorCode }) => errorCode, timeoutMs: rebalanceTimeoutMs + MARGIN_MS });
    this.#membership.synced(round, answer, performance.now());
  }

  async #sendHeartbeat(round: number): Promise<void> {
    const { groupId, instanceId } = this.#options;
    const { memberId, generationId } = this.#membership;
    let errorCode: number | undefined;
    try {
      ({ errorCode } = await this.#cluster.askCoordinator("group", groupId, api.Heartbeat, {
        groupId,
        generationId,
        memberId,
        groupInstanceId: instanceId,
      }, { codeOf: ({ errorCode }) => errorCode }));
    } catch {
      // The next one tells, or the session is over.
    }
    this.#membership.heartbeatAnswered(round, errorCode, performance.now());
    this.#carryOn();
  }

  #sendLeave(memberId: string): void {
    const { groupId } = this.#options;
    // Who is not heard leaves by its session's end.
    const leaving = this.#cluster.askCoordinator("group", groupId, api.LeaveGroup, {
      groupId,
      members: [{ memberId }],
    }, { codeOf: ({ errorCode }) => errorCode }).catch(() => {});
    this.#leaving.add(leaving);
    void leaving.finally(() => this.#leaving.delete(leaving));
  }

  /** As a leader: whoever has more partitions is to be shared out anew. */
  #refreshLater(): ReturnType<typeof setTimeout> {
    return setTimeout(async () => {
      this.#refresh = undefined;
      const before = this.#assignedFrom;
      if (before === undefined || !this.#membership.isLeader) return;
      try {
        const counts = await this.#partitionCounts(before.keys());
        const isChanged = [...before].some(([topic, count]) => counts.get(topic) !== count);
        if (isChanged && before === this.#assignedFrom) this.#membership.rejoin(performance.now());
      } catch {
        // The next time.
      }
      this.#carryOn();
    }, this.#options.metadataRefreshMs);
  }

  /** 0 for topics that there are not. */
  async #partitionCounts(topics: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    await Promise.all(Array.from(topics, async (topic) => {
      try {
        counts.set(topic, (await this.#cluster.leadersOf(topic)).length);
      } catch (error) {
        if (!(error instanceof UnknownTopicError)) throw error;
        counts.set(topic, 0);
      }
    }));
    return counts;
  }
}
