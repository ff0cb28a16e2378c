/**
 * The head of a file, mapped for reading.
 *
 * At all times `#end <= min(byteLength, size of the file)`, and only bytes below `#end` are read: so a read never
 * touches a page that the file does not have (SIGBUS) and, `#end` being 0 after `close`, never one that is no
 * longer mapped. `#end` moves up when a read finds it too low and the file has grown, and down when the file is
 * about to be truncated. Outside this process nobody may shrink the file; the lock on the data directory is for that.
 * @module
 */
import type { MappedRegion as MappedRegionPort } from "../storage/disk.ts";
import { MemoryMapping, PROT_READ } from "./memory_mapping.ts";

/** The file behind a region. */
export interface MappedFile {
  readonly path: string;
  /** Negative once the file is closed. */
  descriptor(): number;
  size(): number;
  /** Called once, when the region needs no more care. */
  forget(region: MappedRegion): void;
}

const NOTHING = new DataView(new ArrayBuffer(0));
const TWO_32 = 0x1_0000_0000;

export class MappedRegion implements MappedRegionPort {
  readonly byteLength: number;
  readonly #file: MappedFile;
  readonly #mapping: MemoryMapping | undefined;
  #view: DataView = NOTHING;
  #end = 0;
  #open = true;

  constructor(file: MappedFile, byteLength: number) {
    this.byteLength = byteLength;
    this.#file = file;
    if (byteLength > 0) { // mmap refuses an empty range
      this.#mapping = new MemoryMapping(
        { path: file.path, descriptor: file.descriptor() },
        0,
        byteLength,
        PROT_READ,
      );
      this.#view = new DataView(this.#mapping.buffer());
    }
    this.refresh();
  }

  getInt32(position: number): number {
    if (!(position + 4 <= this.#end)) this.#reach(position, 4);
    return this.#view.getInt32(position);
  }

  /** The nearest number. */
  getInt64(position: number): number {
    if (!(position + 8 <= this.#end)) this.#reach(position, 8);
    return this.#view.getInt32(position) * TWO_32 + this.#view.getUint32(position + 4);
  }

  /** Takes note of the size that the file has now. */
  refresh(): void {
    if (this.#open) this.#end = Math.min(this.byteLength, this.#file.size());
  }

  /** The file is about to be cut to `size` bytes. */
  shrink(size: number): void {
    this.#end = Math.min(this.#end, size);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#end = 0;
    this.#view = NOTHING;
    this.#file.forget(this);
    this.#mapping?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Returns if [position, position + length) can be read after all, as the file has grown. */
  #reach(position: number, length: number): void {
    const wanted = `read ${length} mapped bytes at ${position} of ${this.#file.path}`;
    if (!this.#open) throw new RangeError(`${wanted}: the mapping has been closed`);
    if (!(position + length <= this.byteLength)) {
      throw new RangeError(`${wanted}: the mapping has ${this.byteLength} bytes`);
    }
    if (this.#file.descriptor() >= 0) this.refresh();
    if (position + length > this.#end) throw new RangeError(`${wanted}: the file has ${this.#end} bytes`);
  }
}
