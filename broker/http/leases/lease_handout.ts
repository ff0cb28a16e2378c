/**
 * Chooses which poll gets records of which partition, and fetches them.
 *
 * What must be true: of the partitions that nobody has, those that were served longest ago come first; one that can't be
 * read at the moment holds up no other; and what is fetched for one turn is bounded.
 * @module
 */
import type { Cluster } from "../../../client/cluster.ts";
import { type FetchedPartition, fetchPartitions } from "../../../client/consumer/fetch_partitions.ts";
import { takeSome, UnreadableBatchError } from "../../../client/consumer/fetched_records.ts";
import { ResponseError } from "../../../client/response_error.ts";
import { UnknownTopicError } from "../../../client/unknown_topic_error.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Change, LeaseBook } from "./lease_book.ts";
import { formatToken, newLeaseId } from "./lease_token.ts";
import type { HandedOut, Waiter } from "./lease_waiters.ts";

export interface HandoutOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly maxFetchBytes: number;
}

export interface Prepared {
  /** To be committed before anyone is answered. */
  readonly changes: readonly Change[];
  readonly handedOut: ReadonlyMap<Waiter, HandedOut | UnreadableBatchError>;
  /** Whether the group has moved on without handing anything out: there may be more. */
  readonly isMoving: boolean;
}

interface Position {
  readonly partition: number;
  readonly offset: number;
}

interface Pair extends Position {
  readonly waiter: Waiter;
}

const LATEST = -1;
const EARLIEST = -2;
/** A turn waits no longer for a leader that is away. */
const LEADER_TIMEOUT_MS = 2000;
/** Then it is left out for so long. */
const AVOID_MS = 1000;

export class LeaseHandout {
  readonly #options: HandoutOptions;
  /** When each partition was served last, as a count of servings. */
  readonly #served = new Map<number, number>();
  #servings = 0;
  /** Until when, by performance.now(), partitions are left out. */
  readonly #avoided = new Map<number, number>();
  /** Where partitions stand of which nothing is committed. */
  readonly #starts = new Map<number, number>();

  constructor(options: HandoutOptions) {
    this.#options = options;
  }

  async prepare(book: LeaseBook, waiters: readonly Waiter[]): Promise<Prepared> {
    const changes = new Map<number, Change>();
    const handedOut = new Map<Waiter, HandedOut | UnreadableBatchError>();
    const positions = await this.#begin(book, waiters[0]!, changes);
    const pairs = this.#pair(await this.#withRecords(positions), waiters);
    const fetched = new Map((await this.#fetch(pairs)).map((one) => [one.partition, one]));
    let isMoving = false;
    for (const pair of pairs) {
      const found = fetched.get(pair.partition);
      if (found === undefined) continue;
      if (found.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
        const [start] = await this.#offsetsOf([pair.partition], timestampOf(pair.waiter));
        changes.set(pair.partition, book.move(pair.partition, start!));
        isMoving = true;
      } else if (found.errorCode !== ErrorCode.NONE) {
        this.#avoid(pair.partition);
      } else {
        isMoving = this.#take(book, pair, found, changes, handedOut) || isMoving;
      }
    }
    return { changes: [...changes.values()], handedOut, isMoving: isMoving && handedOut.size === 0 };
  }

  /** The partitions that may be watched, and from where. */
  idle(book: LeaseBook, nowMs: number): Position[] {
    return book.available(nowMs).flatMap(({ partition, offset }) => {
      const position = offset < 0 ? this.#starts.get(partition) : offset;
      return position === undefined || this.#isAvoided(partition) ? [] : [{ partition, offset: position }];
    });
  }

  /** Where the partitions stand that nobody has. The group begins where `first` wants if it has not yet. */
  async #begin(book: LeaseBook, first: Waiter, changes: Map<number, Change>): Promise<Position[]> {
    const available = book.available(Date.now()).filter(({ partition }) => !this.#isAvoided(partition));
    const fresh = available.filter(({ offset }) => offset < 0).map(({ partition }) => partition);
    if (fresh.length === 0) return available;
    const starts = await this.#offsetsOf(fresh, timestampOf(first));
    fresh.forEach((partition, i) => {
      const start = starts[i];
      if (start === undefined) return;
      this.#starts.set(partition, start);
      // What is latest now would be forgotten by the next poll.
      if (first.request.reset === "latest") changes.set(partition, book.move(partition, start));
    });
    return available.flatMap(({ partition, offset }) => {
      const position = offset < 0 ? this.#starts.get(partition) : offset;
      return position === undefined ? [] : [{ partition, offset: position }];
    });
  }

  async #withRecords(positions: readonly Position[]): Promise<Position[]> {
    const ends = await this.#offsetsOf(positions.map(({ partition }) => partition), LATEST);
    return positions.filter(({ offset }, i) => ends[i] !== undefined && ends[i] !== offset);
  }

  /** Each offset, undefined for partitions that can't be asked at the moment. Throws if none can. */
  async #offsetsOf(partitions: readonly number[], timestamp: number): Promise<(number | undefined)[]> {
    if (partitions.length === 0) return [];
    const { cluster, topic } = this.#options;
    const wanted = new Map([[topic, new Map(partitions.map((partition) => [partition, timestamp]))]]);
    const found = (await cluster.listOffsets(wanted, { isReadCommitted: true, timeoutMs: LEADER_TIMEOUT_MS }))
      .get(topic);
    let code: number = ErrorCode.NONE;
    const offsets = partitions.map((partition) => {
      const { errorCode = ErrorCode.UNKNOWN_SERVER_ERROR, offset } = found?.get(partition) ?? {};
      if (errorCode === ErrorCode.NONE) return offset;
      code = errorCode;
      this.#avoid(partition);
      return undefined;
    });
    if (offsets.some((offset) => offset !== undefined)) return offsets;
    if (code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) throw new UnknownTopicError(topic);
    throw new ResponseError(code, `list the offsets of ${topic}`);
  }

