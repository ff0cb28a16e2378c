/**
 * The indexes of a segment, checked while the segment's batches pass by in order: each looks at its next entry only, so that
 * neither the log nor the index has to be kept in memory.
 * @module
 */
import type { RecordBatch } from "../../protocol/record_batch.ts";
import type { DiskFile } from "../disk.ts";
import { EntryReader } from "./entry_reader.ts";
import type { Place } from "./findings.ts";
import {
  OFFSET_ENTRY_SIZE,
  type OffsetEntry,
  readOffsetEntry,
  readTimeEntry,
  TIME_ENTRY_SIZE,
  type TimeEntry,
} from "./index_layouts.ts";

const MAX_COMPLAINTS = 10;
/** Looking whether all that follows is zeros takes reading it. */
const MAX_LOOKS_FOR_ZEROS = 8;

export interface Complaint {
  readonly message: string;
  readonly place: Place;
}

/** What it has to say is kept until it is known whether it matters: recovery makes indexes of unflushed segments again. */
export abstract class IndexCheck<Entry> {
  readonly complaints: Complaint[] = [];
  protected readonly reader: EntryReader;
  protected readonly baseOffset: number;
  /** The entry that waits for its batch; the reader stands at it. */
  protected entry: Entry | undefined;
  #complaintCount = 0;
  #looksForZeros = 0;

  constructor(file: DiskFile, entrySize: number, baseOffset: number) {
    this.reader = new EntryReader(file, entrySize);
    this.baseOffset = baseOffset;
    if (this.reader.tornBytes > 0) {
      this.complain(`its size, ${file.size()}, is not a multiple of ${entrySize}`, {});
    }
  }

  abstract onBatch(batch: RecordBatch, position: number): void;

  /** The segment has ended; `endOffset` lies behind it. An index that is not `isSettled` may have entries to come. */
  abstract finish(endOffset: number, isSettled: boolean): void;

  /** The entry, if it can stand behind those before it; else a sentence. */
  protected abstract parse(view: DataView): Entry | string;

  /** Goes to the next entry that may stand where it stands. */
  protected advance(): void {
    this.entry = undefined;
    for (let view = this.reader.next(); view !== undefined; view = this.reader.next()) {
      // The first entry may say 0 and 0, and no other.
      const isAllZero = this.reader.index === 0 && this.reader.entryCount > 1 && this.reader.isZeroFromHere();
      const parsed = isAllZero ? "zeros" : this.parse(view);
      if (typeof parsed !== "string") {
        this.entry = parsed;
        return;
      }
      if (isAllZero || (this.#looksForZeros++ < MAX_LOOKS_FOR_ZEROS && this.reader.isZeroFromHere())) {
        const { entryCount, entrySize, position, tornBytes } = this.reader;
        const length = entryCount * entrySize + tornBytes - position;
        this.complain(`its last ${length} bytes are zeros: room that was set aside, or never written`);
        return this.reader.skipRest();
      }
      this.complain(parsed);
    }
  }

  /** About the entry at hand. */
  protected complain(message: string, place: Place = { position: this.reader.position }): void {
    this.#complaintCount++;
    if (this.complaints.length < MAX_COMPLAINTS) this.complaints.push({ message, place });
  }

  /** Complaints that are not in `complaints`. */
  get untoldCount(): number {
    return this.#complaintCount - this.complaints.length;
  }
}

export class OffsetIndexCheck extends IndexCheck<OffsetEntry> {
  readonly #logBytes: number;
  #last: OffsetEntry = { offset: -1, position: 0 };
  /** Kafka before 3.8 noted the last offset of all batches that were appended at once: one behind has to end there. */
  #due: OffsetEntry | undefined;

  constructor(file: DiskFile, baseOffset: number, logBytes: number) {
    super(file, OFFSET_ENTRY_SIZE, baseOffset);
    this.#logBytes = logBytes;
    this.advance();
  }

