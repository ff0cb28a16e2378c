/**
 * A consumer: reads partitions that a group has assigned to it, or that it was given, from where the group has committed.
 * What the public class (consumer.ts) and the instances of the HTTP API are made of.
 *
 * What must be true:
 * - Records come in the order of their partition, from its position on, none twice and none left out, as long as the
 *   partition is its own; after a rebalance from what was committed.
 * - What it commits by itself is only what was asked past: who asks for more has worked on what came before (so it delivers
 *   at least once).
 * - Polls follow one another; each is bounded in time and bytes.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { offsetsAt } from "../admin/offsets.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode, ResponseError } from "../response_error.ts";
import { bytes } from "../serializers/bytes.ts";
import {
  type CommittedOffset,
  type CommittingMember,
  fetchCommitted,
  type OffsetToCommit,
} from "./committed_offsets.ts";
import type { ConsumerBatch } from "./consumer_batch.ts";
import { ConsumerGroupMember } from "./consumer_group_member.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import type { ConsumerRecord, Deserializers } from "./consumer_record.ts";
import { GroupAssignment } from "./group_assignment.ts";
import { GroupMember } from "./group_member.ts";
import type { GroupSession } from "./group_session.ts";
import { OffsetKeeper } from "./offset_keeper.ts";
import { type FetchOptions, PartitionReader } from "./partition_reader.ts";
import type { PartitionState } from "./partition_state.ts";
import { PollWatch } from "./poll_watch.ts";
import type { RebalanceListener } from "./rebalance_listener.ts";
import { findStarts } from "./starts.ts";
import { SubscriptionStateError } from "./subscription_state_error.ts";
import { TopicPattern } from "./topic_pattern.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";
import { TurnClock } from "./turn_clock.ts";

export interface PollOptions {
  /** How long to wait while there is nothing. Default 1000. */
  readonly timeoutMs?: number;
  /** At most so many. Default: max.poll.records. */
  readonly maxRecords?: number;
  /** About so many bytes of keys and values at most; one record always comes. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** A partition, and where to begin in it; left out: where the group has committed, or by the reset policy. */
export interface AssignedPartition extends TopicPartition {
  readonly offset?: number;
}

export interface PartitionLag extends TopicPartition {
  /** undefined: it has none yet. */
  readonly position: number | undefined;
  /** Of the next record to be written; with read_committed, of the first that is not decided. */
  readonly endOffset: number;
  readonly lag: number | undefined;
}

/** Who commits, for a producer's transaction (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** What a record counts besides its key and value. */
const RECORD_OVERHEAD_BYTES = 64;
/** Whoever fetches only when asked takes at least so long, or it would never see anything. */
const LEAST_DEMAND_MS = 100;
const NO_LISTENER: RebalanceListener = {};
const AS_THEY_ARE = { key: bytes, value: bytes };
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
const USUAL_FETCH: FetchOptions = {
  queuedMaxBytes: 64 * 1024 * 1024,
  fetchMaxBytes: 50 * 1024 * 1024,
  partitionMaxBytes: 1024 * 1024,
  minBytes: 1,
  maxWaitMs: 500,
  isOnDemand: false,
  retryMs: 100,
  retryMaxMs: 1000,
};

export class ConsumerCore<K = Uint8Array | null, V = Uint8Array | null> {
  readonly #cluster: Cluster;
  readonly #options: ConsumerOptions<K, V>;
  readonly #reader: PartitionReader<K, V>;
  readonly #keeper: OffsetKeeper;
  readonly #watch: PollWatch;
  readonly #clock = new TurnClock();
  readonly #isOnDemand: boolean;
  readonly #assignment: GroupAssignment;
  readonly #member: GroupSession | undefined;
  #listener = NO_LISTENER;
  #mode: "none" | "topics" | "partitions" = "none";
  #pattern: TopicPattern | undefined;
  #topics: readonly string[] = [];
  #polling = Promise.resolve<unknown>(undefined);
  #error: Error | undefined;
  #isClosed = false;

