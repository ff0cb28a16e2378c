/**
 * Makes few Produce requests of many HTTP requests: whatever gathers while one is on its way goes with the next.
 *
 * What must be true:
 * - Nobody waits for a timer (unless http.linger.ms says so): with nothing on its way a record is sent at once.
 * - For each leader and `acks` one request is on its way at most, so that a slow broker holds up no other; and of each
 *   partition one batch, whoever leads it meanwhile, so that its records go in the order they came, and the records of one
 *   HTTP request stand in order.
 * - A batch is sent a second time only if it certainly was not written the first time: its leader was another, or could
 *   not be reached. Else whoever wrote it is told, and decides.
 * - A record that the broker refuses harms no other: those that it names are taken out of the batch, and where it names
 *   none the batch is halved until the refused records stand alone. That is safe, since a refused batch has not been
 *   written.
 * - What waits is bounded in bytes.
 * @module
 */
import { backoffMs } from "../../client/backoff.ts";
import { sleep } from "../../client/retrying.ts";
import {
  addTo,
  type Bundle,
  byteCountOf,
  countOf,
  Entry,
  halves,
  type Outcome,
  recordsOf,
  type TimedRecord,
} from "./produce_bundle.ts";
import type { RecordDurability } from "./record_durability.ts";
import type { RecordToWrite } from "./records_request.ts";

export { byteCountOf, type Outcome, type TimedRecord, type Written } from "./produce_bundle.ts";

/** -1: all replicas in sync; 1: the leader; 0: nobody. */
export type Acks = -1 | 0 | 1;

/** The records of one partition in one Produce request. */
export interface BatchToSend {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly TimedRecord[];
}

/**
 * What the broker said to a batch; `divisible`: refused for what is in it, so its parts may fare better. `records`: those at
 * fault, by their place in the batch, as far as the broker names them. `isElsewhere`: certainly not written, since the
 * leader is another or was not reached.
 */
export type BatchResult =
  | { readonly baseOffset: number; readonly appendTimeMs: number; readonly durability: RecordDurability }
  | {
    readonly error: Error;
    readonly divisible: boolean;
    readonly records?: ReadonlyMap<number, Error>;
    readonly isElsewhere?: boolean;
  };

/** Sends batches of different partitions to their leader in one request; resolves with one result for each. */
export type SendBatches = (
  acks: Acks,
  batches: readonly BatchToSend[],
  leader: number,
) => Promise<readonly BatchResult[]>;

/** Who leads which partition; a Cluster knows. */
export interface LeaderLookup {
  rememberedLeader(topic: string, partition: number): number | undefined;
  /** Waits while one is being elected. */
  leaderOf(topic: string, partition: number): Promise<number>;
  /** The leader of one of its partitions is another. */
  forget(topic: string): void;
  /** How long a batch is sent again while its leader is not found. */
  readonly patienceMs: number;
}

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

/**
 * The records of one partition that wait for one kind of acknowledgement. Whoever takes it from a lane has it for himself
 * until he places it again.
 */
interface Queue {
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  readonly acks: Acks;
  readonly bundles: Bundle[];
  /** Since when something waits, by performance.now(). */
  since: number;
  /** Attempts in a row that did not find the leader, and when the first was, by performance.now(). */
  misses: number;
  missedSince: number;
}

/** What waits for one leader and one kind of acknowledgement. */
class Lane {
  /** Those that waited longest first. */
  readonly queues = new Set<Queue>();
  sending = false;
  constructor(readonly acks: Acks, readonly leader: number) {}
}

/** All partitions have this leader where nobody says otherwise. */
const ONE_LEADER: LeaderLookup = {
  rememberedLeader: () => 0,
  leaderOf: () => Promise.resolve(0),
  forget: () => {},
  patienceMs: 0,
};
const MISS_BACKOFF = { firstMs: 25, longestMs: 1000 };

const NO_RECORDS: ReadonlyMap<number, Error> = new Map();

export interface GathererOptions {
  /** Default: all partitions have one leader. */
  readonly leaders?: LeaderLookup;
  /** The time of records that have none, ms since 1970. Default Date.now. */
  readonly now?: () => number;
  /** How long records wait for others to go with (http.linger.ms), unless a batch is full. Default 0. */
  readonly lingerMs?: number;
}

export class ProduceGatherer {
  readonly #send: SendBatches;
  readonly #limits: GathererLimits;
  readonly #leaders: LeaderLookup;
  readonly #now: () => number;
  readonly #lingerMs: number;
  readonly #lanes: Record<Acks, Map<number, Lane>> = { [-1]: new Map(), 0: new Map(), 1: new Map() };
  /** Partitions of which something waits or is on its way, by topic and number. */
  readonly #queues: Record<Acks, Map<string, Queue>> = { [-1]: new Map(), 0: new Map(), 1: new Map() };
  readonly #closing = new AbortController();
  #queuedBytes = 0;

  constructor(send: SendBatches, limits: GathererLimits, options: GathererOptions = {}) {
    this.#send = send;
    this.#limits = limits;
    this.#leaders = options.leaders ?? ONE_LEADER;
    this.#now = options.now ?? Date.now;
    this.#lingerMs = options.lingerMs ?? 0;
  }