  protected override parse(view: DataView): OffsetEntry | string {
    const entry = readOffsetEntry(view, this.baseOffset);
    if (entry.offset < this.baseOffset) return `${this.#name(entry)} lies before the segment`;
    if (entry.offset <= this.#last.offset || entry.position <= this.#last.position) {
      return `${this.#name(entry)} does not rise`;
    }
    if (entry.position >= this.#logBytes) {
      return `${this.#name(entry)} points behind the log's ${this.#logBytes} bytes`;
    }
    return this.#last = entry;
  }

  override onBatch(batch: RecordBatch, position: number): void {
    if (this.#due !== undefined) this.#settle(this.#due, batch.lastOffset);
    while (this.entry !== undefined && this.entry.position <= position) {
      const { entry } = this;
      if (entry.position < position) this.complain(`${this.#name(entry)} points at no batch`);
      else if (entry.offset < batch.lastOffset) {
        this.complain(`${this.#name(entry)} points at a batch up to ${batch.lastOffset}`);
      } else if (entry.offset > batch.lastOffset) this.#due = entry;
      this.advance();
    }
  }

  override finish(): void {
    if (this.#due !== undefined) this.#settle(this.#due, Infinity);
    for (; this.entry !== undefined; this.advance()) {
      this.complain(`${this.#name(this.entry)} points at no batch`);
    }
  }

  #settle(due: OffsetEntry, lastOffset: number): void {
    if (lastOffset < due.offset) return;
    if (lastOffset > due.offset) {
      this.complain(`an entry says offset ${due.offset} at ${due.position}, where no batch ends`, {
        offset: due.offset,
      });
    }
    this.#due = undefined;
  }

  #name({ offset, position }: OffsetEntry): string {
    return `entry ${this.reader.index} (offset ${offset} at ${position})`;
  }
}

export class TimeIndexCheck extends IndexCheck<TimeEntry> {
  #last: TimeEntry = { timestamp: -1, offset: -1 };
  /** The largest timestamp of the batches so far. */
  #largest = -1;

  constructor(file: DiskFile, baseOffset: number) {
    super(file, TIME_ENTRY_SIZE, baseOffset);
    this.advance();
  }

  protected override parse(view: DataView): TimeEntry | string {
    const entry = readTimeEntry(view, this.baseOffset);
    if (entry.offset < this.baseOffset) return `${this.#name(entry)} lies before the segment`;
    if (entry.timestamp <= this.#last.timestamp || entry.offset <= this.#last.offset) {
      return `${this.#name(entry)} does not rise`;
    }
    return this.#last = entry;
  }

  override onBatch({ baseOffset, lastOffset, maxTimestamp }: RecordBatch): void {
    const before = this.#largest;
    const largest = Math.max(before, maxTimestamp);
    for (; this.entry !== undefined && this.entry.offset <= lastOffset; this.advance()) {
      const { timestamp, offset } = this.entry;
      // Kafka before 3.6 noted the offset of the record itself, which may lie within its batch: that does no harm.
      const wanted = offset < baseOffset ? before : largest;
      if (timestamp !== wanted) {
        this.complain(`${this.#name(this.entry)}: the largest timestamp up to there is ${wanted}`);
      }
    }
    this.#largest = largest;
  }

  override finish(endOffset: number, isSettled: boolean): void {
    for (; this.entry !== undefined; this.advance()) {
      this.complain(`${this.#name(this.entry)} points behind the log's end, ${endOffset}`);
    }
    if (isSettled && this.#last.timestamp !== this.#largest) {
      this.complain(
        `its last timestamp is ${this.#last.timestamp}; the segment's largest is ${this.#largest}`,
        {},
      );
    }
  }

  #name({ timestamp, offset }: TimeEntry): string {
    return `entry ${this.reader.index} (timestamp ${timestamp} at offset ${offset})`;
  }
}