  #pair(positions: readonly Position[], waiters: readonly Waiter[]): Pair[] {
    const inOrder = [...positions].sort((a, b) => this.#servedAt(a) - this.#servedAt(b));
    const pairs: Pair[] = [];
    let room = this.#options.maxFetchBytes;
    for (let i = 0; i < Math.min(inOrder.length, waiters.length); i++) {
      const waiter = waiters[i]!;
      room -= waiter.request.maxBytes;
      if (room < 0 && pairs.length > 0) break;
      pairs.push({ waiter, ...inOrder[i]! });
    }
    return pairs;
  }

  async #fetch(pairs: readonly Pair[]): Promise<FetchedPartition[]> {
    if (pairs.length === 0) return [];
    const { cluster, topic } = this.#options;
    const positions = pairs.map(({ partition, offset, waiter }) => ({
      topic,
      partition,
      offset,
      maxBytes: waiter.request.maxBytes,
    }));
    const maxBytes = positions.reduce((sum, position) => sum + position.maxBytes, 0);
    return await fetchPartitions(cluster, positions, { waitMs: 0, maxBytes, isReadCommitted: true });
  }

  /** Returns whether there was nothing to hand out, and the group has moved past it. */
  #take(
    book: LeaseBook,
    { partition, offset, waiter }: Pair,
    fetched: FetchedPartition,
    changes: Map<number, Change>,
    handedOut: Map<Waiter, HandedOut | UnreadableBatchError>,
  ): boolean {
    const { maxRecords, maxBytes, leaseMs } = waiter.request;
    this.#served.set(partition, ++this.#servings);
    try {
      const { records, nextOffset } = takeSome(fetched, offset, { maxRecords, maxBytes });
      if (records.length === 0) {
        if (nextOffset === offset) return false;
        changes.set(partition, book.move(partition, nextOffset));
        return true;
      }
      const id = newLeaseId();
      const until = Date.now() + leaseMs;
      const { deliveries, change } = book.grant(partition, { id, offset, nextOffset, until });
      changes.set(partition, change);
      const token = formatToken({ partition, id });
      handedOut.set(waiter, { token, partition, records, nextOffset, until, deliveries });
    } catch (error) {
      if (!(error instanceof UnreadableBatchError)) throw error;
      handedOut.set(waiter, error);
    }
    return false;
  }

  #servedAt({ partition }: Position): number {
    return this.#served.get(partition) ?? -1;
  }

  #avoid(partition: number): void {
    this.#avoided.set(partition, performance.now() + AVOID_MS);
  }

  #isAvoided(partition: number): boolean {
    const until = this.#avoided.get(partition);
    if (until === undefined || until > performance.now()) return until !== undefined;
    this.#avoided.delete(partition);
    return false;
  }
}

function timestampOf({ request }: Waiter): number {
  return request.reset === "latest" ? LATEST : EARLIEST;
}