  /** Nothing is sent again from now on. */
  close(): void {
    this.#closing.abort();
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
    const queues = this.#queues[acks];
    const key = `${topic}:${partition}`;
    const waiting = queues.get(key);
    const since = performance.now();
    const queue = waiting ?? { key, topic, partition, acks, bundles: [], since, misses: 0, missedSince: 0 };
    if (queue.bundles.length === 0) queue.since = since;
    this.#append(queue.bundles, entry, byteCounts);
    if (waiting === undefined) {
      queues.set(key, queue);
      this.#place(queue);
    }
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

  /** Puts a queue where its leader's requests are made of. */
  #place(queue: Queue): void {
    const { topic, partition } = queue;
    const leader = this.#leaders.rememberedLeader(topic, partition);
    if (leader !== undefined) return this.#enqueue(queue, leader);
    this.#leaders.leaderOf(topic, partition).then(
      (leader) => this.#enqueue(queue, leader),
      (error) => {
        for (const bundle of queue.bundles.splice(0)) this.#settle(bundle, { error, divisible: false });
        this.#queues[queue.acks].delete(queue.key);
      },
    );
  }

  #enqueue(queue: Queue, leader: number): void {
    const lanes = this.#lanes[queue.acks];
    let lane = lanes.get(leader);
    if (lane === undefined) {
      lane = new Lane(queue.acks, leader);
      lanes.set(leader, lane);
    }
    lane.queues.add(queue);
    if (!lane.sending) void this.#drain(lane);
  }

  /** Sends until nothing waits. */
  async #drain(lane: Lane): Promise<void> {
    lane.sending = true;
    // Requests that are being handled in this very turn of the loop may go with the first.
    await undefined;
    while (lane.queues.size > 0) {
      if (this.#lingerMs > 0) await this.#linger(lane);
      const taken = this.#take(lane);
      const batches = taken.map(({ queue, bundle }) => ({
        topic: queue.topic,
        partition: queue.partition,
        records: recordsOf(bundle),
      }));
      let results: readonly BatchResult[];
      try {
        results = await this.#send(lane.acks, batches, lane.leader);
      } catch (error) {
        const failed = { error: error instanceof Error ? error : new Error(String(error)), divisible: false };
        results = batches.map(() => failed);
      }
      for (let i = 0; i < taken.length; i++) this.#conclude(taken[i]!, results[i]!);
    }
    lane.sending = false;
  }

  /** Resolves when something has waited long enough, or a batch is full. */
  async #linger(lane: Lane): Promise<void> {
    let oldest = Infinity;
    for (const { since, bundles } of lane.queues) {
      if (bundles.length > 1) return;
      oldest = Math.min(oldest, since);
    }
    const waitMs = oldest + this.#lingerMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, this.#closing.signal);
  }

  /** The first bundle of each queue, as many as one request may have. */
  #take(lane: Lane): { queue: Queue; bundle: Bundle }[] {
    const taken: { queue: Queue; bundle: Bundle }[] = [];
    let byteCount = 0;
    for (const queue of lane.queues) {
      const bundle = queue.bundles[0]!;
      if (taken.length > 0 && byteCount + bundle.byteCount > this.#limits.requestBytes) break;
      byteCount += bundle.byteCount;
      queue.bundles.shift();
      // What is left of this queue comes after those that had no turn.
      lane.queues.delete(queue);
      taken.push({ queue, bundle });
    }
    return taken;
  }

  /** Does what the result of a bundle calls for, and sees to what else waits in its queue. */
  #conclude({ queue, bundle }: { queue: Queue; bundle: Bundle }, result: BatchResult): void {
    const failed = "error" in result;
    if (failed && result.isElsewhere && this.#mayTryAgain(queue)) {
      queue.bundles.unshift(bundle);
      this.#leaders.forget(queue.topic);
      void this.#placeLater(queue);
      return;
    }
    if (!failed) queue.misses = 0;
    if (failed && result.divisible && countOf(bundle) > 1) {
      const rest = this.#settleNamed(bundle, result.records ?? NO_RECORDS);
      const parts = rest === bundle ? halves(bundle) : [rest];
      queue.bundles.unshift(...parts.filter(({ ranges }) => ranges.length > 0));
    } else {
      this.#settle(bundle, result);
    }
    if (queue.bundles.length > 0) this.#place(queue);
    else this.#queues[queue.acks].delete(queue.key);
  }

  #mayTryAgain(queue: Queue): boolean {
    const now = performance.now();
    if (queue.misses === 0) queue.missedSince = now;
    queue.misses++;
    return now - queue.missedSince < this.#leaders.patienceMs && !this.#closing.signal.aborted;
  }

  async #placeLater(queue: Queue): Promise<void> {
    await sleep(backoffMs(queue.misses, MISS_BACKOFF, Math.random()), this.#closing.signal);
    this.#place(queue);
  }

  #settle(bundle: Bundle, result: BatchResult): void {
    let index = 0;
    for (const { entry, start, end } of bundle.ranges) {
      for (let i = start; i < end; i++, index++) {
        entry.settle(
          i,
          "error" in result ? { error: result.error } : {
            offset: result.baseOffset < 0 ? -1 : result.baseOffset + index,
            timestamp: result.appendTimeMs >= 0 ? result.appendTimeMs : entry.records[i]!.timestamp,
            durability: result.durability,
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
}
