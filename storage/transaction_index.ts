/**
 * `.txnindex`: the aborted transactions whose marker lies in a segment, in the order of the markers. Kafka's layout,
 * big-endian, 34 bytes an entry:
 *
 *     int16 version = 0, int64 producer id, int64 first offset, int64 last offset (the marker's),
 *     int64 last stable offset when the marker was written
 *
 * Consumers of committed records are told of them with the records, and leave those out. The file comes with the segment's
 * first aborted transaction; most segments have none.
 *
 * It says nothing that the log does not say, but unlike the other indexes nobody looks it up in the log again: an entry that
 * is missing shows a consumer what was taken back. So an entry that can't be written stays in memory and counts until it is
 * written, a segment is not finished before all are, and the file is made again whenever it is in doubt
 * (`transaction_recovery.ts`).
 *
 * Offsets of markers rise, and last stable offsets do not fall: that is what a search relies on.
 * @module
 */
import { getInt64, setInt64 } from "../protocol/int64.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { TEMPORARY_SUFFIX } from "./file_names.ts";
import { invariant } from "./log_error.ts";

const VERSION = 0;
const ENTRY_SIZE = 34;
const CHUNK_ENTRIES = 64;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

export class TransactionIndex implements Disposable {
  readonly path: string;
  readonly baseOffset: number;
  readonly #disk: Disk;
  /** Open between the first write and `seal`. */
  #file: DiskFile | undefined;
  /** Entries in the file; undefined: nobody has looked yet. */
  #writtenCount: number | undefined;
  /** Bytes behind them may be part of one. */
  #hasTornTail = false;
  /** Entries that the disk has not taken yet. */
  #unwritten: AbortedTransaction[] = [];
  /** Of the last entry in the file; -1 if there is none. */
  #lastWrittenOffset = -1;

  /** Touches no file. */
  constructor(disk: Disk, path: string, baseOffset: number) {
    this.#disk = disk;
    this.path = path;
    this.baseOffset = baseOffset;
  }

  get entryCount(): number {
    return this.#look() + this.#unwritten.length;
  }

  /** If this throws, the entry counts nevertheless, and is written with the next one. */
  append(entry: AbortedTransaction): void {
    invariant(
      entry.lastOffset > this.#lastOffset,
      () => `a marker at ${entry.lastOffset} after one at ${this.#lastOffset} in ${this.path}`,
    );
    // First of all: even if the disk does not tell what is there.
    const { producerId, firstOffset, lastOffset, lastStableOffset } = entry;
    this.#unwritten.push({ producerId, firstOffset, lastOffset, lastStableOffset });
    this.#writeOut();
  }

