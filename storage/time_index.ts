/**
 * `.timeindex`: from a timestamp to an offset. Kafka's layout, big-endian, 12 bytes an entry:
 *
 *     int64 the largest timestamp in the segment up to and with a batch
 *     int32 that batch's last offset, less the segment's base offset
 *
 * So every record with a later timestamp has a later offset: that is all a lookup may rely on. Written together with an
 * entry of the offset index, if the timestamp has grown; and once more when the segment is rolled or closed, so that the
 * last entry then is the segment's largest timestamp. No checksum, for the reason that `offset_index.ts` gives.
 * @module
 */
import type { Disk, DiskFile } from "./disk.ts";
import { IndexFile } from "./index_file.ts";
import { setInt64 } from "../protocol/int64.ts";
import { invariant } from "./log_error.ts";

const ENTRY_SIZE = 12;

/** The timestamp of what has none. */
export const NO_TIMESTAMP = -1;

export interface TimestampOffset {
  /** Milliseconds since 1970; -1 where there is none. */
  readonly timestamp: number;
  readonly offset: number;
}

export class TimeIndex implements Disposable {
  readonly baseOffset: number;
  readonly #file: IndexFile;
  readonly #entry = new Uint8Array(ENTRY_SIZE);
  readonly #view = new DataView(this.#entry.buffer);
  #lastTimestamp = NO_TIMESTAMP;
  #lastOffset: number;

  constructor(disk: Disk, path: string, baseOffset: number, maxBytes: number) {
    this.baseOffset = baseOffset;
    this.#file = new IndexFile(disk, path, ENTRY_SIZE, maxBytes);
    this.#lastOffset = baseOffset;
    if (this.entryCount > 0) {
      const last = this.#file.readEntry(this.entryCount - 1);
      this.#lastTimestamp = Number(last.getBigInt64(0));
      this.#lastOffset = baseOffset + last.getInt32(8);
    }
  }

  get entryCount(): number {
    return this.#file.entryCount;
  }

  /** One entry is kept free for the last one, at the roll. */
  get isFull(): boolean {
    return this.entryCount >= this.#file.maxEntryCount - 1;
  }

  /** The last entry; `{ -1, baseOffset }` if there is none. */
  get last(): TimestampOffset {
    return { timestamp: this.#lastTimestamp, offset: this.#lastOffset };
  }

  /** Appends an entry if its timestamp is greater than the last one's. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.#lastTimestamp) return;
    invariant(
      offset >= this.#lastOffset && offset - this.baseOffset <= 0x7fffffff,
      () =>
        `time index entry ${timestamp}→${offset} after ${this.#lastTimestamp}→${this.#lastOffset} in ${this.#file.path}`,
    );
    setInt64(this.#view, 0, timestamp);
    this.#view.setInt32(8, offset - this.baseOffset);
    this.#file.append(this.#entry);
    this.#lastTimestamp = timestamp;
    this.#lastOffset = offset;
  }

  /** The offset of the entry with the largest timestamp that is not above `timestamp`; the base offset if there is none. */
  lookup(timestamp: number): number {
    return this.find(timestamp)?.offset ?? this.baseOffset;
  }

  /** The entry with the largest timestamp that is not above `timestamp`. */
  find(timestamp: number): TimestampOffset | undefined {
    if (this.entryCount === 0) return undefined;
    if (timestamp >= this.#lastTimestamp) return this.last;
    let low = 0; // entries below `low` are ≤ timestamp
    let high = this.entryCount; // entries from `high` on are > timestamp
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#file.getInt64(middle, 0) <= timestamp) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.entryAt(low - 1);
  }

  entryAt(entryIndex: number): TimestampOffset {
    return {
      timestamp: this.#file.getInt64(entryIndex, 0),
      offset: this.baseOffset + this.#file.getInt32(entryIndex, 8),
    };
  }

  /** What is wrong with it, as far as a glance can tell; `endOffset` is the first offset behind the segment. */
  problem(endOffset: number): string | undefined {
    if (this.#file.hasTornTail) return `its size is not a multiple of ${ENTRY_SIZE}`;
    if (this.entryCount === 0) return undefined;
    if (this.#lastTimestamp < 0) return `its last timestamp is ${this.#lastTimestamp}`;
    if (this.#lastOffset < this.baseOffset || this.#lastOffset >= endOffset) {
      return `its last offset ${this.#lastOffset} is not within ${this.baseOffset} to ${endOffset}`;
    }
    const first = this.#file.readEntry(0);
    if (Number(first.getBigInt64(0)) > this.#lastTimestamp) return "its last timestamp is before its first";
    if (this.entryCount > 1 && Number(first.getBigInt64(0)) === this.#lastTimestamp) {
      return "its timestamps do not rise";
    }
    return undefined;
  }

  clear(): void {
    this.#file.clear();
    this.#lastTimestamp = NO_TIMESTAMP;
    this.#lastOffset = this.baseOffset;
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
}
