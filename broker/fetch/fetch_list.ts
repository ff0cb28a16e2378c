/**
 * The partitions that one fetch asks for, or the fetches of one session. What must be true:
 *
 * - A partition is in it once: asked for again, it keeps its place and has the new offset.
 * - Partitions have their turn in the order of their places. Who got records goes behind all others, so that a busy partition
 *   does not keep the rest from the client (KIP-227).
 * - A look is about the marked partitions only. Not marked is one that has nothing for the client: nothing to read from its
 *   offset on, no error, and nothing new to tell; or, in a list that is answered in full, nothing to read and no error.
 *   Being asked for marks a partition, and so does each change of its log, once the list watches.
 *
 * So a session of a thousand partitions costs a fetch as much as those of them to which something has happened.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Uuid } from "../../protocol/uuid.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { TopicStore } from "../../storage/topic_store.ts";
import { type AskedPartition, FetchPartition } from "./fetch_partition.ts";
import type { FetchWaiters, WaitingFetch } from "./fetch_waiters.ts";

/** A topic as clients name it, with the partitions of it that are in the list. */
export interface FetchTopic {
  /** Its id in a list by ids, otherwise its name. */
  readonly key: string;
  readonly partitions: Map<number, FetchPartition>;
}

/** As requests name topics: by `topicId` from version 13 on, before by `topic`. */
export interface NamedTopic<Partition> {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions: readonly Partition[];
}

export interface FetchListOptions {
  readonly usesTopicIds: boolean;
  readonly topics: Pick<TopicStore, "topic" | "topicById">;
  readonly waiters: FetchWaiters;
}

export class FetchList {
  readonly usesTopicIds: boolean;
  /** The fetch that waits until something happens to one of the partitions. */
  waiting: WaitingFetch | undefined;
  readonly #topics: FetchListOptions["topics"];
  readonly #waiters: FetchWaiters;
  readonly #byKey = new Map<string, FetchTopic>();
  #marked: FetchPartition[] = [];
  /** `#marked` is in the order of places. */
  #isInOrder = true;
  #count = 0;
  #foundCount = 0;
  #lastPlace = 0;
  #isWatching = false;
  #isCommitted = false;

  constructor({ usesTopicIds, topics, waiters }: FetchListOptions) {
    this.usesTopicIds = usesTopicIds;
    this.#topics = topics;
    this.#waiters = waiters;
  }

  /** Partitions in it. */
  get count(): number {
    return this.#count;
  }

  /** Partitions of which there was a log when they were looked at last. */
  get foundCount(): number {
    return this.#foundCount;
  }

  /** Puts in what a request names, or changes what is asked of it. */
  ask(topics: readonly NamedTopic<AskedPartition>[]): void {
    for (const named of topics) {
      if (named.partitions.length === 0) continue;
      const topic = this.#topicOf(this.#keyOf(named));
      for (const asked of named.partitions) {
        const partition = topic.partitions.get(asked.partition) ?? this.#add(topic, asked.partition);
        partition.ask(asked);
        this.mark(partition);
      }
    }
  }

  /** Takes out what a request names. */
  forget(topics: readonly NamedTopic<number>[]): void {
    for (const named of topics) {
      const topic = this.#byKey.get(this.#keyOf(named));
      if (topic === undefined) continue;
      for (const index of named.partitions) {
        const partition = topic.partitions.get(index);
        if (partition === undefined) continue;
        topic.partitions.delete(index);
        this.#setLog(partition, undefined);
        partition.isForgotten = true;
        this.#count--;
      }
      if (topic.partitions.size === 0) this.#byKey.delete(topic.key);
    }
  }

