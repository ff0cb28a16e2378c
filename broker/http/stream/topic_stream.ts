/**
 * One reader of a topic: what it has seen, and how it gets the next.
 *
 * Each partition is either at its end, where a window that all streams share moves along (tail_reader.ts), or behind it,
 * and then the stream reads the log itself. Nothing is kept for a stream but its positions: whoever takes its time falls out
 * of the window, and reads the log again.
 *
 * What must be true: each record of its partitions from the start on comes once, in the order of its partition.
 * @module
 */
import type { Cluster } from "../../../client/cluster.ts";
import { checkCode } from "../../../client/response_error.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { type Fetched, fetchPartition, type Isolation, takeRecords } from "../partition_fetch.ts";
import { recordHead } from "../records_response.ts";
import { offsetRange } from "../start_offset.ts";
import { Alarm } from "../../../client/alarm.ts";
import type { Positions } from "./positions.ts";
import type { TailReader } from "./tail_reader.ts";
import { TailRecord } from "./tail_record.ts";
import type { Tails } from "./tails.ts";
import type { TailWindow } from "./tail_window.ts";

export interface TopicStreamOptions {
  readonly cluster: Cluster;
  readonly tails: Tails;
  readonly topic: string;
  readonly isolation: Isolation;
  readonly start: Positions;
  /** The offset at which each partition is done; left out: it goes on for ever. */
  readonly until?: Positions | undefined;
  readonly signal: AbortSignal;
}

export type StreamItem =
  | { readonly kind: "record"; readonly record: TailRecord }
  /** What lay between is not there any more. */
  | { readonly kind: "gap"; readonly partition: number; readonly from: number; readonly to: number };

/** What one turn may bring at most. */
const MAX_RECORDS = 500;
const MAX_TURN_BYTES = 128 * 1024;

interface AtEnd {
  readonly reader: TailReader;
  readonly window: TailWindow;
}

export class TopicStream implements Disposable {
  readonly #options: TopicStreamOptions;
  readonly #positions: Map<number, number>;
  readonly #atEnd = new Map<number, AtEnd>();
  /** Records of the log that were fetched and not taken yet: of the partition in hand. */
  #items: StreamItem[] = [];
  #taken = 0;
  /** Where a partition will be when what was fetched of it has been taken. */
  readonly #next = new Map<number, number>();
  /** In the order in which they are served next. */
  #rotation: number[];

  #resume: () => void = () => {};
  readonly #wake = () => this.#resume();
  readonly #alarm = new Alarm(this.#wake);

  constructor(options: TopicStreamOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#wake);
    this.#positions = new Map([...options.start].sort(([a], [b]) => a - b));
    this.#rotation = [...this.#positions.keys()];
  }

  /** The next offset of each partition: what comes next begins there. */
  get positions(): Positions {
    return this.#positions;
  }

