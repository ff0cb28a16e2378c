/**
 * What `.index` and `.timeindex` have in common: entries of one size, one after the other, nothing else.
 *
 * Entries are appended by `writeAt` and read through a read-only mapping. One path for writing, and none of the
 * SIGBUS that a mapping grown by `truncate` meets on a full disk. The file is always exactly as long as its entries
 * (Kafka's is too, once its segment is closed). The mapping reaches over the room that the file may grow into, so it is
 * made once; below `entryCount` only is it read.
 *
 * No descriptor stays open but that of an index which may grow and is in use.
 * @module
 */
import type { Disk, DiskFile, MappedRegion } from "./disk.ts";
import { invariant } from "./log_error.ts";

export class IndexFile implements Disposable {
  readonly path: string;
  readonly entrySize: number;
  readonly #disk: Disk;
  readonly #maxEntryCount: number;
  #entryCount: number;
  /** Bytes of an entry that could not be written whole may lie behind the last one. */
  #hasTornTail: boolean;
  #isSealed = false;
  #file: DiskFile | undefined;
  #region: MappedRegion | undefined;

  /** Opens the index at `path`, creating an empty one. `maxBytes` is rounded down to whole entries. */
  constructor(disk: Disk, path: string, entrySize: number, maxBytes: number) {
    this.#disk = disk;
    this.path = path;
    this.entrySize = entrySize;
    this.#maxEntryCount = Math.floor(maxBytes / entrySize);
    using file = disk.open(path, { create: true });
    const size = file.size();
    this.#entryCount = Math.floor(size / entrySize);
    this.#hasTornTail = size % entrySize !== 0;
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  get maxEntryCount(): number {
    return this.#maxEntryCount;
  }

  /** The file held a part of an entry when it was opened: a sign that it was not closed well. */
  get hasTornTail(): boolean {
    return this.#hasTornTail;
  }

  append(entry: Uint8Array): void {
    this.#hasTornTail = true;
    this.#openFile().writeAt(entry, this.#entryCount * this.entrySize);
    this.#hasTornTail = false;
    this.#entryCount++;
  }

  getInt32(entryIndex: number, offset: number): number {
    invariant(
      entryIndex < this.#entryCount,
      () => `entry ${entryIndex} of ${this.#entryCount} in ${this.path}`,
    );
    return this.#mapped().getInt32(entryIndex * this.entrySize + offset);
  }

  getInt64(entryIndex: number, offset: number): number {
    invariant(
      entryIndex < this.#entryCount,
      () => `entry ${entryIndex} of ${this.#entryCount} in ${this.path}`,
    );
    return this.#mapped().getInt64(entryIndex * this.entrySize + offset);
  }

  /** Reads one entry without a mapping: what opening an index costs, when nobody looks anything up. */
  readEntry(entryIndex: number): DataView {
    const entry = new Uint8Array(this.entrySize);
    const read = this.#withFile((file) => file.readAt(entry, entryIndex * this.entrySize));
    invariant(read === this.entrySize, () => `entry ${entryIndex} lies behind the end of ${this.path}`);
    return new DataView(entry.buffer);
  }

  /** Only where nobody else has the index open: a mapping must not outlive what it maps. */
  clear(): void {
    this.#unmap();
    this.#openFile().truncate(0);
    this.#entryCount = 0;
    this.#hasTornTail = false;
  }

  /** The file, if it is open, as it is when entries were written: what a sync is about. */
  get openFile(): DiskFile | undefined {
    return this.#file;
  }

  /** Cuts what is no whole entry, and opens the file if it is not open, so that it can be synced. */
  finish(): void {
    this.#openFile();
    if (!this.#hasTornTail) return;
    this.#unmap();
    this.#openFile().truncate(this.#entryCount * this.entrySize);
    this.#hasTornTail = false;
  }

  /** No more entries will come: gives the descriptor back. Lookups go on. */
  seal(): void {
    this.#isSealed = true;
    this.#file?.close();
    this.#file = undefined;
  }

  close(): void {
    this.#unmap();
    this.seal();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openFile(): DiskFile {
    return this.#file ??= this.#disk.open(this.path);
  }

  #withFile<T>(use: (file: DiskFile) => T): T {
    if (this.#file) return use(this.#file);
    using file = this.#disk.open(this.path, { readOnly: true });
    return use(file);
  }

  #mapped(): MappedRegion {
    if (this.#region) return this.#region;
    // A region learns from its file that there is more to read, so the file of a growing index stays open.
    if (!this.#isSealed) this.#openFile();
    const entryCount = this.#isSealed ? this.#entryCount : Math.max(this.#entryCount, this.#maxEntryCount);
    return this.#region = this.#withFile((file) => file.map(entryCount * this.entrySize));
  }

  #unmap(): void {
    this.#region?.close();
    this.#region = undefined;
  }
}
