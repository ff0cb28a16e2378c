/**
 * A member of a group of the consumer protocol: carries out over the cluster what its membership (consumer_membership.ts)
 * says is to be done, and tells its owner which partitions are its own.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { ResponseError } from "../response_error.ts";
import { sleep } from "../retrying.ts";
import { checkCommitted, commitOffsets, type OffsetToCommit } from "./committed_offsets.ts";
import {
  ConsumerMembership,
  type ConsumerMembershipAction,
  type MemberHeartbeat,
} from "./consumer_membership.ts";
import type { GroupMemberOwner, GroupSession } from "./group_session.ts";
import type { TopicPartition } from "./topic_partitions.ts";

export interface ConsumerGroupMemberOptions {
  readonly groupId: string;
  readonly instanceId?: string | null;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly serverAssignor?: string | null;
}

/** From version 12 on a topic is found by its id, and from 13 on there may be an error for the whole answer. */
const METADATA_VERSION = 12;
/** Nobody waits for a leave longer than this. */
const LEAVE_TIMEOUT_MS = 5000;
/** The epoch that a commit carries may be one behind while an answer is on its way. */
const STALE_ATTEMPTS = 20;
const STALE_RETRY_MS = 50;

export class ConsumerGroupMember implements GroupSession {
  readonly #cluster: Cluster;
  readonly #options: Required<ConsumerGroupMemberOptions>;
  readonly #owner: GroupMemberOwner;
  readonly #membership: ConsumerMembership;
  readonly #ending = new AbortController();
  readonly #leaving = new Set<Promise<unknown>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(cluster: Cluster, options: ConsumerGroupMemberOptions, owner: GroupMemberOwner) {
    this.#cluster = cluster;
    this.#owner = owner;
    this.#options = {
      instanceId: null,
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 300_000,
      serverAssignor: null,
      ...options,
    };
    this.#membership = new ConsumerMembership({
      ...this.#options,
      memberId: crypto.randomUUID(),
      random: Math.random,
    });
  }

  get memberId(): string {
    return this.#membership.memberId;
  }

  get generationId(): number {
    return this.#membership.epoch;
  }

  get isStable(): boolean {
    return this.#membership.isSettled;
  }

  subscribe(topics: readonly string[]): void {
    this.#membership.subscribe(topics, performance.now());
    this.#carryOn();
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return;
    const { groupId, instanceId } = this.#options;
    for (let attempts = 1;; attempts++) {
      const { memberId, epoch: generationId } = this.#membership;
      const member = { memberId, generationId, instanceId };
      const codes = await commitOffsets(this.#cluster, groupId, offsets, member);
      const all = [...codes].map(({ value }) => value);
      if (all.includes(ErrorCode.STALE_MEMBER_EPOCH) && attempts < STALE_ATTEMPTS) {
        await sleep(STALE_RETRY_MS, this.#ending.signal);
        continue;
      }
      const isLost = all.includes(ErrorCode.UNKNOWN_MEMBER_ID) || all.includes(ErrorCode.FENCED_MEMBER_EPOCH);
      if (isLost && generationId === this.#membership.epoch) this.#membership.sessionLost(performance.now());
      this.#carryOn();
      return checkCommitted(codes, groupId);
    }
  }

  async leave(): Promise<void> {
    const { assigned } = this.#membership;
    if (assigned.length > 0) await this.#tellRevoked(assigned, false);
    this.abandon();
    const waiting = new AbortController();
    await Promise.race([Promise.all(this.#leaving), sleep(LEAVE_TIMEOUT_MS, waiting.signal)]);
    waiting.abort();
  }

  abandon(): void {
    this.#membership.leave();
    this.#carryOn();
  }

  stop(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
  }

  #carryOn(): void {
    for (const action of this.#membership.takeActions()) this.#do(action);
    clearTimeout(this.#timer);
    const { dueMs } = this.#membership;
    if (this.#ending.signal.aborted || dueMs === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#membership.tick(performance.now());
      this.#carryOn();
    }, Math.max(1, dueMs - performance.now()));
  }

  #do(action: ConsumerMembershipAction): void {
    switch (action.kind) {
      case "assigned":
        return this.#owner.onAssigned(action.added);
      case "failed":
        return this.#owner.onFailed(action.error);
      case "revoke":
        return void this.#tellRevoked(action.partitions, action.isLost).then(() => {
          this.#membership.revoked(action.round, performance.now());
          this.#carryOn();
        });
      case "heartbeat":
        return void this.#sendHeartbeat(action.round, action.heartbeat);
      case "name":
        return void this.#findNames(action.topicIds);
      case "leave":
        return this.#sendLeave(action.heartbeat);
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

  async #sendHeartbeat(round: number, heartbeat: MemberHeartbeat): Promise<void> {
    try {
      const answer = await this.#ask(heartbeat);
      this.#membership.answered(round, answer, performance.now());
    } catch (error) {
      if (error instanceof ConnectionError && error.failure === "unsupported") this.#membership.fail(error);
      else {
        if (error instanceof ConnectionError && !error.retriable) this.#owner.onFailed(error);
        this.#membership.unanswered(round, performance.now());
      }
    }
    this.#carryOn();
  }

  #sendLeave(heartbeat: MemberHeartbeat): void {
    // Who is not heard leaves by its session's end.
    const leaving = this.#ask(heartbeat).catch(() => {});
    this.#leaving.add(leaving);
    void leaving.finally(() => this.#leaving.delete(leaving));
  }

  #ask(heartbeat: MemberHeartbeat) {
    const { groupId } = this.#options;
    const { subscribedTopicNames, topicPartitions, ...others } = heartbeat;
    return this.#cluster.askCoordinator("group", groupId, api.ConsumerGroupHeartbeat, {
      groupId,
      ...others,
      subscribedTopicNames: subscribedTopicNames === null ? null : [...subscribedTopicNames],
      topicPartitions: topicPartitions === null
        ? null
        : topicPartitions.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] })),
    }, { codeOf: ({ errorCode }) => errorCode });
  }

  async #findNames(topicIds: readonly string[]): Promise<void> {
    const names = new Map<string, string>();
    try {
      const { topics } = await this.#cluster.ask(api.Metadata, {
        topics: topicIds.map((topicId) => ({ topicId, name: null })),
        allowAutoTopicCreation: false,
      }, { maxVersion: METADATA_VERSION });
      for (const { topicId, name } of topics) if (name !== null && name !== "") names.set(topicId, name);
    } catch (error) {
      // What can't be asked now is asked again.
      if (!(error instanceof ConnectionError || error instanceof ResponseError)) throw error;
    }
    this.#membership.named(names, performance.now());
    this.#carryOn();
  }
}
