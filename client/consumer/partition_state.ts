/**
 * Where a consumer is in a partition that is its own, and what was fetched of it ahead.
 *
 * What must be true:
 * - The batches that are kept follow one another, from the position on; the next fetch goes on behind the last of them. So
 *   nothing is given twice or left out, whatever comes late: `drop` makes what is on its way nobody's.
 * - safeOffset <= position, but between a seek and the next record.
 * - `budget` counts the bytes of all batches kept, here and in other partitions.
 * @module
 */
import type { FetchedBatch } from "./fetched_batch.ts";
import type { TopicPartition } from "./topic_partitions.ts";

/** Bytes fetched ahead, of all partitions together. */
export interface FetchBudget {
  usedBytes: number;
}

export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #budget: FetchBudget;
  /** Of the record to be given next; undefined: it is to be found, from what is committed or by the reset policy. */
  #position: number | undefined;
  /** What comes before has been worked on: the reader asked for more since. */
  safeOffset: number | undefined;
  /** What was committed last; undefined: it has not been looked for. -1: nothing is. */
  committedOffset: number | undefined;
  /** Its position was lost: it is to be found by the reset policy, whatever is committed. */
  isReset = false;
  isPaused = false;
  /** Nothing is given or fetched for now: it is being given up, or its owner is being told that it has it. */
  isHeld = false;
  /** The fetch that is to bring more; what another brings is late. */
  fetching: object | undefined;
  /** Why there is no more behind what is kept. */
  error: Error | undefined;
  /** Not fetched before then, by performance.now(): its leader was not one. */
  notBeforeMs = 0;
  /** The end of the partition as far as it may be read, as its leader said last; -1: not known. */
  endOffset = -1;
  /** Whether the feed has it in its turn. */
  isInTurn = false;
  #batches: FetchedBatch[] = [];
  #first = 0;
  #fetchOffset = -1;
  #queuedBytes = 0;
  /** Nobody has it any more. */
  #isGone = false;

  constructor({ topic, partition }: TopicPartition, budget: FetchBudget, offset?: number) {
    this.topic = topic;
    this.partition = partition;
    this.#budget = budget;
    this.moveTo(offset);
  }

  get position(): number | undefined {
    return this.#position;
  }

  /** Where the next fetch goes on. */
  get fetchOffset(): number {
    return this.#fetchOffset;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get isFetchable(): boolean {
    return this.#position !== undefined && !this.isPaused && !this.isHeld && this.error === undefined &&
      this.fetching === undefined && !this.#isGone;
  }

  /** Whether there is something to give, an error included. */
  get hasMore(): boolean {
    return !this.isPaused && !this.isHeld && (this.#first < this.#batches.length || this.error !== undefined);
  }

  /** The batch that the position is in, or before. */
  get head(): FetchedBatch | undefined {
    return this.#batches[this.#first];
  }

  /** To go on elsewhere. */
  moveTo(offset: number | undefined): void {
    this.drop();
    this.#position = offset;
    this.#fetchOffset = offset ?? -1;
    this.safeOffset = offset;
  }

  /** Nothing of it is fetched or given any more. */
  end(): void {
    this.drop();
    this.#isGone = true;
  }

  /** Forgets what was fetched ahead, or is on its way: it is fetched again from the position on. */
  drop(): void {
    this.fetching = undefined;
    this.error = undefined;
    this.#batches = [];
    this.#first = 0;
    this.#budget.usedBytes -= this.#queuedBytes;
    this.#queuedBytes = 0;
    this.#fetchOffset = this.#position ?? -1;
  }

  /** Takes what a fetch from `fetchOffset` has brought. */
  add(batches: readonly FetchedBatch[]): void {
    for (const batch of batches) {
      this.#batches.push(batch);
      this.#queuedBytes += batch.sizeInBytes;
      this.#budget.usedBytes += batch.sizeInBytes;
      this.#fetchOffset = batch.nextOffset;
    }
    this.skipHidden();
  }

  /** Goes past what nobody is to see. Nobody has to work on it, so it may be committed as soon as what is before it. */
  skipHidden(): void {
    for (let head = this.head; head?.isHidden === true; head = this.head) {
      if (this.safeOffset === this.#position) this.safeOffset = head.nextOffset;
      this.#position = head.nextOffset;
      this.#removeHead();
    }
  }

  /** A record was given. */
  advance(nextOffset: number): void {
    this.#position = nextOffset;
  }

  /** The batch at the head has been given to its end; one in which nothing was to see is past as `skipHidden` has it. */
  finishHead(): void {
    const { nextOffset } = this.head!;
    if (this.safeOffset === this.#position) this.safeOffset = nextOffset;
    this.#position = nextOffset;
    this.#removeHead();
    this.skipHidden();
  }

  #removeHead(): void {
    const { sizeInBytes } = this.#batches[this.#first]!;
    this.#queuedBytes -= sizeInBytes;
    this.#budget.usedBytes -= sizeInBytes;
    // Shifting an array of a few is cheap, of thousands it is not: do it seldom.
    if (++this.#first === this.#batches.length) {
      this.#batches = [];
      this.#first = 0;
    } else if (this.#first >= 64) {
      this.#batches.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
