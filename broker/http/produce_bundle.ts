/**
 * What will be one record batch: records of one partition, of one HTTP request or of many; and what became of each.
 * @module
 */
import type { RecordDurability } from "./record_durability.ts";
import type { RecordToWrite } from "./records_request.ts";

/** Where a record lies. With acks=0 nobody knows: the offset is -1. */
export interface Written {
  readonly offset: number;
  /** Milliseconds since 1970, as stored. */
  readonly timestamp: number;
  readonly durability: RecordDurability;
}

/** What became of one record. */
export type Outcome = Written | { readonly error: Error };

export interface TimedRecord extends RecordToWrite {
  readonly timestamp: number;
}

/** The records of one HTTP request for one partition, and what became of them so far. */
export class Entry {
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
export interface Range {
  readonly entry: Entry;
  readonly start: number;
  readonly end: number;
}

export interface Bundle {
  readonly ranges: Range[];
  byteCount: number;
  /** No more is added: it is a half of one that was refused. */
  readonly sealed: boolean;
}

/** What a record takes in a batch besides its key, value and headers, rounded up. */
const RECORD_OVERHEAD_BYTES = 24;

/** Bytes that a record takes in a batch, rounded up. */
export function byteCountOf(record: RecordToWrite): number {
  let byteCount = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const header of record.headers) byteCount += 4 + 3 * header.key.length + (header.value?.length ?? 0);
  return byteCount;
}

export function countOf(bundle: Bundle): number {
  let count = 0;
  for (const { start, end } of bundle.ranges) count += end - start;
  return count;
}

export function recordsOf(bundle: Bundle): TimedRecord[] {
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

export function halves(bundle: Bundle): [Bundle, Bundle] {
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

export function addTo(bundle: Bundle, range: Range): void {
  bundle.ranges.push(range);
  for (let i = range.start; i < range.end; i++) bundle.byteCount += byteCountOf(range.entry.records[i]!);
}
