/**
 * Makes few Produce requests of many HTTP requests: whatever gathers while one is on its way goes with the next.
 *
 * What must be true:
 * - Nobody waits for a timer: with nothing on its way a record is sent at once.
 * - For each `acks` one request is on its way at most, and a partition's records go in the order they came; so the
 *   records of one HTTP request stand in order.
 * - A record that the broker refuses harms no other: those that it names are taken out of the batch, and where it names
 *   none the batch is halved until the refused records stand alone. That is safe, since a refused batch has not been
 *   written.
 * - What waits is bounded in bytes.
 *
 * A bundle is what will be one record batch: records of one partition, of one HTTP request or of many.
 * @module
 */
import type { RecordToWrite } from "./records_request.ts";

/** -1: all replicas in sync; 1: the leader; 0: nobody. */
export type Acks = -1 | 0 | 1;

/** Where a record lies. With acks=0 nobody knows: the offset is -1. */
export interface Written {
  readonly offset: number;
  /** Milliseconds since 1970, as stored. */
  readonly timestamp: number;
}

/** What became of one record. */
export type Outcome = Written | { readonly error: Error };

/** The records of one partition in one Produce request. */
export interface BatchToSend {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly TimedRecord[];
}

export interface TimedRecord extends RecordToWrite {
  readonly timestamp: number;
}

/**
 * What the broker said to a batch; `divisible`: refused for what is in it, so its parts may fare better. `records`: those at
 * fault, by their place in the batch, as far as the broker names them.
 */
export type BatchResult =
  | { readonly baseOffset: number; readonly appendTimeMs: number }
  | { readonly error: Error; readonly divisible: boolean; readonly records?: ReadonlyMap<number, Error> };

/** Sends batches of different partitions in one request; resolves with one result for each. */
export type SendBatches = (acks: Acks, batches: readonly BatchToSend[]) => Promise<readonly BatchResult[]>;

export interface GathererLimits {
  /** Records of different requests share a batch up to this many bytes. */
  readonly batchBytes: number;
  /** Batches share a request up to this many bytes. */
  readonly requestBytes: number;
  /** Most bytes that wait or are on their way. */
  readonly queuedBytes: number;
}

/** What is thrown when there is no room to wait: the caller should come again. */
export class GathererFullError extends Error {
  override name = "GathererFullError";
}

/** The records of one HTTP request for one partition, and what became of them so far. */
class Entry {
  readonly records: readonly TimedRecord[];
  readonly outcomes: Outcome[];
  readonly settled: Promise<Outcome[]>;
  #unsettled: number;
  #resolve!: (outcomes: Outcome[]) => void;

