/**
 * The newest records of a partition, in memory: a window of the log that ends where the log did when it was last asked.
 *
 * What must be true: it holds every record of [start, end) that is shown at all, in order, so whoever stands in there may
 * go on from it; whoever stands before it must read the log.
 * @module
 */
import type { TailRecord } from "./tail_record.ts";

/** What a record takes besides its bytes, about. */
const RECORD_OVERHEAD_BYTES = 300;

export class TailWindow {
  readonly topic: string;
  readonly partition: number;
  #start: number;
  #end: number;
  /** Those before #first are let go. */
  #records: TailRecord[] = [];
  #first = 0;
  #byteCount = 0;

  constructor(topic: string, partition: number, offset: number) {
    this.topic = topic;
    this.partition = partition;
    this.#start = this.#end = offset;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Whether all that follows `offset` is here, or yet to come. */
  covers(offset: number): boolean {
    return offset >= this.#start;
  }

  add(record: TailRecord): void {
    this.#records.push(record);
    this.#byteCount += sizeOf(record);
  }

  /** The log has been read up to `end`, of which the last part may not be shown. */
  advance(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  /** Lets the oldest go until no more than `byteCount` is left. */
  trim(byteCount: number): void {
    while (this.#byteCount > byteCount && this.#first < this.#records.length) {
      const oldest = this.#records[this.#first++]!;
      this.#byteCount -= sizeOf(oldest);
      this.#start = oldest.record.offset + 1;
    }
    if (this.#first > 64 && this.#first > this.#records.length / 2) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The first record that is not before `offset`. */
  at(offset: number): TailRecord | undefined {
    let low = this.#first;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#records[middle]!.record.offset < offset) low = middle + 1;
      else high = middle;
    }
    return this.#records[low];
  }
}

/** Its own bytes, and as much again for how it is shown. */
function sizeOf(record: TailRecord): number {
  return RECORD_OVERHEAD_BYTES + 2 * record.byteCount;
}
