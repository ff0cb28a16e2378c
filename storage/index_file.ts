/**
 * What `.index` and `.timeindex` have in common: entries of one size, one after the other, nothing else.
 *
 * New entries gather in memory and go to the file a few hundred at once, by `writeAt`; entries that are in the file are
 * read through a read-only mapping. So an append pays for an entry with a copy of its bytes, an index in use needs no
 * descriptor, and nothing meets the SIGBUS of a mapping that was grown on a full disk. A crash loses what was only in
 * memory: no harm, since the index of a segment that may still grow is made again after a crash.
 *
 * The file is always exactly as long as the entries in it (Kafka's is too, once its segment is closed).
 * @module
 */
import type { Disk, DiskFile, MappedRegion } from "./disk.ts";
import { invariant } from "./log_error.ts";

/** Most bytes of entries that wait in memory: those of some MiB of log. */
const TAIL_BYTES = 4096;
const FIRST_TAIL_BYTES = 96;

export class IndexFile implements Disposable {
  readonly path: string;
  readonly entrySize: number;
  readonly #disk: Disk;
  readonly #maxEntryCount: number;
  /** Entries that are in the file. */
  #writtenCount: number;
  /** Bytes of an entry that could not be written whole may lie behind them. */
  #hasTornTail: boolean;
  /** Entries behind those, not written yet. */
  #tail = new DataView(new ArrayBuffer(0));
  #tailCount = 0;
  /** Open between `finish` and `seal`. */
  #file: DiskFile | undefined;
  /** A mapping of the first entries of the file. */
  #region: MappedRegion | undefined;

  /** Opens the index at `path`, creating an empty one. `maxBytes` is rounded down to whole entries. */
  constructor(disk: Disk, path: string, entrySize: number, maxBytes: number) {
    this.#disk = disk;
    this.path = path;
    this.entrySize = entrySize;
    this.#maxEntryCount = Math.floor(maxBytes / entrySize);
    using file = disk.open(path, { create: true });
    const size = file.size();
    this.#writtenCount = Math.floor(size / entrySize);
    this.#hasTornTail = size % entrySize !== 0;
  }

  get entryCount(): number {
    return this.#writtenCount + this.#tailCount;
  }

  get maxEntryCount(): number {
    return this.#maxEntryCount;
  }

  /** The file held a part of an entry when it was opened: a sign that it was not closed well. */
  get hasTornTail(): boolean {
    return this.#hasTornTail;
  }

  /** If this throws, the entry is not there, and all before it are. */
  append(entry: Uint8Array): void {
    if ((this.#tailCount + 1) * this.entrySize > TAIL_BYTES) this.writeOut();
    const position = this.#tailCount * this.entrySize;
    if (position + this.entrySize > this.#tail.byteLength) this.#growTail();
    new Uint8Array(this.#tail.buffer).set(entry, position);
    this.#tailCount++;
  }

  getInt32(entryIndex: number, offset: number): number {
    return entryIndex < this.#writtenCount
      ? this.#mapped(entryIndex).getInt32(entryIndex * this.entrySize + offset)
      : this.#tail.getInt32(this.#tailPosition(entryIndex) + offset);
  }

  getInt64(entryIndex: number, offset: number): number {
    return entryIndex < this.#writtenCount
      ? this.#mapped(entryIndex).getInt64(entryIndex * this.entrySize + offset)
      : Number(this.#tail.getBigInt64(this.#tailPosition(entryIndex) + offset));
  }

  /** Reads one entry without a mapping: what opening an index costs, when nobody looks anything up. */
  readEntry(entryIndex: number): DataView {
    const entry = new Uint8Array(this.entrySize);
    using file = this.#disk.open(this.path, { readOnly: true });
    const read = file.readAt(entry, entryIndex * this.entrySize);
    invariant(read === this.entrySize, () => `entry ${entryIndex} lies behind the end of ${this.path}`);
    return new DataView(entry.buffer);
  }

  /** Only where nobody else has the index open: a mapping must not outlive what it maps. */
  clear(): void {
    this.#unmap();
    this.#withFile((file) => file.truncate(0));
    this.#writtenCount = 0;
    this.#tailCount = 0;
    this.#hasTornTail = false;
  }

  /** The file, if it is open: between `finish` and `seal`. What a sync is about. */
  get openFile(): DiskFile | undefined {
    return this.#file;
  }

  /** Brings all entries into the file. If this throws, they wait on in memory. */
  writeOut(): void {
    if (this.#tailCount === 0) return;
    const bytes = new Uint8Array(this.#tail.buffer, 0, this.#tailCount * this.entrySize);
    this.#hasTornTail = true;
    this.#withFile((file) => file.writeAt(bytes, this.#writtenCount * this.entrySize));
    this.#hasTornTail = false;
    this.#writtenCount += this.#tailCount;
    this.#tailCount = 0;
  }

  /** Brings all entries into the file, cuts what is no whole entry, and leaves the file open, so that it can be synced. */
  finish(): void {
    this.#file ??= this.#disk.open(this.path);
    this.writeOut();
    if (!this.#hasTornTail) return;
    this.#unmap();
    this.#file.truncate(this.#writtenCount * this.entrySize);
    this.#hasTornTail = false;
  }

  /** No more entries will come: gives the descriptor and memory back. Lookups go on. */
  seal(): void {
    this.#file?.close();
    this.#file = undefined;
    if (this.#tailCount === 0) this.#tail = new DataView(new ArrayBuffer(0));
  }

  /** Gives everything back; what is only in memory is lost. */
  close(): void {
    this.#unmap();
    this.seal();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #growTail(): void {
    const { byteLength } = this.#tail;
    const grown = new Uint8Array(Math.min(Math.max(byteLength * 2, FIRST_TAIL_BYTES), TAIL_BYTES));
    grown.set(new Uint8Array(this.#tail.buffer));
    this.#tail = new DataView(grown.buffer);
  }

  #tailPosition(entryIndex: number): number {
    invariant(
      entryIndex < this.entryCount,
      () => `entry ${entryIndex} of ${this.entryCount} in ${this.path}`,
    );
    return (entryIndex - this.#writtenCount) * this.entrySize;
  }

  #withFile<T>(use: (file: DiskFile) => T): T {
    if (this.#file) return use(this.#file);
    using file = this.#disk.open(this.path);
    return use(file);
  }

  /** A mapping that reaches to `entryIndex` at least; it may have been made when the file was shorter. */
  #mapped(entryIndex: number): MappedRegion {
    if (this.#region && (entryIndex + 1) * this.entrySize <= this.#region.byteLength) return this.#region;
    this.#unmap();
    return this.#region = this.#withFile((file) => file.map(this.#writtenCount * this.entrySize));
  }

  #unmap(): void {
    this.#region?.close();
    this.#region = undefined;
  }
}