  /** Whether only what is committed is wanted from now on: another answer may be a readable end elsewhere. */
  setCommitted(isCommitted: boolean): void {
    if (isCommitted === this.#isCommitted) return;
    this.#isCommitted = isCommitted;
    if (this.#marked.length === this.#count) return;
    for (const partition of this.#all()) this.mark(partition);
  }

  /** Something has happened to `partition`: it is to be looked at, and a fetch that waits is to look. */
  mark(partition: FetchPartition): void {
    if (!partition.isMarked) {
      partition.isMarked = true;
      const last = this.#marked.at(-1);
      if (last !== undefined && last.place > partition.place) this.#isInOrder = false;
      this.#marked.push(partition);
    }
    if (this.waiting !== undefined) this.#waiters.markOne(this.waiting);
  }

  /** The marked ones, in order. Not to be held. */
  marked(): readonly FetchPartition[] {
    if (!this.#isInOrder) {
      this.#marked.sort((a, b) => a.place - b.place);
      this.#isInOrder = true;
    }
    return this.#marked;
  }

  /** All, in order. */
  inOrder(): FetchPartition[] {
    const all: FetchPartition[] = [];
    let isInOrder = true;
    for (const { partitions } of this.#byKey.values()) {
      for (const partition of partitions.values()) {
        if (all.length > 0 && all.at(-1)!.place > partition.place) isInOrder = false;
        all.push(partition);
      }
    }
    return isInOrder ? all : all.sort((a, b) => a.place - b.place);
  }

  /** Looks at the marked ones, in order; those for which `look` says false are marked no longer. */
  lookAtMarked(look: (partition: FetchPartition) => boolean): void {
    const kept: FetchPartition[] = [];
    for (const partition of this.marked()) {
      partition.isMarked = !partition.isForgotten && look(partition);
      if (partition.isMarked) kept.push(partition);
    }
    this.#marked = kept;
  }

  /** Its turn is after all others' from now on. */
  moveBack(partition: FetchPartition): void {
    partition.place = ++this.#lastPlace;
    if (this.#marked.length > 1) this.#isInOrder = false;
  }

  /** The partition's log as it is now, or the error of there being none. */
  logOf(partition: FetchPartition): PartitionLog | number {
    const { key } = partition.topic;
    const topic = this.usesTopicIds ? this.#topics.topicById(key) : this.#topics.topic(key);
    const log = topic?.partitions[partition.index];
    if (log !== partition.log) this.#setLog(partition, log);
    if (log !== undefined) return log;
    return topic === undefined && this.usesTopicIds
      ? ErrorCode.UNKNOWN_TOPIC_ID
      : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  /** From now on changes of logs mark their partitions. What has changed since the last look is not seen. */
  beginWatching(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    for (const partition of this.#all()) {
      if (partition.log !== undefined) this.#waiters.watch(partition.log, partition);
    }
  }

  /** Watches no longer: it is used up, or its session closed. */
  close(): void {
    if (!this.#isWatching) return;
    for (const partition of this.#all()) this.#setLog(partition, undefined);
    this.#isWatching = false;
  }

  #keyOf({ topic, topicId }: NamedTopic<unknown>): string {
    return this.usesTopicIds ? topicId : topic;
  }

  #topicOf(key: string): FetchTopic {
    let topic = this.#byKey.get(key);
    if (topic === undefined) this.#byKey.set(key, topic = { key, partitions: new Map() });
    return topic;
  }

  #add(topic: FetchTopic, index: number): FetchPartition {
    const partition = new FetchPartition(this, topic, index, ++this.#lastPlace);
    topic.partitions.set(index, partition);
    this.#count++;
    return partition;
  }

  #setLog(partition: FetchPartition, log: PartitionLog | undefined): void {
    const before = partition.log;
    partition.log = log;
    this.#foundCount += Number(log !== undefined) - Number(before !== undefined);
    if (!this.#isWatching) return;
    if (before !== undefined) this.#waiters.unwatch(before, partition);
    if (log !== undefined) this.#waiters.watch(log, partition);
  }

  *#all(): Generator<FetchPartition> {
    for (const { partitions } of this.#byKey.values()) yield* partitions.values();
  }
}
