/**
 * A consumer: reads partitions that a group has assigned to it, or that it was given, from where the group has committed.
 *
 * What must be true:
 * - Records come in the order of their partition, from its position on, none twice and none left out, as long as the
 *   partition is its own; after a rebalance from what was committed.
 * - What it commits by itself is only what was asked past: who calls `poll` again has worked on what came before (so it
 *   delivers at least once).
 * - Polls follow one another; each is bounded in time and bytes.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { LogRecord } from "../../protocol/records.ts";
import type { Cluster } from "../cluster.ts";
import { ResponseError } from "../response_error.ts";
import { sleep } from "../retrying.ts";
import { isNotLeading } from "../unsettled.ts";
import {
  checkCommitted,
  commitOffsets,
  type CommittedOffset,
  fetchCommitted,
  type OffsetToCommit,
} from "./committed_offsets.ts";
import { type FetchedPartition, fetchPartitions } from "./fetch_partitions.ts";
import { takeSome } from "./fetched_records.ts";
import { GroupMember, type GroupMemberOptions } from "./group_member.ts";
import { Position } from "./position.ts";
import { findStarts, type OffsetReset } from "./starts.ts";
import { TopicPattern } from "./topic_pattern.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";

export interface ConsumerOptions extends GroupMemberOptions {
  /** Where to begin in a partition of which the group has committed nothing. Default "latest". */
  readonly autoOffsetReset?: OffsetReset;
  /** Whether it commits by itself, every so many milliseconds while it is polled, on rebalances and when it is closed. */
  readonly autoCommitIntervalMs?: number;
  /** Default false: read_uncommitted. */
  readonly isReadCommitted?: boolean;
  /** How often a pattern is held against the topics there are. Default 10,000 ms. */
  readonly patternRefreshMs?: number;
}

export interface PollOptions {
  readonly timeoutMs: number;
  /** Default 1. */
  readonly minBytes?: number;
  /** About how many; one record always comes. */
  readonly maxBytes: number;
  readonly maxRecords?: number;
  readonly signal?: AbortSignal;
}

export interface ConsumedRecords extends TopicPartition {
  readonly records: readonly LogRecord[];
}

/** It subscribes to topics, or is given partitions: not both. */
export class SubscriptionStateError extends Error {
  override name = "SubscriptionStateError";
}

const RETRY_MS = 50;

export class Consumer {
  readonly #cluster: Cluster;
  readonly #options: ConsumerOptions;
  readonly #positions = new PartitionMap<Position>();
  readonly #member: GroupMember;
  #mode: "none" | "topics" | "partitions" = "none";
  #pattern: TopicPattern | undefined;
  #topics: readonly string[] = [];
  /** What it gave up for a rebalance, and in which generation. */
  #kept: { readonly generationId: number; readonly positions: PartitionMap<Position> } | undefined;
  #polling = Promise.resolve<unknown>(undefined);
  #error: ResponseError | undefined;
  /** Aborted, and replaced, when something has changed that a waiting poll must see. */
  #changed = new AbortController();
  #committedAtMs = performance.now();
  /** The partition after which the next poll begins. */
  #turn = 0;
  #isClosed = false;

