/**
 * What a consumer group is to those who need not know of which protocol it is: offsets, admin requests.
 * @module
 */

import type { Uuid } from "../../protocol/uuid.ts";
import type { JournalRecord } from "./journal.ts";

/** Names as clients read them. */
export type GroupState =
  | "Empty"
  | "Assigning"
  | "PreparingRebalance"
  | "CompletingRebalance"
  | "Reconciling"
  | "Stable"
  | "Dead";

/** Who commits offsets, as the request says. */
export interface Committer {
  /** "" for a consumer that is no member of the group. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** The generation of a classic group, the member's epoch in one of the new protocol; -1: no member. */
  readonly generationId: number;
  /** By TxnOffsetCommit, which may come without a member. */
  readonly isTransactional: boolean;
  /** Of the request, where Kafka's answer depends on it. */
  readonly apiVersion: number;
}

/** What is committed, by topic. */
export interface CommitTarget {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly { readonly partitionIndex: number }[];
}

export interface Group {
  readonly id: string;
  readonly type: "classic" | "consumer";
  readonly state: GroupState;
  /** "consumer" for consumers; "" for a group that nobody has joined yet. */
  readonly protocolType: string;
  readonly isEmpty: boolean;
  readonly memberCount: number;
  /** Wall clock, when it lost its last member, or was made; undefined while it has members. */
  readonly emptySinceMs: number | undefined;
  /**
   * NONE, or the error for an OffsetCommit or TxnOffsetCommit by `committer`. A heartbeat counts as made where Kafka counts it;
   * `nowMs` is on the monotonic clock. A member of the new protocol whose epoch is old may still commit what it was assigned in
   * that epoch (KIP-1251): hence the targets.
   */
  checkCommit(committer: Committer, nowMs: number, targets: readonly CommitTarget[]): number;
  /** NONE, or the error for an OffsetFetch that names a member (version 9 and later). */
  checkFetch(memberId: string | null, memberEpoch: number): number;
  isSubscribedTo(topic: string): boolean;
  /** NONE, or the error for DeleteGroups. */
  checkDelete(): number;
  /** Records that take back all that the journal has of the group itself; its offsets are another matter. */
  tombstones(): JournalRecord[];
}
