/**
 * A consumer of the new protocol, as far as its group sees it: joins, heartbeats, gives up and takes on partitions, leaves. It follows
 * the protocol as Kafka's Java client does, and may be slow, fall silent, lose answers, or be a zombie that does not know that it
 * is out.
 * @module
 */
import type { HeartbeatAnswer } from "../../../broker/coordinator/consumer/consumer_groups.ts";
import type { Client, HeartbeatRequest } from "../../../broker/coordinator/consumer/heartbeat.ts";
import { ErrorCode } from "../../../protocol/errors.ts";

export interface MemberOptions {
  readonly groupId: string;
  /** "" for a client of version 0, which is given its id. */
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[] | null;
  readonly regex: string | null;
  readonly assignor: string | null;
  readonly rebalanceTimeoutMs: number;
}

export class SimulatedMember {
  readonly options: MemberOptions;
  memberId: string;
  epoch = 0;
  /** What it reads from: "topicId partition". */
  owned = new Set<string>();
  /** What it was last told to have; undefined: nothing yet. */
  target: ReadonlySet<string> | undefined;
  topics: readonly string[] | null;
  regex: string | null;
  /** It has left, or given up. */
  isGone = false;
  /** It has been told that it is out, and joins again. */
  isFenced = false;
  /** It may be refused: it was late, or an answer was lost. */
  mayBeFenced = false;
  isWaiting = false;
  /** When it last sent a heartbeat. */
  lastSentMs = Infinity;
  /** Since when it has owed an acknowledgement; Infinity: it owes none. */
  owesSinceMs = Infinity;
  #tellsAll = true;
  /** An assignment that it has brought about is reported, even if it holds what it held when it last reported. */
  #isToAcknowledge = false;

  constructor(options: MemberOptions) {
    this.options = options;
    this.memberId = options.memberId;
    this.topics = options.topics;
    this.regex = options.regex;
  }

  get isMember(): boolean {
    return !this.isGone && this.epoch > 0;
  }

  /** It has been given an assignment, and has not said that it has brought it about. */
  get owes(): boolean {
    return this.#isToAcknowledge;
  }

  /** It subscribes to something else, and says so with the next heartbeat. */
  subscribe(topics: readonly string[] | null, regex: string | null): void {
    this.topics = topics;
    this.regex = regex;
    this.#tellsAll = true;
  }

  /** Gives up what it is no longer to have. */
  revoke(): void {
    if (this.target !== undefined) this.owned = this.owned.intersection(this.target);
  }

  request(epoch = this.epoch): HeartbeatRequest & Client {
    const tellsAll = this.#tellsAll || epoch === 0;
    const hasReconciled = this.#isToAcknowledge && this.target?.symmetricDifference(this.owned).size === 0;
    const reports = tellsAll || hasReconciled;
    if (hasReconciled) this.#isToAcknowledge = false;
    // What it was given, has not yet taken on, and now does not report counts as given up: others may get it.
    if (tellsAll) this.target = this.target?.intersection(this.owned);
    const { groupId, instanceId, assignor, rebalanceTimeoutMs } = this.options;
    this.#tellsAll = false;
    return {
      groupId,
      memberId: this.memberId,
      memberEpoch: epoch,
      instanceId,
      rackId: null,
      rebalanceTimeoutMs: tellsAll ? rebalanceTimeoutMs : -1,
      subscribedTopicNames: tellsAll ? this.topics ?? [] : null,
      subscribedTopicRegex: tellsAll ? this.regex ?? "" : null,
      serverAssignor: tellsAll ? assignor : null,
      topicPartitions: epoch === 0 ? [] : reports ? topicPartitions(this.owned) : null,
      clientId: "simulated",
      clientHost: "/127.0.0.1",
    };
  }

  /** The answer did not come, or said to try again: all is told once more. */
  lose(): void {
    this.#tellsAll = true;
  }

  take({ errorCode, memberId, memberEpoch, assignment }: HeartbeatAnswer): void {
    switch (errorCode) {
      case ErrorCode.NONE:
        this.memberId = memberId!;
        this.epoch = memberEpoch;
        if (assignment !== null) {
          this.#isToAcknowledge = true;
          this.target = new Set(
            assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
              partitions.map((partition) => `${topicId} ${partition}`)
            ),
          );
        }
        return;
      case ErrorCode.GROUP_ID_NOT_FOUND:
      case ErrorCode.FENCED_MEMBER_EPOCH:
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.owned = new Set();
        this.target = undefined;
        this.epoch = 0;
        this.isFenced = true;
        this.#tellsAll = true;
        return;
      case ErrorCode.GROUP_MAX_SIZE_REACHED:
      case ErrorCode.UNRELEASED_INSTANCE_ID:
      case ErrorCode.FENCED_INSTANCE_ID:
        this.owned = new Set();
        this.target = undefined;
        this.isGone = true;
        return;
      default:
        this.lose();
    }
  }

  /** Takes on what it was told to have, when it has nothing to give up: so does Java's client. */
  takeOn(): void {
    if (this.target !== undefined && this.owned.isSubsetOf(this.target)) this.owned = new Set(this.target);
  }
}

function topicPartitions(owned: ReadonlySet<string>) {
  const byTopic = new Map<string, number[]>();
  for (const each of owned) {
    const [topicId, partition] = each.split(" ") as [string, string];
    const known = byTopic.get(topicId);
    if (known === undefined) byTopic.set(topicId, [Number(partition)]);
    else known.push(Number(partition));
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }));
}
