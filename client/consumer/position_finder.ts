/**
 * Finds where to begin in partitions that have no position: from what the group has committed, or by the reset policy.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { ResponseError } from "../response_error.ts";
import { isNotLeading } from "../unsettled.ts";
import { type CommittedOffset, type CommittingMember, fetchCommitted } from "./committed_offsets.ts";
import { lastingError } from "./lasting_error.ts";
import type { PartitionState } from "./partition_state.ts";
import { findStarts, type OffsetReset } from "./starts.ts";
import { PartitionMap } from "./topic_partitions.ts";

export interface PositionFinderOptions {
  readonly cluster: Cluster;
  readonly partitions: PartitionMap<PartitionState>;
  /** undefined: nothing is committed anywhere. */
  readonly groupId: string | undefined;
  /** Who asks for what is committed. */
  readonly member: () => CommittingMember | undefined;
  readonly reset: OffsetReset;
  readonly isReadCommitted: boolean;
  readonly retryMs: number;
  /** Its position is found, or its error says why not. */
  readonly onFound: (state: PartitionState) => void;
}

/** These tell a member that its group has changed: it will hear more of that. */
const REBALANCING: ReadonlySet<number> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.STALE_MEMBER_EPOCH,
  ErrorCode.UNKNOWN_MEMBER_ID,
  // A transaction is about to commit one of them.
  ErrorCode.UNSTABLE_OFFSET_COMMIT,
]);

export class PositionFinder {
  readonly #options: PositionFinderOptions;
  #isLooking = false;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PositionFinderOptions) {
    this.#options = options;
  }

  /** To be called when partitions without a position have come. */
  poke(): void {
    if (this.#isLooking || this.#isStopped) return;
    const wanted = [...this.#options.partitions].map(({ value }) => value).filter(isWanted);
    if (wanted.length === 0) return;
    clearTimeout(this.#timer);
    this.#isLooking = true;
    void this.#find(wanted).then((isDone) => {
      this.#isLooking = false;
      if (isDone) return this.poke();
      if (!this.#isStopped) this.#timer = setTimeout(() => this.poke(), this.#options.retryMs);
    });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Whether each has a position now, or an error. */
  async #find(wanted: readonly PartitionState[]): Promise<boolean> {
    try {
      const committed = await this.#committed(wanted.filter(({ isReset }) => !isReset));
      const found = await this.#starts(wanted.filter((state) => !committed.has(state)));
      let isDone = true;
      for (const state of wanted) {
        const offset = committed.get(state)?.offset ?? found.get(state);
        // It was taken away meanwhile, or moved.
        if (this.#options.partitions.get(state) !== state || state.position !== undefined) continue;
        if (offset instanceof ResponseError) {
          if (isNotLeading(offset.code, true) || offset.retriable) isDone = false;
          else this.#fail(state, offset);
        } else if (offset !== undefined) this.#begin(state, offset, committed.get(state)?.offset ?? -1);
      }
      return isDone;
    } catch (error) {
      if (error instanceof ResponseError && REBALANCING.has(error.code)) return false;
      const lasting = lastingError(error);
      if (lasting === undefined) return false;
      for (const state of wanted) if (isWanted(state)) this.#fail(state, lasting);
      return true;
    }
  }

  async #committed(partitions: readonly PartitionState[]): Promise<PartitionMap<CommittedOffset>> {
    const { cluster, groupId, member } = this.#options;
    if (groupId === undefined || partitions.length === 0) return new PartitionMap();
    return await fetchCommitted(cluster, groupId, partitions, { requireStable: true, member: member() });
  }

  async #starts(partitions: readonly PartitionState[]): Promise<PartitionMap<number | ResponseError>> {
    const { cluster, reset, isReadCommitted } = this.#options;
    if (partitions.length === 0) return new PartitionMap();
    return await findStarts(cluster, partitions, reset, isReadCommitted);
  }

  #begin(state: PartitionState, offset: number, committedOffset: number): void {
    state.moveTo(offset);
    state.isReset = false;
    state.committedOffset ??= committedOffset;
    this.#options.onFound(state);
  }

  #fail(state: PartitionState, error: Error): void {
    state.error = error;
    this.#options.onFound(state);
  }
}

function isWanted(state: PartitionState): boolean {
  return state.position === undefined && state.error === undefined;
}