  get partitions(): readonly number[] {
    return [...this.#positions.keys()];
  }

  /** Begins to read a partition that came to be meanwhile. */
  add(partition: number): void {
    if (this.#positions.has(partition)) return;
    this.#positions.set(partition, 0);
    this.#rotation.push(partition);
  }

  /** The next item at hand, without waiting; undefined: ask `more`. The position of its partition is then past it. */
  take(): StreamItem | undefined {
    const item = this.#items[this.#taken];
    if (item === undefined) return undefined;
    this.#taken++;
    if (item.kind === "record") this.#positions.set(item.record.partition, item.record.record.offset + 1);
    else if (item.kind === "gap") this.#positions.set(item.partition, item.to);
    return item;
  }

  /**
   * Gets items to take: from a window, or from the log; waits up to `waitMs` if all partitions are at their ends, and then
   * there may be none. False: all partitions are done. Throws what can't be mended by asking again.
   */
  async more(waitMs: number): Promise<boolean> {
    this.#items = [];
    this.#taken = 0;
    this.#settle();
    const deadline = performance.now() + waitMs;
    for (;;) {
      this.#options.signal.throwIfAborted();
      if (this.#isDone()) return false;
      for (const partition of this.#rotate()) {
        const hasRead = this.#readWindow(partition) || await this.#readLog(partition);
        if (this.#items.length > 0) return true;
        // Something came of which nothing is shown: the caller may want to tell how far it is.
        if (hasRead) return true;
      }
      if (performance.now() >= deadline) return true;
      await this.#change(deadline);
    }
  }

  close(): void {
    for (const { reader, window } of this.#atEnd.values()) reader.leave(window);
    this.#atEnd.clear();
    this.#alarm.clear();
    this.#options.signal.removeEventListener("abort", this.#wake);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #settle(): void {
    for (const [partition, offset] of this.#next) this.#positions.set(partition, offset);
    this.#next.clear();
  }

  #rotate(): number[] {
    const order = this.#rotation;
    this.#rotation = [...order.slice(1), ...order.slice(0, 1)];
    return order.filter((partition) => !this.#isPartitionDone(partition));
  }

  #isDone(): boolean {
    return this.#options.until !== undefined && this.#rotation.every((one) => this.#isPartitionDone(one));
  }

  #isPartitionDone(partition: number): boolean {
    const { until } = this.#options;
    return until !== undefined && this.#positions.get(partition)! >= (until.get(partition) ?? 0);
  }

  /** Takes from the window, if the partition is in there; true if it moved. */
  #readWindow(partition: number): boolean {
    const atEnd = this.#atEnd.get(partition);
    if (atEnd === undefined) return false;
    const { reader, window } = atEnd;
    let offset = this.#positions.get(partition)!;
    if (!reader.isCurrent(window) || !window.covers(offset)) {
      reader.leave(window);
      this.#atEnd.delete(partition);
      return false;
    }
    if (offset >= window.end) return false;
    for (let count = 0, bytes = 0; count < MAX_RECORDS && bytes < MAX_TURN_BYTES; count++) {
      const record = window.at(offset);
      if (record === undefined) {
        offset = window.end;
        break;
      }
      this.#items.push({ kind: "record", record });
      offset = record.record.offset + 1;
      bytes += record.byteCount;
    }
    this.#next.set(partition, offset);
    this.#cut(partition);
    this.#afterRead();
    return true;
  }

  /** Reads the log, if the partition is not at its end; true if it moved. */
  async #readLog(partition: number): Promise<boolean> {
    if (this.#atEnd.has(partition)) return false;
    const { cluster, tails, topic, signal, isolation } = this.#options;
    const offset = this.#positions.get(partition)!;
    const found = await tails.turns.run(() =>
      cluster.lendLeader(
        topic,
        partition,
        async (connection) => {
          const found = await fetchPartition(connection, {
            topic,
            partition,
            offset,
            maxBytes: MAX_TURN_BYTES,
            waitMs: 0,
            isolation,
          });
          if (found.errorCode !== ErrorCode.OFFSET_OUT_OF_RANGE) {
            checkCode(found.errorCode, `read ${topic}-${partition}`);
          }
          return found;
        },
        signal,
      )
    );
    if (found.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return await this.#skipGap(partition, offset);
    return await this.#took(partition, offset, found);
  }

  async #took(partition: number, offset: number, found: Fetched): Promise<boolean> {
    const { topic } = this.#options;
    const head = recordHead(topic, partition);
    const next = takeRecords(found, offset, (record) => {
      this.#items.push({
        kind: "record",
        record: new TailRecord({ head, partition, record, isShared: false }),
      });
      return true;
    });
    this.#next.set(partition, next);
    this.#cut(partition);
    this.#afterRead();
    if (next >= found.endOffset || next === offset) await this.#follow(partition, next);
    return next > offset;
  }

  async #follow(partition: number, offset: number): Promise<void> {
    const { cluster, tails, topic, isolation } = this.#options;
    const leader = await cluster.leaderOf(topic, partition);
    const reader = tails.of(leader, isolation);
    this.#atEnd.set(partition, { reader, window: reader.follow(topic, partition, offset) });
  }

  async #skipGap(partition: number, offset: number): Promise<boolean> {
    const { cluster, topic, isolation } = this.#options;
    const { start, end } = await offsetRange(cluster, topic, partition, isolation);
    const to = offset < start ? start : end;
    if (to === offset) return false;
    this.#items.push({ kind: "gap", partition, from: offset, to });
    this.#next.set(partition, to);
    return true;
  }

  /** Takes off what lies past the end that was asked for. */
  #cut(partition: number): void {
    const until = this.#options.until?.get(partition);
    if (until === undefined || this.#next.get(partition)! <= until) return;
    this.#items = this.#items.filter((item) => item.kind !== "record" || item.record.record.offset < until);
    this.#next.set(partition, until);
  }

  /** Nothing to take: the position moves at once. */
  #afterRead(): void {
    if (this.#items.length === 0) this.#settle();
  }

  /** Whether a window has moved on, or is not moved any more. */
  #hasNews(): boolean {
    for (const [partition, { reader, window }] of this.#atEnd) {
      if (window.end > this.#positions.get(partition)! || !reader.isCurrent(window)) return true;
    }
    return false;
  }

  /** Waits until a window has moved, or until `deadline` by performance.now(); may return too early. */
  async #change(deadline: number): Promise<void> {
    // While one partition's log was read, something may have come to another, and nobody would tell of it again.
    if (this.#options.signal.aborted || this.#hasNews()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    this.#alarm.set(deadline);
    for (const { reader } of this.#atEnd.values()) reader.onChange(this.#wake);
    await promise;
    for (const { reader } of this.#atEnd.values()) reader.forget(this.#wake);
  }
}
