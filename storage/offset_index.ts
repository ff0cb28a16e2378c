/**
 * `.index`: from an offset to a position in the segment's log file. Kafka's layout, big-endian, 8 bytes an entry:
 *
 *     int32 last offset of a batch, less the segment's base offset
 *     int32 position of that batch
 *
 * Sparse: an entry for the first batch that starts more than `index.interval.bytes` behind the last indexed one; none for
 * the segment's first batch. Both columns rise strictly, so no position is 0.
 *
 * No checksum: an index says nothing that the log does not say, so it is checked by looking where it points, and made
 * again whenever in doubt. Who looks something up gets a place to start reading batch headers from, never an answer: it must
 * find a batch there whose base offset is not past the target, or read from the segment's start (see `segment.ts`).
 * @module
 */
import type { Disk, DiskFile } from "./disk.ts";
import { IndexFile } from "./index_file.ts";
import { invariant } from "./log_error.ts";

const ENTRY_SIZE = 8;

export interface OffsetPosition {
  readonly offset: number;
  /** Bytes from the start of the log file. */
  readonly position: number;
}

export class OffsetIndex implements Disposable {
  readonly baseOffset: number;
  readonly #file: IndexFile;
  readonly #entry = new Uint8Array(ENTRY_SIZE);
  readonly #view = new DataView(this.#entry.buffer);
  #lastOffset: number;
  #lastPosition: number;

  constructor(disk: Disk, path: string, baseOffset: number, maxBytes: number) {
    this.baseOffset = baseOffset;
    this.#file = new IndexFile(disk, path, ENTRY_SIZE, maxBytes);
    this.#lastOffset = baseOffset;
    this.#lastPosition = 0;
    if (this.entryCount > 0) {
      const last = this.#file.readEntry(this.entryCount - 1);
      this.#lastOffset = baseOffset + last.getInt32(0);
      this.#lastPosition = last.getInt32(4);
    }
  }

  get entryCount(): number {
    return this.#file.entryCount;
  }

  get isFull(): boolean {
    return this.entryCount >= this.#file.maxEntryCount;
  }

  /** The last entry; `{ baseOffset, 0 }` if there is none. */
  get last(): OffsetPosition {
    return { offset: this.#lastOffset, position: this.#lastPosition };
  }

  append(offset: number, position: number): void {
    invariant(
      offset - this.baseOffset <= 0x7fffffff && position > this.#lastPosition &&
        (offset > this.#lastOffset || this.entryCount === 0),
      () =>
        `index entry ${offset}@${position} after ${this.#lastOffset}@${this.#lastPosition} in ${this.#file.path}`,
    );
    this.#view.setInt32(0, offset - this.baseOffset);
    this.#view.setInt32(4, position);
    this.#file.append(this.#entry);
    this.#lastOffset = offset;
    this.#lastPosition = position;
  }

  /** The position of the entry with the largest offset that is not above `target`; 0, the segment's start, if there is none. */
  lookup(target: number): number {
    // Readers at the tail are the rule: they need no mapping.
    if (target >= this.#lastOffset) return this.#lastPosition;
    return this.#positionBefore(this.#countUpTo(target));
  }

  /**
   * Between which batches one that has `target` lies: `from` is what `lookup` says, `to` the position of the next entry, whose
   * batch is the last that comes into question; undefined if there is none.
   */
  lookupRange(target: number): { readonly from: number; readonly to: number | undefined } {
    if (target >= this.#lastOffset) return { from: this.#lastPosition, to: undefined };
    const count = this.#countUpTo(target);
    // Without entries also a target before the segment comes here: of a gap that compaction has left.
    const to = count < this.entryCount ? this.#file.getInt32(count, 4) : undefined;
    return { from: this.#positionBefore(count), to };
  }

  /** The largest position in it that is not above `limit`; 0, the segment's start, if there is none. */
  lookupPosition(limit: number): number {
    let low = 0; // entries below `low` are ≤ limit
    let high = this.entryCount; // entries from `high` on are > limit
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#file.getInt32(middle, 4) <= limit) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#file.getInt32(low - 1, 4);
  }

  /** An offset that nothing before `position` reaches: that of the first entry from there on; undefined if there is none. */
  offsetBehind(position: number): number | undefined {
    if (position > this.#lastPosition) return undefined;
    let low = 0; // entries below `low` are < position
    let high = this.entryCount; // entries from `high` on are ≥ position
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#file.getInt32(middle, 4) < position) low = middle + 1;
      else high = middle;
    }
    return low === this.entryCount ? undefined : this.entryAt(low).offset;
  }

  entryAt(entryIndex: number): OffsetPosition {
    return {
      offset: this.baseOffset + this.#file.getInt32(entryIndex, 0),
      position: this.#file.getInt32(entryIndex, 4),
    };
  }

  /** What is wrong with it, as far as a glance can tell; `logSize` is the size of the log file. */
  problem(logSize: number): string | undefined {
    if (this.#file.hasTornTail) return `its size is not a multiple of ${ENTRY_SIZE}`;
    if (this.entryCount === 0) return undefined;
    if (this.#lastOffset <= this.baseOffset && this.entryCount > 1) {
      return "its last offset is the segment's first";
    }
    if (this.#lastOffset < this.baseOffset) return "its last offset lies before the segment";
    if (this.#lastPosition <= 0) return "its last position is not behind the first batch";
    if (this.#lastPosition >= logSize) {
      return `its last position ${this.#lastPosition} is not within ${logSize} bytes`;
    }
    return undefined;
  }

  clear(): void {
    this.#file.clear();
    this.#lastOffset = this.baseOffset;
    this.#lastPosition = 0;
  }

  /** Brings what is only in memory into the file. */
  writeOut(): void {
    this.#file.writeOut();
  }

  /** Brings all into the file and leaves it open, so that it can be synced. */
  finish(): void {
    this.#file.finish();
  }

  /** The file, if it is open: what a sync is about. */
  get openFile(): DiskFile | undefined {
    return this.#file.openFile;
  }

  seal(): void {
    this.#file.seal();
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** How many entries are not above `target`, which is below the last one. */
  #countUpTo(target: number): number {
    const relative = target - this.baseOffset;
    let low = 0; // entries below `low` are ≤ target
    let high = this.entryCount; // entries from `high` on are > target
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#file.getInt32(middle, 0) <= relative) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #positionBefore(entryIndex: number): number {
    return entryIndex === 0 ? 0 : this.#file.getInt32(entryIndex - 1, 4);
  }
}
