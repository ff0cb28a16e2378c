/**
 * What a group assigns to a consumer, as its reader reads it and its user hears of it.
 *
 * What must be true:
 * - Before partitions go to others the reader has asked past what it was given of them, and that is committed (if it
 *   commits by itself); unless they are lost, or time is up.
 * - The user is told of one change at a time, in their order.
 * - Of two generations that follow one another nobody was between: what it had last is not given again.
 * @module
 */
import type { GroupMemberOwner } from "./group_session.ts";
import type { PartitionReader } from "./partition_reader.ts";
import type { PartitionState } from "./partition_state.ts";
import type { RebalanceListener } from "./rebalance_listener.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";

export interface GroupAssignmentOptions {
  // deno-lint-ignore no-explicit-any -- of whatever type the records are
  readonly reader: PartitionReader<any, any>;
  readonly generationId: () => number;
  readonly listener: () => RebalanceListener;
  /** Whether a generation has one owner of each partition from its begin to its end, as with the classic protocol. */
  readonly hasGenerations: boolean;
  /** Whether who has been given records is waited for. */
  readonly isPatient: boolean;
  /** Commits what is safe of these, if the consumer does that by itself. */
  readonly commitSafe: (states: readonly PartitionState[]) => Promise<void>;
  readonly onError: (error: Error) => void;
}

export class GroupAssignment implements GroupMemberOwner {
  readonly #options: GroupAssignmentOptions;
  #kept: { readonly generationId: number; readonly states: PartitionMap<PartitionState> } | undefined;
  #telling: Promise<void> = Promise.resolve();

  constructor(options: GroupAssignmentOptions) {
    this.#options = options;
  }

  onAssigned(added: readonly TopicPartition[]): void {
    const { reader, generationId, listener } = this.#options;
    const kept = this.#kept?.generationId === generationId() - 1 ? this.#kept.states : undefined;
    this.#kept = undefined;
    const states = added.map((one) => {
      const before = kept?.get(one);
      const state = reader.add(one, before?.position);
      state.isPaused = before?.isPaused ?? false;
      if (before !== undefined) {
        state.safeOffset = before.safeOffset;
        state.committedOffset = before.committedOffset;
      }
      return state;
    });
    const { onAssigned } = listener();
    if (onAssigned !== undefined && added.length > 0) {
      for (const state of states) reader.hold(state);
      void this.#tell(() => onAssigned(added)).then(() => {
        for (const state of states) reader.release(state);
      });
    }
    reader.wake();
  }

  async onRevoked(partitions: readonly TopicPartition[], isLost: boolean): Promise<void> {
    const { reader, isPatient, commitSafe, hasGenerations, listener } = this.#options;
    const generationId = this.#options.generationId();
    const states = partitions.map((one) => reader.partitions.get(one)).filter((state) => state !== undefined);
    if (isLost) {
      for (const state of states) reader.remove(state);
      const { onLost, onRevoked } = listener();
      const tell = onLost ?? onRevoked;
      if (tell !== undefined && states.length > 0) await this.#tell(() => tell(partitions));
      reader.wake();
      return;
    }
    for (const state of states) reader.hold(state);
    if (isPatient) {
      reader.wake();
      await reader.feed.whenIdle(states);
    }
    await commitSafe(states);
    const { onRevoked } = listener();
    // What was lost meanwhile its user has heard of.
    const left = states.filter((state) => reader.partitions.get(state) === state);
    if (onRevoked !== undefined && left.length > 0) {
      await this.#tell(() => onRevoked(left.map(({ topic, partition }) => ({ topic, partition }))));
    }
    if (hasGenerations) {
      const kept = new PartitionMap<PartitionState>();
      for (const state of left) if (reader.partitions.get(state) === state) kept.set(state, state);
      this.#kept = { generationId, states: kept };
    }
    for (const state of left) reader.remove(state);
    reader.wake();
  }

  onFailed(error: Error): void {
    this.#options.onError(error);
  }

  /** It has left: what it had is of no account any more. */
  forget(): void {
    this.#kept = undefined;
  }

  #tell(what: () => void | Promise<void>): Promise<void> {
    this.#telling = this.#telling.then(async () => {
      try {
        await what();
      } catch (error) {
        this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      }
    });
    return this.#telling;
  }
}