  constructor(records: readonly TimedRecord[]) {
    this.records = records;
    this.outcomes = new Array<Outcome>(records.length);
    this.#unsettled = records.length;
    this.settled = new Promise((resolve) => this.#resolve = resolve);
  }

  settle(index: number, outcome: Outcome): void {
    this.outcomes[index] = outcome;
    if (--this.#unsettled === 0) this.#resolve(this.outcomes);
  }
}

/** The records [start, end) of an entry. */
interface Range {
  readonly entry: Entry;
  readonly start: number;
  readonly end: number;
}

interface Bundle {
  readonly ranges: Range[];
  byteCount: number;
  /** No more is added: it is a half of one that was refused. */
  readonly sealed: boolean;
}

interface Queue {
  readonly topic: string;
  readonly partition: number;
  readonly bundles: Bundle[];
}

/** What waits for one kind of acknowledgement. */
class Lane {
  /** Queues that are not empty, by topic and partition, those that waited longest first. */
  readonly queues = new Map<string, Queue>();
  sending = false;
  constructor(readonly acks: Acks) {}
}

/** What a record takes in a batch besides its key, value and headers, rounded up. */
const RECORD_OVERHEAD_BYTES = 24;
const NO_RECORDS: ReadonlyMap<number, Error> = new Map();

export class ProduceGatherer {
  readonly #send: SendBatches;
  readonly #limits: GathererLimits;
  readonly #lanes: Record<Acks, Lane> = { [-1]: new Lane(-1), 0: new Lane(0), 1: new Lane(1) };
  readonly #now: () => number;
  #queuedBytes = 0;

  constructor(send: SendBatches, limits: GathererLimits, now: () => number = Date.now) {
    this.#send = send;
    this.#limits = limits;
    this.#now = now;
  }

  /** Throws GathererFullError if there is no room for `records` now. Ask before `write`, once for all partitions. */
  checkRoom(records: readonly RecordToWrite[]): void {
    if (this.#queuedBytes === 0) return; // alone, even a large request may go
    let total = this.#queuedBytes;
    for (const record of records) total += byteCountOf(record);
    if (total > this.#limits.queuedBytes) {
      throw new GathererFullError(
        `${this.#queuedBytes} bytes of records wait to be written, of at most ${this.#limits.queuedBytes}`,
      );
    }
  }

  /** Resolves with what became of each record, in order; never rejects. */
  write(topic: string, partition: number, records: readonly RecordToWrite[], acks: Acks): Promise<Outcome[]> {
    const now = this.#now();
    const timed = records.map((record) => ({ ...record, timestamp: record.timestamp ?? now }));
    const byteCounts = records.map(byteCountOf);
    const total = byteCounts.reduce((sum, byteCount) => sum + byteCount, 0);
    this.#queuedBytes += total;
    const entry = new Entry(timed);
    const lane = this.#lanes[acks];
    const key = `${topic}:${partition}`;
    let queue = lane.queues.get(key);
    if (queue === undefined) {
      queue = { topic, partition, bundles: [] };
      lane.queues.set(key, queue);
    }
    this.#append(queue.bundles, entry, byteCounts);
    if (!lane.sending) void this.#drain(lane);
    return entry.settled;
  }

  #append(bundles: Bundle[], entry: Entry, byteCounts: readonly number[]): void {
    let start = 0;
    let bundle = bundles.at(-1);
    for (let i = 0; i < byteCounts.length; i++) {
      const byteCount = byteCounts[i]!;
      if (bundle === undefined || bundle.sealed || bundle.byteCount + byteCount > this.#limits.batchBytes) {
        if (i > start) bundle!.ranges.push({ entry, start, end: i });
        start = i;
        bundle = { ranges: [], byteCount: 0, sealed: false };
        bundles.push(bundle);
      }
      bundle.byteCount += byteCount;
    }
    bundle!.ranges.push({ entry, start, end: byteCounts.length });
  }

  /** Sends until nothing waits. */
  async #drain(lane: Lane): Promise<void> {
    lane.sending = true;
    // Requests that are being handled in this very turn of the loop may go with the first.
    await undefined;
    while (lane.queues.size > 0) {
      const taken = this.#take(lane);
      const batches = taken.map(({ queue, bundle }) => ({
        topic: queue.topic,
        partition: queue.partition,
        records: recordsOf(bundle),
      }));
      let results: readonly BatchResult[];
      try {
        results = await this.#send(lane.acks, batches);
      } catch (error) {
        const failed = { error: error instanceof Error ? error : new Error(String(error)), divisible: false };
        results = batches.map(() => failed);
      }
      for (let i = 0; i < taken.length; i++) this.#settle(lane, taken[i]!, results[i]!);
    }
    lane.sending = false;
  }

  /** The first bundle of each queue, as many as one request may have. */
  #take(lane: Lane): { queue: Queue; bundle: Bundle }[] {
    const taken: { queue: Queue; bundle: Bundle }[] = [];
    let byteCount = 0;
    for (const [key, queue] of lane.queues) {
      const bundle = queue.bundles[0]!;
      if (taken.length > 0 && byteCount + bundle.byteCount > this.#limits.requestBytes) break;
      byteCount += bundle.byteCount;
      queue.bundles.shift();
      // What is left of this queue comes after those that had no turn.
      lane.queues.delete(key);
      taken.push({ queue, bundle });
    }
    for (const { queue } of taken) {
      if (queue.bundles.length > 0) lane.queues.set(`${queue.topic}:${queue.partition}`, queue);
    }
    return taken;
  }

  #settle(lane: Lane, { queue, bundle }: { queue: Queue; bundle: Bundle }, result: BatchResult): void {
    if ("error" in result && result.divisible && countOf(bundle) > 1) {
      const rest = this.#settleNamed(bundle, result.records ?? NO_RECORDS);
      const parts = rest === bundle ? halves(bundle) : [rest];
      this.#requeue(lane, queue, parts.filter(({ ranges }) => ranges.length > 0));
      return;
    }
    let index = 0;
    for (const { entry, start, end } of bundle.ranges) {
      for (let i = start; i < end; i++, index++) {
        entry.settle(
          i,
          "error" in result ? { error: result.error } : {
            offset: result.baseOffset < 0 ? -1 : result.baseOffset + index,
            timestamp: result.appendTimeMs >= 0 ? result.appendTimeMs : entry.records[i]!.timestamp,
          },
        );
        this.#queuedBytes -= byteCountOf(entry.records[i]!);
      }
    }
  }

