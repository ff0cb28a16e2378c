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
import type { Cluster } from "../cluster.ts";
import { ResponseError } from "../response_error.ts";
import { checkOffset } from "./check_offset.ts";
import {
  type CommittedOffset,
  type CommittingMember,
  fetchCommitted,
  type OffsetToCommit,
} from "./committed_offsets.ts";
import type { ConsumerBatch } from "./consumer_batch.ts";
import { ConsumerGroupMember } from "./consumer_group_member.ts";
import { asTheyAre, type ConsumerOptions, MAX_UNPACKED_BYTES, USUAL_FETCH } from "./consumer_options.ts";
import type { ConsumerRecord } from "./consumer_record.ts";
import type {
  AssignedPartition,
  GroupMetadata,
  PartitionLag,
  PollOptions,
  ReadOptions,
} from "./consumer_types.ts";
import { GroupAssignment } from "./group_assignment.ts";
import { GroupMember } from "./group_member.ts";
import type { GroupSession } from "./group_session.ts";
import { OffsetKeeper } from "./offset_keeper.ts";
import { PartitionPositions } from "./partition_positions.ts";
import { PartitionReader } from "./partition_reader.ts";
import type { PartitionState } from "./partition_state.ts";
import { PollWatch } from "./poll_watch.ts";
import type { RebalanceListener } from "./rebalance_listener.ts";
import { RecordReader } from "./record_reader.ts";
import { SubscriptionStateError } from "./subscription_state_error.ts";
import { TopicPattern } from "./topic_pattern.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";

export type { AssignedPartition, GroupMetadata, PartitionLag, PollOptions } from "./consumer_types.ts";

const NO_LISTENER: RebalanceListener = {};

export class ConsumerCore<K = Uint8Array | null, V = Uint8Array | null> {
  readonly #cluster: Cluster;
  readonly #options: ConsumerOptions<K, V>;
  readonly #reader: PartitionReader<K, V>;
  readonly #positions: PartitionPositions;
  readonly #keeper: OffsetKeeper;
  readonly #watch: PollWatch;
  readonly #records: RecordReader<K, V>;
  readonly #assignment: GroupAssignment;
  readonly #member: GroupSession | undefined;
  #listener = NO_LISTENER;
  #mode: "none" | "topics" | "partitions" = "none";
  #pattern: TopicPattern | undefined;
  #topics: readonly string[] = [];
  #error: Error | undefined;
  #isClosed = false;

  constructor(cluster: Cluster, options: ConsumerOptions<K, V>) {
    this.#cluster = cluster;
    this.#options = options;
    const { groupId, isReadCommitted = false } = options;
    const fetch = { ...USUAL_FETCH, ...options.fetch };
    this.#reader = new PartitionReader<K, V>({
      cluster,
      groupId,
      member: () => options.isConsumerProtocol && this.#mode === "topics" ? this.#committing : undefined,
      reset: options.autoOffsetReset ?? "latest",
      isReadCommitted,
      deserializers: options.deserializers ?? asTheyAre(),
      checkCrcs: options.checkCrcs ?? true,
      maxUnpackedBytes: options.maxUnpackedBytes ?? MAX_UNPACKED_BYTES,
      ...fetch,
    });
    this.#positions = new PartitionPositions({ cluster, reader: this.#reader, isReadCommitted });
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
    this.#records = new RecordReader({
      reader: this.#reader,
      watch: this.#watch,
      maxPollRecords: options.maxPollRecords ?? Infinity,
      onBack: () => {
        if (this.#mode === "topics") this.#member!.subscribe(this.#topics);
      },
      throwError: () => this.#throwError(),
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

  /** Whether it has been told what to read. */
  get isReading(): boolean {
    return this.#mode !== "none";
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
    this.#setTopics([...new Set(topics)], this.#options.mayCreateTopics);
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
      void this.#letCreate(one.topic);
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
  async poll(options: PollOptions = {}): Promise<ConsumerRecord<K, V>[]> {
    this.#checkOpen();
    return await this.#records.poll(options);
  }

  /** Records, one by one, until it is closed or `signal` is aborted. Throws as `poll` does. */
  records({ signal }: ReadOptions = {}): AsyncIterableIterator<ConsumerRecord<K, V>, undefined> {
    return this.#records.records(signal);
  }

  /** Batches as they lie in the partitions, which is the fastest way, until it is closed or `signal` is aborted. */
  batches({ signal }: ReadOptions = {}): AsyncIterableIterator<ConsumerBatch<K, V>, undefined> {
    return this.#records.batches(signal);
  }

  /** Commits these offsets (each that of the next record to be read), or all positions: behind all that was given. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    for (const { offset } of offsets ?? []) checkOffset(offset);
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
    return this.#positions.of(partition).position;
  }

  /** Goes on elsewhere. Throws a SubscriptionStateError for a partition that it does not have. */
  seek(partition: TopicPartition, offset: number): void {
    this.#positions.seek(partition, offset);
  }

  /** Goes on at the first record that is not older than `timestampMs`; at the end, if all are. */
  seekToTime(partitions: readonly TopicPartition[], timestampMs: number): Promise<void> {
    return this.#positions.seekToTime(partitions, timestampMs);
  }

  seekTo(partitions: readonly TopicPartition[], where: "earliest" | "latest"): Promise<void> {
    return this.#positions.seekTo(partitions, where);
  }

  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): Promise<void> {
    return this.seekTo(partitions, "earliest");
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): Promise<void> {
    return this.seekTo(partitions, "latest");
  }

  /** Gives nothing of these until `resume`; what was fetched of them ahead is dropped. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const one of partitions.map((one) => this.#positions.of(one))) this.#reader.pause(one);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const one of partitions.map((one) => this.#positions.of(one))) this.#reader.resume(one);
    this.#reader.wake();
  }

  /** How far it is behind, in each partition that it has. Asks their leaders. */
  lag(): Promise<PartitionLag[]> {
    return this.#positions.lag();
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
    this.#records.end();
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
    this.#records.end();
    this.#reader.stop();
  }

  #enter(mode: "topics" | "partitions"): void {
    this.#checkOpen();
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

  #checkOpen(): void {
    if (this.#isClosed) throw new SubscriptionStateError("this consumer was closed: make another one");
  }

  #setTopics(topics: readonly string[], mayCreate = false): void {
    this.#error = undefined;
    const wanted = this.#topics = [...topics];
    const join = () => {
      if (this.#topics === wanted && this.#mode === "topics" && !this.#isClosed) {
        this.#member!.subscribe(wanted);
      }
      this.#reader.wake();
    };
    if (!mayCreate) return join();
    // Before it joins, or who assigns would not know of them yet.
    void Promise.all(topics.map((topic) => this.#letCreate(topic))).then(join);
  }

  /** A cluster that creates topics by itself does so when they are asked for. */
  async #letCreate(topic: string): Promise<void> {
    if (!this.#options.mayCreateTopics) return;
    // Whether there is one is seen later.
    await this.#cluster.partitionCount(topic).catch(() => {});
  }

  get #committing(): CommittingMember {
    const { memberId, generationId } = this.#member!;
    return { memberId, generationId, instanceId: this.#options.instanceId ?? null };
  }

  #states(): PartitionState[] {
    return Array.from(this.#reader.partitions, ({ value }) => value);
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
