/**
 * Appends by copying into a window: a part of the file, behind its last batch, that is mapped and has its blocks. The next
 * window is made when half of the present one is used, and its pages are faulted in by another thread; should that be late,
 * the copy takes the page faults itself.
 *
 * While there is a window the file is longer than its batches, and ends with zeros; nobody may take its size for the end of
 * the log. A window belongs to the bytes behind the last batch only, so readers never meet one.
 *
 * Where there is no window (the file is small yet, the disk nearly full, the file system can't) bytes go by `writeAt`:
 * mapping and page cache are the same memory, so the two may take turns.
 * @module
 */
import type { DiskFile, WritableRegion } from "./disk.ts";
import type { SegmentWriter } from "./segment_writer.ts";
import type { WriteWindows } from "./write_windows.ts";

export interface MappedWriterOptions {
  /** Where there is no window. */
  readonly plain: SegmentWriter;
  readonly windows: WriteWindows;
  /** Beyond it the file does not grow. */
  readonly maxBytes: number;
}

export class MappedWriter implements SegmentWriter {
  readonly #file: DiskFile;
  readonly #plain: SegmentWriter;
  readonly #windows: WriteWindows;
  readonly #maxBytes: number;
  /** It holds the end of the last batch, or begins there. */
  #window: WritableRegion | undefined;
  /** Begins where `#window` ends. */
  #next: WritableRegion | undefined;
  /** Windows have reached up to there since the file was last cut. */
  #windowsEnd = 0;
  /** Before that position no window is asked for. */
  #nextTryAt = 0;

  constructor(file: DiskFile, { plain, windows, maxBytes }: MappedWriterOptions) {
    this.#file = file;
    this.#plain = plain;
    this.#windows = windows;
    this.#maxBytes = maxBytes;
  }

  append(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    for (let at = position; at < end;) {
      const window = this.#windowAt(at);
      if (window === undefined) {
        this.#plain.append(bytes.subarray(at - position), at);
        return;
      }
      const partEnd = Math.min(end, window.end);
      window.write(bytes.subarray(at - position, partEnd - position), at);
      at = partEnd;
    }
    this.#lookAhead(end);
  }

  reserve(byteLength: number): void {
    this.#plain.reserve(byteLength);
  }

  cutTo(size: number): void {
    this.close();
    this.#plain.cutTo(size);
    this.#windowsEnd = 0;
  }

  finish(size: number): boolean {
    if (this.#windowsEnd <= size) {
      this.close();
      return this.#plain.finish(size);
    }
    this.cutTo(size);
    return true;
  }

  close(): void {
    for (const window of [this.#window, this.#next]) if (window) this.#windows.close(window);
    this.#window = this.#next = undefined;
    this.#plain.close();
  }

  /** The window to write to at `position`, which is where all that was written ends; undefined if there is none. */
  #windowAt(position: number): WritableRegion | undefined {
    if (this.#window !== undefined && position < this.#window.end) return this.#window;
    if (this.#window !== undefined) this.#windows.close(this.#window);
    this.#window = this.#next ?? this.#open(position);
    this.#next = undefined;
    return this.#window;
  }

  #lookAhead(end: number): void {
    const window = this.#window!;
    if (this.#next !== undefined || window.end - end > (window.end - window.position) / 2) return;
    this.#next = this.#open(window.end);
  }

  #open(position: number): WritableRegion | undefined {
    if (position < this.#nextTryAt) return undefined;
    const window = this.#windows.open(this.#file, position, this.#maxBytes);
    if (window === undefined) this.#nextTryAt = position + this.#windows.retryBytes;
    else this.#windowsEnd = window.end;
    return window;
  }
}