  /** Settles the records of a refused batch that are named; returns the others, `bundle` itself if none is. */
  #settleNamed(bundle: Bundle, errors: ReadonlyMap<number, Error>): Bundle {
    const rest: Bundle = { ranges: [], byteCount: 0, sealed: true };
    let index = 0;
    let settledCount = 0;
    for (const { entry, start, end } of bundle.ranges) {
      let from = start;
      for (let i = start; i < end; i++, index++) {
        const error = errors.get(index);
        if (error === undefined) continue;
        if (i > from) addTo(rest, { entry, start: from, end: i });
        from = i + 1;
        entry.settle(i, { error });
        this.#queuedBytes -= byteCountOf(entry.records[i]!);
        settledCount++;
      }
      if (end > from) addTo(rest, { entry, start: from, end });
    }
    return settledCount === 0 ? bundle : rest;
  }

  /** Puts `bundles` before all else of their partition. */
  #requeue(lane: Lane, { topic, partition }: Queue, bundles: readonly Bundle[]): void {
    if (bundles.length === 0) return;
    const key = `${topic}:${partition}`;
    const queue = lane.queues.get(key);
    if (queue === undefined) lane.queues.set(key, { topic, partition, bundles: [...bundles] });
    else queue.bundles.unshift(...bundles);
  }
}

/** Bytes that a record takes in a batch, rounded up. */
export function byteCountOf(record: RecordToWrite): number {
  let byteCount = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const header of record.headers) byteCount += 4 + 3 * header.key.length + (header.value?.length ?? 0);
  return byteCount;
}

function countOf(bundle: Bundle): number {
  let count = 0;
  for (const { start, end } of bundle.ranges) count += end - start;
  return count;
}

function recordsOf(bundle: Bundle): TimedRecord[] {
  const only = bundle.ranges[0]!;
  if (bundle.ranges.length === 1 && only.start === 0 && only.end === only.entry.records.length) {
    return only.entry.records as TimedRecord[];
  }
  const records: TimedRecord[] = [];
  for (const { entry, start, end } of bundle.ranges) {
    for (let i = start; i < end; i++) records.push(entry.records[i]!);
  }
  return records;
}

function halves(bundle: Bundle): [Bundle, Bundle] {
  const first: Bundle = { ranges: [], byteCount: 0, sealed: true };
  const second: Bundle = { ranges: [], byteCount: 0, sealed: true };
  let room = countOf(bundle) >> 1;
  for (const { entry, start, end } of bundle.ranges) {
    const middle = Math.min(end, start + room);
    if (middle > start) addTo(first, { entry, start, end: middle });
    if (end > middle) addTo(second, { entry, start: middle, end });
    room -= middle - start;
  }
  return [first, second];
}

function addTo(bundle: Bundle, range: Range): void {
  bundle.ranges.push(range);
  for (let i = range.start; i < range.end; i++) bundle.byteCount += byteCountOf(range.entry.records[i]!);
}
