/**
 * Entries of one size from a file, one after the other: a reading of indexes that shares nothing with the one that the
 * broker serves by, so that a mistake in it shows.
 * @module
 */
import type { DiskFile } from "../disk.ts";

const CHUNK_ENTRIES = 4096;
const ZERO_CHUNK_BYTES = 256 * 1024;

export class EntryReader {
  readonly entrySize: number;
  readonly entryCount: number;
  /** Bytes behind the last whole entry. */
  readonly tornBytes: number;
  /** Of the entry read last; -1 before the first. */
  index = -1;
  readonly #file: DiskFile;
  readonly #chunk: Uint8Array;
  readonly #view: DataView;
  /** Index of the first entry in the chunk. */
  #chunkStart = 0;
  #chunkCount = 0;

  constructor(file: DiskFile, entrySize: number) {
    this.#file = file;
    this.entrySize = entrySize;
    const size = file.size();
    this.entryCount = Math.floor(size / entrySize);
    this.tornBytes = size % entrySize;
    this.#chunk = new Uint8Array(Math.min(CHUNK_ENTRIES, Math.max(this.entryCount, 1)) * entrySize);
    this.#view = new DataView(this.#chunk.buffer);
  }

  /** Where the entry read last begins in the file. */
  get position(): number {
    return this.index * this.entrySize;
  }

  /** Goes to the next entry; undefined if there is none. The view is good until the next call. */
  next(): DataView | undefined {
    const index = this.index + 1;
    if (index >= this.entryCount) return undefined;
    if (index >= this.#chunkStart + this.#chunkCount) {
      this.#chunkStart = index;
      this.#chunkCount = Math.floor(
        this.#file.readAt(this.#chunk, index * this.entrySize) / this.entrySize,
      );
      if (this.#chunkCount === 0) return undefined;
    }
    this.index = index;
    return new DataView(this.#view.buffer, (index - this.#chunkStart) * this.entrySize, this.entrySize);
  }

  /** Whether the entry read last and all behind it are zeros. */
  isZeroFromHere(): boolean {
    const words = new Int32Array(ZERO_CHUNK_BYTES / 4);
    const bytes = new Uint8Array(words.buffer);
    const end = this.entryCount * this.entrySize + this.tornBytes;
    for (let position = this.position; position < end;) {
      const read = this.#file.readAt(bytes, position);
      if (read === 0) break;
      bytes.fill(0, read);
      // By words, since Kafka sets 10 MiB aside for each index.
      for (let index = 0; index * 4 < read; index++) if (words[index] !== 0) return false;
      position += read;
    }
    return true;
  }

  /** Goes behind the last entry. */
  skipRest(): void {
    this.index = this.entryCount;
  }
}
