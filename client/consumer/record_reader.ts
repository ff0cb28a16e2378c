/**
 * How whoever uses a consumer reads: by polls, or by loops over records or batches.
 *
 * What must be true: asking for more says that what came before has been worked on; who always finds something still lets
 * the loop of events turn; polls follow one another, and each is bounded in time and bytes.
 * @module
 */
import type { ConsumerBatch } from "./consumer_batch.ts";
import type { ConsumerRecord } from "./consumer_record.ts";
import type { PollOptions } from "./consumer_types.ts";
import type { PartitionReader } from "./partition_reader.ts";
import type { PollWatch } from "./poll_watch.ts";
import { ReadLoop } from "./read_loop.ts";
import { TurnClock } from "./turn_clock.ts";

export interface RecordReaderOptions<K, V> {
  readonly reader: PartitionReader<K, V>;
  readonly watch: PollWatch;
  /** Records of one poll. */
  readonly maxPollRecords: number;
  /** Told that the reader is back that had counted as stuck. */
  readonly onBack: () => void;
  /** Throws what nobody has been told yet. */
  readonly throwError: () => void;
}

/** What a record counts besides its key and value. */
const RECORD_OVERHEAD_BYTES = 64;
/** Whoever fetches only when asked takes at least so long, or it would never see anything. */
const LEAST_DEMAND_MS = 100;
const DEFAULT_TIMEOUT_MS = 1000;

export class RecordReader<K, V> {
  readonly #options: RecordReaderOptions<K, V>;
  readonly #reader: PartitionReader<K, V>;
  readonly #clock = new TurnClock();
  #polling = Promise.resolve<unknown>(undefined);
  #isEnded = false;

  constructor(options: RecordReaderOptions<K, V>) {
    this.#options = options;
    this.#reader = options.reader;
  }

  poll(options: PollOptions): Promise<ConsumerRecord<K, V>[]> {
    const deadline = performance.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const polling = this.#polling.then(() => this.#poll(options, deadline));
    this.#polling = polling.catch(() => {});
    return polling;
  }

  records(signal: AbortSignal | undefined): ReadLoop<ConsumerRecord<K, V>> {
    const { feed } = this.#reader;
    const take = () => feed.nextRecord();
    return this.#loop(() => this.#clock.isDue() ? undefined : feed.nextRecord(), take, signal);
  }

  batches(signal: AbortSignal | undefined): ReadLoop<ConsumerBatch<K, V>> {
    const { feed } = this.#reader;
    const take = () => feed.nextBatch();
    return this.#loop(() => this.#clock.isDueNow() ? undefined : feed.nextBatch(), take, signal);
  }

  /** Ends loops and polls; nothing is given any more. */
  end(): void {
    this.#isEnded = true;
    this.#reader.wake();
  }

  #loop<T>(
    takeNow: () => T | undefined,
    take: () => T | undefined,
    signal: AbortSignal | undefined,
  ): ReadLoop<T> {
    return new ReadLoop({
      ask: () => this.#ask(),
      take: () => this.#isEnded ? undefined : takeNow(),
      wait: (signal) => this.#wait(take, signal),
      end: () => this.#reader.feed.released(),
    }, signal);
  }

  #ask(): void {
    this.#reader.feed.asked();
    if (this.#options.watch.asked()) this.#options.onBack();
  }

  /** undefined: it has ended, or `signal` is aborted. */
  async #wait<T>(take: () => T | undefined, signal: AbortSignal | undefined): Promise<T | undefined> {
    const { watch, throwError } = this.#options;
    watch.waits();
    try {
      await this.#clock.turn();
      while (!this.#isEnded && !signal?.aborted) {
        throwError();
        this.#demand(performance.now() + DEFAULT_TIMEOUT_MS);
        const value = take();
        if (value !== undefined) return value;
        await this.#reader.wait(DEFAULT_TIMEOUT_MS, signal);
        this.#clock.turned();
      }
      return undefined;
    } finally {
      watch.waited();
    }
  }

  async #poll(options: PollOptions, deadline: number): Promise<ConsumerRecord<K, V>[]> {
    const { signal } = options;
    const { watch, throwError } = this.#options;
    this.#ask();
    watch.waits();
    try {
      if (this.#clock.isDueNow()) await this.#clock.turn();
      deadline = this.#demand(deadline);
      for (;;) {
        if (this.#isEnded || signal?.aborted) return [];
        throwError();
        const records = this.#takeSome(options);
        if (records.length > 0) return records;
        const remainingMs = deadline - performance.now();
        if (remainingMs <= 0) return [];
        await this.#reader.wait(remainingMs, signal);
        this.#clock.turned();
      }
    } finally {
      watch.waited();
    }
  }

  /** Has it fetch until then, if it fetches only when asked; returns until when it does. */
  #demand(deadline: number): number {
    if (!this.#reader.isOnDemand) return deadline;
    const untilMs = Math.max(deadline, performance.now() + LEAST_DEMAND_MS);
    this.#reader.want(untilMs);
    return untilMs;
  }

  #takeSome(options: PollOptions): ConsumerRecord<K, V>[] {
    const { maxRecords = this.#options.maxPollRecords, maxBytes = Infinity } = options;
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
}
