/**
 * Gives out what was fetched ahead, partition by partition in turns, a batch of each: synchronously, so that a loop over
 * records waits only where there are none.
 *
 * What must be true:
 * - Records come in the order of their partition, from its position on, each once.
 * - Who asks has worked on what it was given before: only then is that safe to commit, and only then does whoever takes
 *   partitions away (`whenIdle`) go on.
 * @module
 */
import { RecordBatch } from "../../protocol/record_batch.ts";
import { ConsumerBatch } from "./consumer_batch.ts";
import type { ConsumerRecord } from "./consumer_record.ts";
import type { PartitionState } from "./partition_state.ts";
import { type OpenOptions, RecordCursor } from "./record_cursor.ts";

export interface RecordFeedOptions<K, V> extends OpenOptions<K, V> {
  /** Called when bytes of this partition have been given out: there is room for more. */
  readonly onRoom: (state: PartitionState) => void;
}

interface OpenBatch<K, V> {
  readonly state: PartitionState;
  readonly cursor: RecordCursor<K, V>;
}

export class RecordFeed<K, V> {
  readonly #options: RecordFeedOptions<K, V>;
  readonly #batch = new RecordBatch();
  /** Partitions with something to give, in turn. */
  readonly #turn: PartitionState[] = [];
  #open: OpenBatch<K, V> | undefined;
  /** Whose records the reader works on. */
  #given: PartitionState[] = [];
  #idle: { readonly states: ReadonlySet<PartitionState>; readonly resolve: () => void }[] = [];

  constructor(options: RecordFeedOptions<K, V>) {
    this.#options = options;
  }

  /** Whether something can be given at once. */
  get isReady(): boolean {
    return this.#open !== undefined || this.#turn.some(({ hasMore }) => hasMore);
  }

  /** `state` may have got something to give. */
  push(state: PartitionState): void {
    if (state.isInTurn || !state.hasMore) return;
    state.isInTurn = true;
    this.#turn.push(state);
  }

  /** Nothing of `state` that is open is given any more: its position is another, or it is to rest. */
  drop(state: PartitionState): void {
    if (this.#open?.state === state) this.#open = undefined;
  }

  /** The reader asks for more: what it was given has been worked on. */
  asked(): void {
    const given = this.#given;
    if (given.length === 0) return;
    for (const state of given) state.safeOffset = state.position;
    this.#release();
  }

  /** The reader works on nothing any more, and whether it has come to an end nobody knows. */
  released(): void {
    this.#release();
  }

  /** Resolves when the reader works on nothing of these. */
  whenIdle(states: Iterable<PartitionState>): Promise<void> {
    const wanted = new Set(states);
    if (!this.#given.some((state) => wanted.has(state))) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push({ states: wanted, resolve }));
  }

  /** The next record; undefined: there is none now. Throws an UnreadableBatchError, or why a partition has no more. */
  nextRecord(): ConsumerRecord<K, V> | undefined {
    for (;;) {
      const open = this.#open ?? this.#openNext();
      if (open === undefined) return undefined;
      const record = this.#nextOf(open);
      if (record !== undefined) {
        open.state.advance(record.offset + 1);
        this.#give(open.state);
        return record;
      }
      this.#finish(open);
    }
  }

  /** Finishes the batch whose last record was given: what follows it that nobody is to see is passed over. */
  settle(): void {
    const open = this.#open;
    if (open !== undefined && open.state.position === open.cursor.nextOffset) this.#finish(open);
  }

  /** The next batch, or what is left of the one that records were given of. Throws as nextRecord does. */
  nextBatch(): ConsumerBatch<K, V> | undefined {
    const open = this.#open ?? this.#openNext();
    if (open === undefined) return undefined;
    const { state, cursor } = open;
    const { topic, partition, endOffset } = state;
    const batch = new ConsumerBatch(topic, partition, cursor.nextOffset, endOffset, cursor.rest());
    // Before it is past, or it would count as something that nobody has to work on.
    this.#give(state);
    state.advance(cursor.nextOffset);
    this.#finish(open);
    return batch;
  }

  #give(state: PartitionState): void {
    const given = this.#given;
    if (given.length > 0 && given[given.length - 1] === state) return;
    if (!given.includes(state)) given.push(state);
  }

  #release(): void {
    this.#given.length = 0;
    if (this.#idle.length === 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const { resolve } of idle) resolve();
  }

  #openNext(): OpenBatch<K, V> | undefined {
    for (let state = this.#turn.shift(); state !== undefined; state = this.#turn.shift()) {
      state.isInTurn = false;
      if (!state.hasMore) continue;
      const { head } = state;
      if (head === undefined) throw this.#failed(state, state.error!);
      this.#batch.reset(head.bytes, head.position);
      try {
        const cursor = RecordCursor.open<K, V>(state, this.#batch, state.position!, this.#options);
        return this.#open = { state, cursor };
      } catch (error) {
        throw this.#failed(state, error);
      }
    }
    return undefined;
  }

  #nextOf({ state, cursor }: OpenBatch<K, V>): ConsumerRecord<K, V> | undefined {
    try {
      return cursor.next();
    } catch (error) {
      throw this.#failed(state, error);
    }
  }

  /** What is asked next of it is tried anew: fetched again, it may be whole. */
  #failed(state: PartitionState, error: unknown): unknown {
    this.#open = undefined;
    state.drop();
    this.#options.onRoom(state);
    return error;
  }

  #finish({ state }: OpenBatch<K, V>): void {
    this.#open = undefined;
    state.finishHead();
    this.push(state);
    this.#options.onRoom(state);
  }
}