  /**
   * Adds to `into` those that have records in [from, upTo). Returns whether that is all: if not, transactions that end in a
   * later segment may have some too.
   */
  collect(from: number, upTo: number, into: AbortedTransaction[]): boolean {
    const { entryCount } = this;
    if (entryCount === 0 || this.#lastOffset < from) return false;
    return this.#withEntries((entryAt) => {
      for (let index = firstIndexFrom(entryAt, entryCount, from); index < entryCount; index++) {
        const entry = entryAt(index);
        if (entry.firstOffset < upTo) into.push(entry);
        if (entry.lastStableOffset >= upTo) return true;
      }
      return false;
    });
  }

  entries(): AbortedTransaction[] {
    const { entryCount } = this;
    if (entryCount === 0) return [];
    return this.#withEntries((entryAt) => Array.from({ length: entryCount }, (_, index) => entryAt(index)));
  }

  /** Takes out those that end at `offset` or behind it, with the end of the log. */
  truncateTo(offset: number): void {
    const kept = this.entries().filter(({ lastOffset }) => lastOffset < offset);
    if (kept.length === this.entryCount) return;
    const written = Math.min(kept.length, this.#look());
    this.#openFile().truncate(written * ENTRY_SIZE);
    this.#writtenCount = written;
    this.#hasTornTail = false;
    this.#unwritten = kept.slice(written);
    this.#lastWrittenOffset = kept[written - 1]?.lastOffset ?? -1;
  }

  /** What is wrong with it; `endOffset` is the first offset behind the segment. Reads all of it. */
  problem(endOffset: number): string | undefined {
    this.#look();
    if (this.#hasTornTail) return `its size is not a multiple of ${ENTRY_SIZE}`;
    let last = this.baseOffset - 1;
    let stable = -1;
    for (const [index, entry] of this.entries().entries()) {
      const { producerId, firstOffset, lastOffset, lastStableOffset } = entry;
      if (Number.isNaN(producerId)) return `entry ${index} is not of version ${VERSION}`;
      if (producerId < 0) return `entry ${index} is of producer ${producerId}`;
      if (firstOffset < 0 || firstOffset >= lastOffset) {
        return `entry ${index} is of a transaction from ${firstOffset} to ${lastOffset}`;
      }
      if (lastOffset <= last || lastOffset >= endOffset) {
        return `entry ${index} has a marker at ${lastOffset}, which is not between ${last} and ${endOffset}`;
      }
      if (lastStableOffset < stable || lastStableOffset > lastOffset + 1) {
        return `entry ${index} has the last stable offset ${lastStableOffset} after ${stable}`;
      }
      last = lastOffset;
      stable = lastStableOffset;
    }
  }

  /**
   * Makes it hold just `entries`, durably: after a crash it is as before or as wanted. Returns whether the directory is to be
   * synced for that.
   */
  replace(entries: readonly AbortedTransaction[]): boolean {
    const bytes = encodeEntries(entries);
    if (this.#unwritten.length === 0 && this.#holds(bytes)) {
      // It may never have reached the disk, and a clean close without any change would vouch for it.
      this.finish();
      this.#file?.syncData();
      return bytes.length > 0;
    }
    this.close();
    if (bytes.length === 0) this.#disk.removeFile(this.path);
    else {
      const temporary = this.path + TEMPORARY_SUFFIX;
      {
        using file = this.#disk.open(temporary, { create: true });
        file.truncate(0);
        file.writeAt(bytes, 0);
        file.syncData();
      }
      this.#disk.rename(temporary, this.path);
    }
    this.#unwritten = [];
    this.#lastWrittenOffset = -1;
    this.#writtenCount = undefined;
    return true;
  }

  /** Makes the file whole, and leaves it open, so that it can be synced; without entries there need be none. */
  finish(): void {
    if (this.entryCount === 0 && !this.#hasTornTail) return;
    const file = this.#openFile();
    this.#writeOut();
    if (!this.#hasTornTail) return;
    file.truncate(this.#look() * ENTRY_SIZE);
    this.#hasTornTail = false;
  }

  /** The file, if it is open: what a sync is about. */
  get openFile(): DiskFile | undefined {
    return this.#file;
  }

  /** No more entries will come: gives the descriptor back. */
  seal(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Gives the descriptor back. Entries that the disk has not taken yet stay, and whatever is asked later opens it again. */
  close(): void {
    this.seal();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #lastOffset(): number {
    return this.#unwritten[this.#unwritten.length - 1]?.lastOffset ?? this.#lastWrittenOffset;
  }

  /** Entries in the file. */
  #look(): number {
    if (this.#writtenCount !== undefined) return this.#writtenCount;
    this.#lastWrittenOffset = -1;
    this.#hasTornTail = false;
    if (!this.#disk.exists(this.path)) return this.#writtenCount = 0;
    return this.#withFile((file) => {
      const size = file.size();
      const count = Math.floor(size / ENTRY_SIZE);
      this.#hasTornTail = size % ENTRY_SIZE !== 0;
      if (count > 0) this.#lastWrittenOffset = new EntryReader(file, count, []).entryAt(count - 1).lastOffset;
      return this.#writtenCount = count;
    });
  }

  #writeOut(): void {
    if (this.#unwritten.length === 0) return;
    const written = this.#look();
    const file = this.#openFile();
    this.#hasTornTail = true;
    file.writeAt(encodeEntries(this.#unwritten), written * ENTRY_SIZE);
    this.#hasTornTail = false;
    this.#lastWrittenOffset = this.#lastOffset;
    this.#writtenCount = written + this.#unwritten.length;
    this.#unwritten = [];
  }

  #openFile(): DiskFile {
    return this.#file ??= this.#disk.open(this.path, { create: true });
  }

  #withFile<T>(use: (file: DiskFile) => T): T {
    if (this.#file) return use(this.#file);
    using file = this.#disk.open(this.path, { readOnly: true });
    return use(file);
  }

  #withEntries<T>(use: (entryAt: (index: number) => AbortedTransaction) => T): T {
    const written = this.#look();
    const unwritten = this.#unwritten;
    if (written === 0) return use((index) => unwritten[index]!);
    return this.#withFile((file) => {
      const reader = new EntryReader(file, written, unwritten);
      return use((index) => reader.entryAt(index));
    });
  }

  #holds(bytes: Uint8Array): boolean {
    if (!this.#disk.exists(this.path)) return bytes.length === 0;
    return this.#withFile((file) => {
      const found = new Uint8Array(file.size());
      if (bytes.length === 0 || found.length !== bytes.length) return false;
      file.readAt(found, 0);
      return found.every((byte, index) => byte === bytes[index]);
    });
  }
}

