/**
 * Commits where a consumer is: what it is told to, and by itself what the reader has asked past.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { ResponseError } from "../response_error.ts";
import { checkCommitted, commitOffsets, type OffsetToCommit } from "./committed_offsets.ts";
import type { GroupSession } from "./group_session.ts";
import type { PartitionState } from "./partition_state.ts";
import { SubscriptionStateError } from "./subscription_state_error.ts";
import type { PartitionMap } from "./topic_partitions.ts";

export interface OffsetKeeperOptions {
  readonly cluster: Cluster;
  readonly groupId: string | undefined;
  readonly partitions: PartitionMap<PartitionState>;
  /** undefined: it is no member of its group. */
  readonly member: () => GroupSession | undefined;
  /** Left out: it commits nothing by itself. */
  readonly autoCommitIntervalMs?: number | undefined;
  /** Told what can't be committed, and will not be the next time either. */
  readonly onError: (error: Error) => void;
}

/** The next rebalance settles these. */
const PASSING: ReadonlySet<number> = new Set([
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.FENCED_MEMBER_EPOCH,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.STALE_MEMBER_EPOCH,
  ErrorCode.UNKNOWN_MEMBER_ID,
]);
const LEAST_INTERVAL_MS = 10;

export class OffsetKeeper {
  readonly #options: OffsetKeeperOptions;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isCommitting = false;

  constructor(options: OffsetKeeperOptions) {
    this.#options = options;
    const { autoCommitIntervalMs: intervalMs } = options;
    if (intervalMs === undefined || options.groupId === undefined) return;
    this.#timer = setInterval(() => void this.#commitInTime(), Math.max(LEAST_INTERVAL_MS, intervalMs));
  }

  /** Commits these offsets, or all positions. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    const wanted = offsets ?? this.#offsets((state) => state.position);
    if (wanted.length === 0) return;
    const { partitions, member } = this.#options;
    const session = member();
    if (session === undefined) await this.#commitAlone(wanted);
    else await session.commit(wanted);
    for (const one of wanted) {
      const state = partitions.get(one);
      if (state !== undefined) state.committedOffset = one.offset;
    }
  }

  /** If it commits by itself: what is safe of these. What can't be committed comes again, here or elsewhere. */
  async commitSafe(states: Iterable<PartitionState>): Promise<void> {
    if (this.#timer === undefined) return;
    const wanted = new Set(states);
    await this.commit(this.#unsaved().filter((one) => wanted.has(this.#options.partitions.get(one)!)))
      .catch(() => {});
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #commitInTime(): Promise<void> {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    try {
      await this.commit(this.#unsaved());
    } catch (error) {
      const isLasting = error instanceof ResponseError && !error.retriable && !PASSING.has(error.code);
      if (isLasting || error instanceof SubscriptionStateError) this.#options.onError(error);
    } finally {
      this.#isCommitting = false;
    }
  }

  #unsaved(): OffsetToCommit[] {
    return this.#offsets(({ safeOffset, committedOffset }) =>
      safeOffset === committedOffset ? undefined : safeOffset
    );
  }

  #offsets(of: (state: PartitionState) => number | undefined): OffsetToCommit[] {
    return [...this.#options.partitions].flatMap(({ topic, partition, value }) => {
      const offset = of(value);
      return offset === undefined ? [] : [{ topic, partition, offset }];
    });
  }

  /** As no member: possible only while the group has none. */
  async #commitAlone(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { cluster, groupId } = this.#options;
    if (groupId === undefined) {
      throw new SubscriptionStateError(
        'this consumer has no group to commit to: give it a "group.id", or keep offsets yourself',
      );
    }
    const codes = await commitOffsets(cluster, groupId, offsets);
    if ([...codes].some(({ value }) => value === ErrorCode.UNKNOWN_MEMBER_ID)) {
      throw new SubscriptionStateError(
        "the group has members that subscribe, so who was assigned partitions can't commit in its name",
      );
    }
    checkCommitted(codes, groupId);
  }
}