  constructor(cluster: Cluster, options: ConsumerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#member = new GroupMember(cluster, options, {
      onAssigned: (added) => this.#take(added),
      onRevoked: (partitions, isLost) => {
        if (!isLost) this.#keep(partitions);
        return this.#giveUp(partitions, isLost);
      },
      onFailed: (error) => {
        this.#error = error;
        this.#wake();
      },
    });
  }

  get groupId(): string {
    return this.#options.groupId;
  }

  /** What it is subscribed to: topics there are, where it has a pattern. */
  get subscription(): readonly string[] {
    return this.#topics;
  }

  get assignment(): TopicPartition[] {
    return Array.from(this.#positions, ({ topic, partition }) => ({ topic, partition }));
  }

  /** Whether the group has told it what it has. */
  get isStable(): boolean {
    return this.#mode === "partitions" || this.#member.isStable;
  }

  /** Reads these topics from now on. Throws a SubscriptionStateError if partitions were assigned. */
  subscribe(topics: readonly string[]): void {
    this.#enter("topics");
    this.#pattern?.stop();
    this.#pattern = undefined;
    this.#setTopics(topics);
  }

  /** Reads all topics whose names match, also those that come later. */
  async subscribeTo(matches: (topic: string) => boolean): Promise<void> {
    this.#enter("topics");
    this.#pattern?.stop();
    const { patternRefreshMs: refreshMs } = this.#options;
    this.#pattern = new TopicPattern(this.#cluster, matches, {
      onChange: (topics) => this.#setTopics(topics),
      ...refreshMs === undefined ? {} : { refreshMs },
    });
    await this.#pattern.begin();
  }

  /** Leaves the group, or gives up what was assigned. */
  async unsubscribe(): Promise<void> {
    this.#pattern?.stop();
    this.#pattern = undefined;
    if (this.#mode === "topics") await this.#member.leave();
    else await this.#giveUp(this.assignment, false);
    this.#kept = undefined;
    this.#topics = [];
    this.#mode = "none";
    this.#error = undefined;
    this.#wake();
  }

  /** Reads these partitions, as no member of the group. Throws a SubscriptionStateError if it is subscribed. */
  async assign(partitions: readonly TopicPartition[]): Promise<void> {
    this.#enter("partitions");
    const kept = new PartitionMap<true>();
    for (const one of partitions) kept.set(one, true);
    await this.#giveUp(this.assignment.filter((one) => !kept.has(one)), false);
    for (const one of kept) if (!this.#positions.has(one)) this.#positions.set(one, new Position());
    this.#wake();
  }

  /** Records of the partitions that it has, in turns; none if nothing came in time. Polls follow one another. */
  poll(options: PollOptions): Promise<ConsumedRecords[]> {
    const deadline = performance.now() + options.timeoutMs;
    const polling = this.#polling.then(() => this.#poll(options, deadline));
    this.#polling = polling.catch(() => {});
    return polling;
  }

  /** Commits these offsets, or all positions. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    await this.#commit(offsets ?? this.#offsets(({ offset }) => offset));
  }

  committed(partitions: readonly TopicPartition[]): Promise<PartitionMap<CommittedOffset>> {
    return fetchCommitted(this.#cluster, this.groupId, partitions);
  }

  /** Goes on elsewhere. Throws a SubscriptionStateError for a partition that it does not have. */
  seek(partition: TopicPartition, offset: number): void {
    const position = this.#positions.get(partition);
    if (position === undefined) {
      throw new SubscriptionStateError(
        `${partition.topic}-${partition.partition} is not assigned to this consumer`,
      );
    }
    position.moveTo(offset);
    this.#wake();
  }

  async seekTo(partitions: readonly TopicPartition[], where: "earliest" | "latest"): Promise<void> {
    for (const one of partitions) this.seek(one, this.#positions.get(one)?.offset ?? 0);
    const { isReadCommitted = false } = this.#options;
    const starts = await findStarts(this.#cluster, partitions, where, isReadCommitted);
    for (const { value, ...one } of starts) {
      if (typeof value !== "number") throw value;
      this.#positions.get(one)?.moveTo(value);
    }
    this.#wake();
  }

  /** Commits what is safe if it commits by itself, and leaves the group. `isSafe`: all that was delivered is. */
  async close(options: { readonly isSafe?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (options.isSafe) this.#markSafe();
    this.#wake();
    try {
      await this.unsubscribe();
    } finally {
      this.stop();
    }
  }

  /** Does nothing from now on, without a word to the group. */
  stop(): void {
    this.#isClosed = true;
    this.#pattern?.stop();
    this.#member.stop();
    this.#wake();
  }

  #enter(mode: "topics" | "partitions"): void {
    if (this.#mode !== "none" && this.#mode !== mode) {
      throw new SubscriptionStateError(
        mode === "topics"
          ? "partitions were assigned to this consumer: unsubscribe it before it subscribes to topics"
          : "this consumer is subscribed to topics: unsubscribe it before partitions are assigned to it",
      );
    }
    this.#mode = mode;
  }

  #setTopics(topics: readonly string[]): void {
    this.#error = undefined;
    this.#topics = [...topics];
    this.#member.subscribe(topics);
    this.#wake();
  }

  async #poll(options: PollOptions, deadline: number): Promise<ConsumedRecords[]> {
    this.#markSafe();
    this.#commitInTime();
    for (;;) {
      if (this.#isClosed || options.signal?.aborted) return [];
      this.#throwError();
      const changed = this.#changed;
      const consumed = await this.#fetch(options, deadline, changed.signal);
      if (consumed.length > 0) return consumed;
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0) return [];
      const signal = anyOf(changed.signal, options.signal);
      // With a partition that is ready the waiting was the fetch's.
      if (!this.#isReady) {
        await sleep(Math.min(remainingMs, this.#positions.size > 0 ? RETRY_MS : Infinity), signal);
      }
    }
  }

  /** Whether there is a partition to read from. */
  get #isReady(): boolean {
    return [...this.#positions].some(({ value }) => value.offset !== undefined);
  }

  async #fetch(options: PollOptions, deadline: number, changed: AbortSignal): Promise<ConsumedRecords[]> {
    await this.#findPositions();
    const positions = [...this.#positions].flatMap(({ topic, partition, value }) =>
      value.offset === undefined ? [] : [{ topic, partition, offset: value.offset, position: value }]
    );
    if (positions.length === 0 || changed.aborted) return [];
    const first = this.#turn++ % positions.length;
    const inTurn = [...positions.slice(first), ...positions.slice(0, first)];
    const { maxBytes, minBytes = 1, maxRecords = Infinity } = options;
    const fetched = await fetchPartitions(this.#cluster, inTurn, {
      waitMs: Math.max(0, Math.ceil(deadline - performance.now())),
      minBytes,
      maxBytes,
      isReadCommitted: this.#options.isReadCommitted ?? false,
      signal: anyOf(changed, options.signal),
    });
    const consumed: ConsumedRecords[] = [];
    let roomBytes = maxBytes;
    let roomRecords = maxRecords;
    for (const one of fetched) {
      const position = this.#positions.get(one);
      // It was taken away meanwhile, or moved.
      if (position === undefined || position.offset !== one.offset) continue;
      if (one.errorCode !== ErrorCode.NONE) {
        await this.#failed(one, position);
        continue;
      }
      if (roomBytes <= 0 || roomRecords <= 0) break;
      try {
        const { offset } = one;
        const taken = takeSome(one, offset, { maxRecords: roomRecords, maxBytes: roomBytes });
        position.offset = taken.nextOffset;
        // Nobody has to work on what nobody sees.
        if (taken.records.length === 0 && position.safeOffset === offset) {
          position.safeOffset = taken.nextOffset;
        }
        roomBytes -= taken.byteCount;
        roomRecords -= taken.records.length;
        if (taken.records.length > 0) {
          consumed.push({ topic: one.topic, partition: one.partition, records: taken.records });
        }
      } catch (error) {
        // What was taken of others is not lost: the next poll comes here again.
        if (consumed.length === 0) throw error;
      }
    }
    return consumed;
  }

  async #failed(
    { topic, partition, errorCode, offset }: FetchedPartition,
    position: Position,
  ): Promise<void> {
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      if ((this.#options.autoOffsetReset ?? "latest") !== "none") return position.moveTo(undefined);
      throw new ResponseError(errorCode, `read ${topic}-${partition} at offset ${offset}`);
    }
    const mayPass = isNotLeading(errorCode, true) || errorCode === ErrorCode.NETWORK_EXCEPTION;
    if (!mayPass) throw new ResponseError(errorCode, `read ${topic}-${partition}`);
    await sleep(RETRY_MS, this.#changed.signal);
  }

  /** Of partitions that are new, or whose position is no more. */
  async #findPositions(): Promise<void> {
    const wanted = [...this.#positions].filter(({ value }) => value.offset === undefined);
    if (wanted.length === 0) return;
    const { autoOffsetReset = "latest", isReadCommitted = false } = this.#options;
    const isReset = (position: Position) => position.committedOffset !== undefined;
    const fresh = wanted.filter(({ value }) => !isReset(value));
    let committed = new PartitionMap<CommittedOffset>();
    try {
      if (fresh.length > 0) {
        committed = await fetchCommitted(this.#cluster, this.groupId, fresh, { requireStable: true });
      }
    } catch (error) {
      // A transaction is about to commit one of them.
      if (error instanceof ResponseError && error.code === ErrorCode.UNSTABLE_OFFSET_COMMIT) return;
      throw error;
    }
    const found = new PartitionMap<number | ResponseError>();
    for (const { value, ...one } of committed) found.set(one, value.offset);
    const uncommitted = wanted.filter((one) => !found.has(one));
    if (uncommitted.length > 0) {
      for (
        const { value, ...one } of await findStarts(
          this.#cluster,
          uncommitted,
          autoOffsetReset,
          isReadCommitted,
        )
      ) {
        found.set(one, value);
      }
    }
    let failure: ResponseError | undefined;
    for (const { value: position, ...one } of wanted) {
      const offset = found.get(one);
      if (this.#positions.get(one) !== position || position.offset !== undefined) continue;
      if (typeof offset === "number") {
        position.moveTo(offset);
        position.committedOffset = committed.get(one)?.offset ?? -1;
      } else if (offset !== undefined && !isNotLeading(offset.code, true) && !offset.retriable) {
        failure = offset;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Where it was, in case that the next generation assigns it the same again. */
  #keep(partitions: readonly TopicPartition[]): void {
    const positions = new PartitionMap<Position>();
    for (const one of partitions) {
      const position = this.#positions.get(one);
      if (position !== undefined) positions.set(one, position);
    }
    this.#kept = { generationId: this.#member.generationId, positions };
  }

  #take(added: readonly TopicPartition[]): void {
    // Of two generations that follow one another nobody was between: what it had last is not delivered again.
    const kept = this.#kept?.generationId === this.#member.generationId - 1
      ? this.#kept.positions
      : undefined;
    this.#kept = undefined;
    for (const one of added) this.#positions.set(one, kept?.get(one) ?? new Position());
    this.#wake();
  }

  #markSafe(): void {
    for (const { value } of this.#positions) value.safeOffset = value.offset;
  }

  #commitInTime(): void {
    const { autoCommitIntervalMs } = this.#options;
    const now = performance.now();
    if (autoCommitIntervalMs === undefined || now - this.#committedAtMs < autoCommitIntervalMs) return;
    this.#committedAtMs = now;
    // What could not be committed now is with the next.
    this.#commit(this.#uncommitted(this.assignment)).catch(() => {});
  }

  async #giveUp(partitions: readonly TopicPartition[], isLost: boolean): Promise<void> {
    const offsets = this.#uncommitted(partitions);
    for (const one of partitions) this.#positions.delete(one);
    this.#wake();
    if (!isLost && this.#options.autoCommitIntervalMs !== undefined) {
      await this.#commit(offsets).catch(() => {});
    }
  }

  #uncommitted(partitions: readonly TopicPartition[]): OffsetToCommit[] {
    const wanted = new PartitionMap<true>();
    for (const one of partitions) wanted.set(one, true);
    return this.#offsets(({ safeOffset, committedOffset }) =>
      safeOffset === committedOffset ? undefined : safeOffset
    )
      .filter((one) => wanted.has(one));
  }

  #offsets(of: (position: Position) => number | undefined): OffsetToCommit[] {
    return [...this.#positions].flatMap(({ topic, partition, value }) => {
      const offset = of(value);
      return offset === undefined ? [] : [{ topic, partition, offset }];
    });
  }

  async #commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return;
    if (this.#mode === "topics") await this.#member.commit(offsets);
    else await this.#commitAlone(offsets);
    for (const one of offsets) {
      const position = this.#positions.get(one);
      if (position !== undefined) position.committedOffset = one.offset;
    }
  }

  /** As no member: possible only while the group has none. */
  async #commitAlone(offsets: readonly OffsetToCommit[]): Promise<void> {
    const codes = await commitOffsets(this.#cluster, this.groupId, offsets);
    if ([...codes].some(({ value }) => value === ErrorCode.UNKNOWN_MEMBER_ID)) {
      throw new SubscriptionStateError(
        "the group has members that subscribe, so who was assigned partitions can't commit in its name",
      );
    }
    checkCommitted(codes, this.groupId);
  }

  /** Once: the next poll tries to join again. */
  #throwError(): void {
    const error = this.#error;
    if (error === undefined) return;
    if (error.code !== ErrorCode.FENCED_INSTANCE_ID) {
      this.#error = undefined;
      this.#member.subscribe(this.#topics);
    }
    throw error;
  }

  #wake(): void {
    this.#changed.abort();
    this.#changed = new AbortController();
  }
}

function anyOf(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? signal : AbortSignal.any([signal, other]);
}
