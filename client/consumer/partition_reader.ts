/**
 * Reads partitions that it is told to read: finds where to begin, fetches ahead, and gives out what has come. Whose they
 * are and what is committed is its owner's business.
 * @module
 */
import type { Cluster } from "../cluster.ts";
import type { CommittingMember } from "./committed_offsets.ts";
import { LONGEST_TIMER_MS } from "../longest_timer.ts";
import { type FetchBudget, PartitionState } from "./partition_state.ts";
import { PositionFinder } from "./position_finder.ts";
import { Prefetcher } from "./prefetcher.ts";
import type { OpenOptions } from "./record_cursor.ts";
import { RecordFeed } from "./record_feed.ts";
import type { OffsetReset } from "./starts.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";

/** How much is fetched. Names as in Kafka's configuration. */
export interface FetchOptions {
  readonly queuedMaxBytes: number;
  readonly fetchMaxBytes: number;
  readonly partitionMaxBytes: number;
  readonly minBytes: number;
  readonly maxWaitMs: number;
  /** Fetch only while somebody waits for records: for readers that come seldom, and are many. */
  readonly isOnDemand: boolean;
  readonly retryMs: number;
  readonly retryMaxMs: number;
}

export interface PartitionReaderOptions<K, V> extends FetchOptions, OpenOptions<K, V> {
  readonly cluster: Cluster;
  readonly groupId: string | undefined;
  readonly member: () => CommittingMember | undefined;
  readonly reset: OffsetReset;
  readonly isReadCommitted: boolean;
}

export class PartitionReader<K, V> {
  readonly partitions = new PartitionMap<PartitionState>();
  readonly feed: RecordFeed<K, V>;
  readonly #budget: FetchBudget = { usedBytes: 0 };
  readonly #prefetcher: Prefetcher;
  readonly #finder: PositionFinder;
  /** Whether it fetches only while `want` says so. */
  readonly isOnDemand: boolean;
  #waiting = new Set<() => void>();

  constructor(options: PartitionReaderOptions<K, V>) {
    const { partitions } = this;
    const budget = this.#budget;
    const onArrival = (state: PartitionState) => this.#arrived(state);
    this.isOnDemand = options.isOnDemand;
    this.feed = new RecordFeed({ ...options, onRoom: (state) => this.#room(state) });
    this.#prefetcher = new Prefetcher({
      ...options,
      partitions,
      budget,
      onArrival,
      onOutOfRange: (state) => this.#reset(state),
    });
    this.#finder = new PositionFinder({ ...options, partitions, onFound: onArrival });
  }

  /** Bytes that are fetched ahead, of all partitions together. */
  get queuedBytes(): number {
    return this.#budget.usedBytes;
  }

  /** Reads this partition from now on, from `offset`, or where it is to be begun. */
  add(partition: TopicPartition, offset?: number): PartitionState {
    const state = new PartitionState(partition, this.#budget, offset);
    const before = this.partitions.get(partition);
    if (before !== undefined) this.remove(before);
    this.partitions.set(partition, state);
    this.#changed();
    return state;
  }

  /** Nothing of it is given any more. */
  remove(state: PartitionState): void {
    this.feed.drop(state);
    state.end();
    if (this.partitions.get(state) === state) this.partitions.delete(state);
    this.#changed();
  }

  /** Goes on at `offset`, or where the reset policy says. */
  seek(state: PartitionState, offset: number | undefined): void {
    this.feed.drop(state);
    state.isReset = offset === undefined;
    state.moveTo(offset);
    this.#changed();
  }

  /** What was fetched of it ahead is dropped. */
  pause(state: PartitionState): void {
    if (state.isPaused) return;
    state.isPaused = true;
    this.feed.drop(state);
    state.drop();
    this.#changed();
  }

  resume(state: PartitionState): void {
    state.isPaused = false;
    this.feed.push(state);
    this.#changed();
  }

  /** As `pause`, until `release`: for who is about to give it up, or to tell others of it. */
  hold(state: PartitionState): void {
    state.isHeld = true;
    this.feed.drop(state);
    state.drop();
  }

  release(state: PartitionState): void {
    state.isHeld = false;
    this.#arrived(state);
    this.#changed();
  }

  /** Somebody waits for records until then, by performance.now(). */
  want(untilMs: number): void {
    this.#prefetcher.want(untilMs);
  }

  /** Resolves when something may have changed, after `timeoutMs`, or when `signal` is aborted. */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(timeoutMs, LONGEST_TIMER_MS));
      this.#waiting.add(end);
      if (signal?.aborted) end();
      else signal?.addEventListener("abort", end);
    });
  }

  /** Ends all waits. */
  wake(): void {
    for (const end of [...this.#waiting]) end();
  }

  /** Reads nothing more. */
  stop(): void {
    this.#prefetcher.stop();
    this.#finder.stop();
    this.wake();
  }

  #arrived(state: PartitionState): void {
    this.feed.push(state);
    if (state.hasMore) this.wake();
    else this.#prefetcher.poke();
  }

  #room(state: PartitionState): void {
    if (state.position === undefined) this.#finder.poke();
    else this.#prefetcher.pokeFor(state);
  }

  #reset(state: PartitionState): void {
    this.seek(state, undefined);
  }

  #changed(): void {
    this.#finder.poke();
    this.#prefetcher.poke();
  }
}