/** Reads entries of a file, some at a time: they are asked for one after the other, or here and there in a search. */
class EntryReader {
  readonly #file: DiskFile;
  readonly #writtenCount: number;
  readonly #unwritten: readonly AbortedTransaction[];
  readonly #chunk = new Uint8Array(CHUNK_ENTRIES * ENTRY_SIZE);
  readonly #view = new DataView(this.#chunk.buffer);
  #chunkStart = 0;
  #chunkCount = 0;

  constructor(file: DiskFile, writtenCount: number, unwritten: readonly AbortedTransaction[]) {
    this.#file = file;
    this.#writtenCount = writtenCount;
    this.#unwritten = unwritten;
  }

  entryAt(index: number): AbortedTransaction {
    if (index >= this.#writtenCount) return this.#unwritten[index - this.#writtenCount]!;
    if (index < this.#chunkStart || index >= this.#chunkStart + this.#chunkCount) {
      const read = this.#file.readAt(this.#chunk, index * ENTRY_SIZE);
      this.#chunkStart = index;
      this.#chunkCount = Math.floor(read / ENTRY_SIZE);
      invariant(this.#chunkCount > 0, () => `entry ${index} lies behind the end of ${this.#file.path}`);
    }
    const at = (index - this.#chunkStart) * ENTRY_SIZE;
    const view = this.#view;
    return {
      // NaN: of a version that nobody here knows.
      producerId: view.getInt16(at) === VERSION ? getInt64(view, at + 2) : NaN,
      firstOffset: getInt64(view, at + 10),
      lastOffset: getInt64(view, at + 18),
      lastStableOffset: getInt64(view, at + 26),
    };
  }
}

function encodeEntries(entries: readonly AbortedTransaction[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  entries.forEach((entry, index) => {
    const at = index * ENTRY_SIZE;
    view.setInt16(at, VERSION);
    setInt64(view, at + 2, entry.producerId);
    setInt64(view, at + 10, entry.firstOffset);
    setInt64(view, at + 18, entry.lastOffset);
    setInt64(view, at + 26, entry.lastStableOffset);
  });
  return bytes;
}

/** Index of the first entry whose marker is not before `offset`; `entryCount` if there is none. */
function firstIndexFrom(
  entryAt: (index: number) => AbortedTransaction,
  entryCount: number,
  offset: number,
): number {
  let low = 0; // entries below `low` end before
  let high = entryCount; // entries from `high` on do not
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entryAt(middle).lastOffset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