  constructor(cluster: Cluster, options: ConsumerOptions<K, V>) {
    this.#cluster = cluster;
    this.#options = options;
    const { groupId } = options;
    const fetch = { ...USUAL_FETCH, ...options.fetch };
    this.#isOnDemand = fetch.isOnDemand;
    this.#reader = new PartitionReader<K, V>({
      cluster,
      groupId,
      member: () => options.isConsumerProtocol && this.#mode === "topics" ? this.#committing : undefined,
      reset: options.autoOffsetReset ?? "latest",
      isReadCommitted: options.isReadCommitted ?? false,
      deserializers: options.deserializers ?? AS_THEY_ARE as unknown as Deserializers<K, V>,
      checkCrcs: options.checkCrcs ?? true,
      maxUnpackedBytes: options.maxUnpackedBytes ?? MAX_UNPACKED_BYTES,
      ...fetch,
    });
    const onError = (error: Error) => this.#failed(error);
    this.#keeper = new OffsetKeeper({
      cluster,
      groupId,
      partitions: this.#reader.partitions,
      member: () => this.#mode === "topics" ? this.#member : undefined,
      autoCommitIntervalMs: options.autoCommitIntervalMs,
      onError,
    });
    this.#assignment = new GroupAssignment({
      reader: this.#reader,
      generationId: () => this.#member?.generationId ?? -1,
      listener: () => this.#listener,
      hasGenerations: !options.isConsumerProtocol,
      isPatient: !fetch.isOnDemand,
      commitSafe: (states) => this.#keeper.commitSafe(states),
      onError,
    });
    if (groupId !== undefined) {
      this.#member = options.isConsumerProtocol
        ? new ConsumerGroupMember(cluster, { ...options, groupId }, this.#assignment)
        : new GroupMember(cluster, { ...options, groupId }, this.#assignment);
    }
    this.#watch = new PollWatch({
      intervalMs: options.maxPollIntervalMs ?? Infinity,
      onStuck: () => {
        if (this.#mode !== "topics") return;
        const had = this.assignment;
        this.#member!.abandon();
        void this.#assignment.onRevoked(had, true);
      },
    });
  }

  /** undefined: it has none, and commits nothing. */
  get groupId(): string | undefined {
    return this.#options.groupId;
  }

  /** What it is subscribed to: topics there are, where it has a pattern. */
  get subscription(): readonly string[] {
    return this.#topics;
  }

  get assignment(): TopicPartition[] {
    return Array.from(this.#reader.partitions, ({ topic, partition }) => ({ topic, partition }));
  }

  /** Those that are paused. */
  get paused(): TopicPartition[] {
    return this.assignment.filter((one) => this.#reader.partitions.get(one)!.isPaused);
  }

  /** Whether the group has told it what it has. */
  get isStable(): boolean {
    return this.#mode === "partitions" || (this.#member?.isStable ?? false);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes of batches that are fetched ahead: never more than queued.max.bytes, but for one batch that is larger. */
  get queuedBytes(): number {
    return this.#reader.queuedBytes;
  }

  /** Reads these topics from now on, as a member of its group. Throws a SubscriptionStateError if partitions were assigned. */
  subscribe(topics: readonly string[], listener: RebalanceListener = NO_LISTENER): void {
    this.#enter("topics");
    this.#listener = listener;
    this.#pattern?.stop();
    this.#pattern = undefined;
    this.#setTopics([...new Set(topics)]);
  }

  /** Reads all topics whose names match, also those that come later. Rejects if they can't be asked for now. */
  async subscribeTo(
    matches: (topic: string) => boolean,
    listener: RebalanceListener = NO_LISTENER,
  ): Promise<void> {
    this.#enter("topics");
    this.#listener = listener;
    this.#pattern?.stop();
    const { patternRefreshMs: refreshMs, areInternalIncluded = false } = this.#options;
    this.#pattern = new TopicPattern(this.#cluster, matches, {
      onChange: (topics) => this.#setTopics(topics),
      areInternalIncluded,
      ...refreshMs === undefined ? {} : { refreshMs },
    });
    await this.#pattern.begin();
  }

  /** Leaves the group, or gives up what was assigned. Who reads works on nothing any more. */
  async unsubscribe(): Promise<void> {
    this.#pattern?.stop();
    this.#pattern = undefined;
    this.#reader.feed.released();
    if (this.#mode === "topics") await this.#member!.leave();
    await this.#giveUp(this.#states());
    this.#assignment.forget();
    this.#topics = [];
    this.#mode = "none";
    this.#error = undefined;
    this.#reader.wake();
  }

  /** Reads these partitions, as no member of the group. Throws a SubscriptionStateError if it is subscribed. */
  async assign(partitions: readonly AssignedPartition[]): Promise<void> {
    this.#enter("partitions");
    const wanted = new PartitionMap<AssignedPartition>();
    for (const one of partitions) wanted.set(one, one);
    await this.#giveUp(this.#states().filter((state) => !wanted.has(state)));
    for (const { value: one } of wanted) {
      this.#letCreate(one.topic);
      const state = this.#reader.partitions.get(one);
      if (state === undefined) this.#reader.add(one, one.offset);
      else if (one.offset !== undefined) this.#reader.seek(state, one.offset);
    }
    this.#reader.wake();
  }

  /**
   * Records of the partitions that it has, in turns; none if nothing came in time. Asking says that what came before has been
   * worked on. Polls follow one another. Throws why partitions can't be read, or the group can't be joined.
   */
  poll(options: PollOptions = {}): Promise<ConsumerRecord<K, V>[]> {
    const deadline = performance.now() + (options.timeoutMs ?? 1000);
    const polling = this.#polling.then(() => this.#poll(options, deadline));
    this.#polling = polling.catch(() => {});
    return polling;
  }

  /** Commits these offsets (each that of the next record to be read), or all positions: behind all that was given. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    await this.#keeper.commit(offsets);
  }

  /** What the group has committed of these partitions, or of those it has. */
  async committed(
    partitions: readonly TopicPartition[] = this.assignment,
  ): Promise<PartitionMap<CommittedOffset>> {
    const { groupId } = this.#options;
    if (groupId === undefined) throw noGroup("has nothing committed");
    return await fetchCommitted(this.#cluster, groupId, partitions);
  }

  /** Of the next record to be given; undefined: it is not known yet. Throws a SubscriptionStateError. */
  position(partition: TopicPartition): number | undefined {
    return this.#state(partition).position;
  }

  /** Goes on elsewhere. Throws a SubscriptionStateError for a partition that it does not have. */
  seek(partition: TopicPartition, offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new TypeError(`an offset is a whole number of at least 0, and ${offset} is not`);
    }
    this.#reader.seek(this.#state(partition), offset);
    this.#reader.wake();
  }

  /** Goes on at the first record that is not older than `timestampMs`; at the end, if all are. */
  async seekToTime(partitions: readonly TopicPartition[], timestampMs: number): Promise<void> {
    const states = partitions.map((one) => this.#state(one));
    const found = await offsetsAt(this.#cluster, timestampMs, partitions);
    for (const one of found) checkCode(one.errorCode, `find an offset of ${one.topic}-${one.partition}`);
    for (const [index, { offset }] of found.entries()) {
      if (offset >= 0) this.#seekIfStill(states[index]!, offset);
    }
    const late = partitions.filter((_, index) => found[index]!.offset < 0);
    if (late.length > 0) await this.seekTo(late, "latest");
  }

  async seekTo(partitions: readonly TopicPartition[], where: "earliest" | "latest"): Promise<void> {
    const states = partitions.map((one) => this.#state(one));
    const { isReadCommitted = false } = this.#options;
    const starts = await findStarts(this.#cluster, partitions, where, isReadCommitted);
    for (const { value } of starts) if (typeof value !== "number") throw value;
    for (const state of states) this.#seekIfStill(state, starts.get(state) as number);
    this.#reader.wake();
  }

  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): Promise<void> {
    return this.seekTo(partitions, "earliest");
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): Promise<void> {
    return this.seekTo(partitions, "latest");
  }

  /** Gives nothing of these until `resume`; what was fetched of them ahead is dropped. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const one of partitions.map((one) => this.#state(one))) this.#reader.pause(one);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const one of partitions.map((one) => this.#state(one))) this.#reader.resume(one);
    this.#reader.wake();
  }

  /** How far it is behind, in each partition that it has. Asks their leaders. */
  async lag(): Promise<PartitionLag[]> {
    const { isReadCommitted = false } = this.#options;
    const ends = await findStarts(this.#cluster, this.assignment, "latest", isReadCommitted);
    return Array.from(ends, ({ topic, partition, value: endOffset }) => {
      if (typeof endOffset !== "number") throw endOffset;
      const position = this.#reader.partitions.get({ topic, partition })?.position;
      const lag = position === undefined ? undefined : Math.max(0, endOffset - position);
      return { topic, partition, position, endOffset, lag };
    });
  }

  /** For a producer that commits this consumer's offsets in its transaction. */
  groupMetadata(): GroupMetadata {
    const { groupId, instanceId = null } = this.#options;
    if (groupId === undefined) throw noGroup("can't commit in a transaction");
    const { generationId = -1, memberId = "" } = this.#member ?? {};
    return { groupId, generationId, memberId, groupInstanceId: instanceId };
  }

  /** Commits what is safe if it commits by itself, and leaves the group. `isSafe`: all that was delivered is. */
  async close(options: { readonly isSafe?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (options.isSafe) this.#reader.feed.asked();
    this.#reader.wake();
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
    this.#watch.stop();
    this.#keeper.stop();
    this.#member?.stop();
    this.#reader.stop();
  }

  /** The reader asks for more: what it was given before has been worked on. */
  protected ask(): void {
    this.#reader.feed.asked();
    // It was given up for stuck, and is back.
    if (this.#watch.asked() && this.#mode === "topics") this.#member!.subscribe(this.#topics);
  }

  /** For loops: the next record, if there is one at once. */
  protected takeRecord(): ConsumerRecord<K, V> | undefined {
    return this.#clock.isDue() ? undefined : this.#reader.feed.nextRecord();
  }

  /** For loops: the next batch, if there is one at once. */
  protected takeBatch(): ConsumerBatch<K, V> | undefined {
    return this.#clock.isDueNow() ? undefined : this.#reader.feed.nextBatch();
  }

  /** For loops: waits until `take` gives something; undefined: it is closed, or `signal` is aborted. */
  protected async waitFor<T>(
    take: () => T | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined> {
    await this.#clock.turn();
    this.#watch.waits();
    try {
      while (!this.#isClosed && !signal?.aborted) {
        this.#throwError();
        const value = take();
        if (value !== undefined) return value;
        await this.#reader.wait(Infinity, signal);
        this.#clock.turned();
      }
      return undefined;
    } finally {
      this.#watch.waited();
    }
  }

  /** For loops: nobody asks any more. */
  protected endLoop(): void {
    this.#reader.feed.released();
  }

  protected nextRecord(): ConsumerRecord<K, V> | undefined {
    return this.#reader.feed.nextRecord();
  }

  protected nextBatch(): ConsumerBatch<K, V> | undefined {
    return this.#reader.feed.nextBatch();
  }

  async #poll(options: PollOptions, deadline: number): Promise<ConsumerRecord<K, V>[]> {
    const { signal } = options;
    this.ask();
    if (this.#clock.isDueNow()) await this.#clock.turn();
    if (this.#isOnDemand) {
      deadline = Math.max(deadline, performance.now() + LEAST_DEMAND_MS);
      this.#reader.want(deadline);
    }
    this.#watch.waits();
    try {
      for (;;) {
        if (this.#isClosed || signal?.aborted) return [];
        this.#throwError();
        const records = this.#takeSome(options);
        if (records.length > 0) return records;
        const remainingMs = deadline - performance.now();
        if (remainingMs <= 0) return [];
        await this.#reader.wait(remainingMs, signal);
        this.#clock.turned();
      }
    } finally {
      this.#watch.waited();
    }
  }

  #takeSome(options: PollOptions): ConsumerRecord<K, V>[] {
    const { maxRecords = this.#options.maxPollRecords ?? Infinity, maxBytes = Infinity } = options;
    const { feed } = this.#reader;
    const records: ConsumerRecord<K, V>[] = [];
    try {
      for (let byteCount = 0; records.length < maxRecords && byteCount < maxBytes;) {
        const record = feed.nextRecord();
        if (record === undefined) break;
        records.push(record);
        byteCount += RECORD_OVERHEAD_BYTES + record.sizeInBytes;
      }
    } catch (error) {
      // What was taken of others is not lost: the next poll comes here again.
      if (records.length === 0) throw error;
    }
    feed.settle();
    return records;
  }

  #enter(mode: "topics" | "partitions"): void {
    if (this.#isClosed) throw new SubscriptionStateError("this consumer was closed: make another one");
    if (mode === "topics" && this.#member === undefined) {
      throw noGroup("can't subscribe: it may be given partitions by assign()");
    }
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
    topics.forEach((topic) => this.#letCreate(topic));
    this.#member!.subscribe(topics);
    this.#reader.wake();
  }

  /** A cluster that creates topics by itself does so when they are asked for. */
  #letCreate(topic: string): void {
    if (this.#options.mayCreateTopics) this.#cluster.partitionCount(topic).catch(() => {});
  }

  get #committing(): CommittingMember {
    const { memberId, generationId } = this.#member!;
    return { memberId, generationId, instanceId: this.#options.instanceId ?? null };
  }

  #states(): PartitionState[] {
    return Array.from(this.#reader.partitions, ({ value }) => value);
  }

  #state(partition: TopicPartition): PartitionState {
    const state = this.#reader.partitions.get(partition);
    if (state !== undefined) return state;
    throw new SubscriptionStateError(
      `${partition.topic}-${partition.partition} is not assigned to this consumer`,
    );
  }

  #seekIfStill(state: PartitionState, offset: number): void {
    if (this.#reader.partitions.get(state) === state) this.#reader.seek(state, offset);
  }

  async #giveUp(states: readonly PartitionState[]): Promise<void> {
    for (const state of states) this.#reader.hold(state);
    await this.#keeper.commitSafe(states);
    for (const state of states) this.#reader.remove(state);
  }

  #failed(error: Error): void {
    this.#error = error;
    this.#reader.wake();
  }

  /** Once: what follows tries to join again. */
  #throwError(): void {
    const error = this.#error;
    if (error === undefined) return;
    if (!(error instanceof ResponseError) || error.code !== ErrorCode.FENCED_INSTANCE_ID) {
      this.#error = undefined;
      if (this.#mode === "topics") this.#member!.subscribe(this.#topics);
    }
    throw error;
  }
}

function noGroup(what: string): SubscriptionStateError {
  return new SubscriptionStateError(`this consumer has no "group.id", so it ${what}`);
}
