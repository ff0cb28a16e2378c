/**
 * What the records about offsets in one partition of the journal add up to: offsets that are committed, and those of open
 * transactions, which are once the transaction is.
 *
 * What must be true:
 * - Of two commits the one counts that is later in the journal, whatever became committed first: compaction keeps that one.
 * - A transaction's offsets are pending from their record to the transaction's marker in the same partition.
 * - A tombstone takes back what is committed and what is pending.
 *
 * A pure fold: it knows no groups, no clock, no bytes. Source: Kafka's OffsetMetadataManager.
 * @module
 */
import type { CommittedOffset, OffsetPlace } from "./committed_offset.ts";
import { TopicPartitionMap } from "./topic_partition_map.ts";

/** By producer id; a producer has one transaction at a time. */
type Pending = Map<number, CommittedOffset>;

interface GroupOffsets {
  readonly committed: TopicPartitionMap<CommittedOffset>;
  /** Undefined while no transaction is open, as for nearly all groups ever. */
  pending: TopicPartitionMap<Pending> | undefined;
}

/** Told what is committed at a place now; undefined: nothing any more. */
export type OnCommitted = (place: OffsetPlace, offset: CommittedOffset | undefined) => void;

export class OffsetState {
  readonly #groups = new Map<string, GroupOffsets>();
  /** What each open transaction has pending; places may be named twice, or be empty by now. */
  readonly #placesByProducer = new Map<number, OffsetPlace[]>();
  readonly #onCommitted: OnCommitted;

  constructor(onCommitted: OnCommitted = () => {}) {
    this.#onCommitted = onCommitted;
  }

  /** Committed offsets of a group; undefined if it has none. */
  committed(group: string): TopicPartitionMap<CommittedOffset> | undefined {
    const committed = this.#groups.get(group)?.committed;
    return committed?.isEmpty ? undefined : committed;
  }

  /** Offsets of a group in open transactions; undefined if there are none. */
  pending(group: string): TopicPartitionMap<ReadonlyMap<number, CommittedOffset>> | undefined {
    return this.#groups.get(group)?.pending;
  }

  /** Groups that have offsets, committed or pending. */
  groups(): IterableIterator<string> {
    return this.#groups.keys();
  }

  /** Where a group has offsets, committed or pending, each place once. */
  *places(group: string): Generator<OffsetPlace> {
    const offsets = this.#groups.get(group);
    if (offsets === undefined) return;
    const { committed, pending } = offsets;
    for (const [topic, partitions] of committed.topics()) {
      for (const partition of partitions.keys()) yield { group, topic, partition };
    }
    for (const [topic, partitions] of pending?.topics() ?? []) {
      for (const partition of partitions.keys()) {
        if (committed.get(topic, partition) === undefined) yield { group, topic, partition };
      }
    }
  }

  /** A commit outside of transactions. */
  commit(place: OffsetPlace, offset: CommittedOffset): void {
    this.#setCommitted(this.#group(place.group), place, offset);
  }

  /** A commit that counts if the producer's transaction is committed. */
  commitPending(place: OffsetPlace, producerId: number, offset: CommittedOffset): void {
    const offsets = this.#group(place.group);
    offsets.pending ??= new TopicPartitionMap();
    let producers = offsets.pending.get(place.topic, place.partition);
    if (producers === undefined) {
      offsets.pending.set(place.topic, place.partition, producers = new Map());
    }
    if (!producers.has(producerId)) this.#placesOf(producerId).push(place);
    producers.set(producerId, offset);
  }

  /** A tombstone. */
  remove(place: OffsetPlace): void {
    const { group, topic, partition } = place;
    const offsets = this.#groups.get(group);
    if (offsets === undefined) return;
    offsets.committed.delete(topic, partition);
    this.#onCommitted(place, undefined);
    offsets.pending?.delete(topic, partition);
    this.#tidy(group, offsets);
  }

  /** The transaction's marker. */
  endTransaction(producerId: number, isCommitted: boolean): void {
    const places = this.#placesByProducer.get(producerId);
    if (places === undefined) return;
    this.#placesByProducer.delete(producerId);
    for (const place of places) {
      const { group, topic, partition } = place;
      const offsets = this.#groups.get(group);
      const producers = offsets?.pending?.get(topic, partition);
      const offset = producers?.get(producerId);
      if (offsets === undefined || producers === undefined || offset === undefined) continue;
      producers.delete(producerId);
      if (producers.size === 0) offsets.pending!.delete(topic, partition);
      if (isCommitted) {
        const before = offsets.committed.get(topic, partition);
        if (before === undefined || before.recordOffset < offset.recordOffset) {
          this.#setCommitted(offsets, place, offset);
        }
      }
      this.#tidy(group, offsets);
    }
  }

  #setCommitted({ committed }: GroupOffsets, place: OffsetPlace, offset: CommittedOffset): void {
    committed.set(place.topic, place.partition, offset);
    this.#onCommitted(place, offset);
  }

  #group(group: string): GroupOffsets {
    let offsets = this.#groups.get(group);
    if (offsets === undefined) {
      offsets = { committed: new TopicPartitionMap(), pending: undefined };
      this.#groups.set(group, offsets);
    }
    return offsets;
  }

  #placesOf(producerId: number): OffsetPlace[] {
    let places = this.#placesByProducer.get(producerId);
    if (places === undefined) this.#placesByProducer.set(producerId, places = []);
    return places;
  }

  #tidy(group: string, offsets: GroupOffsets): void {
    if (offsets.pending?.isEmpty) offsets.pending = undefined;
    if (offsets.pending === undefined && offsets.committed.isEmpty) this.#groups.delete(group);
  }
}
