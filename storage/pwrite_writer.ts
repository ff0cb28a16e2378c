/**
 * Appends by a system call for each batch, into blocks that were set aside behind the end of the file: the call then has not
 * to find room first. That is a help only; a full disk shows when a batch is written.
 * @module
 */
import type { DiskFile } from "./disk.ts";
import { diskErrorCode } from "./log_error.ts";
import type { SegmentWriter } from "./segment_writer.ts";
import type { WriteAhead } from "./write_ahead.ts";

export interface PwriteWriterOptions {
  readonly ahead: WriteAhead;
  /** Beyond it the file does not grow. */
  readonly maxBytes: number;
}

export class PwriteWriter implements SegmentWriter {
  readonly #file: DiskFile;
  readonly #ahead: WriteAhead;
  readonly #maxBytes: number;
  /** Blocks are set aside up to there, as far as this writer knows. */
  #reservedEnd = 0;
  #takenBytes = 0;

  constructor(file: DiskFile, { ahead, maxBytes }: PwriteWriterOptions) {
    this.#file = file;
    this.#ahead = ahead;
    this.#maxBytes = maxBytes;
  }

  append(bytes: Uint8Array, position: number): void {
    this.#file.writeAt(bytes, position);
    const end = position + bytes.length;
    if (end >= this.#reservedEnd) this.#reserveAhead(end);
  }

  reserve(byteLength: number): void {
    try {
      if (this.#file.allocate(0, byteLength)) this.#reservedEnd = byteLength;
    } catch (error) {
      // The part that there was room for: others may need it.
      this.#tryFree();
      throw error;
    }
  }

  cutTo(size: number): void {
    this.#file.truncate(size);
    this.#reservedEnd = 0;
    this.close();
  }

  finish(size: number): boolean {
    // To the size that it has: that frees blocks behind the end, also those that were set aside before a crash.
    this.cutTo(size);
    return false;
  }

  close(): void {
    this.#ahead.give(this.#takenBytes);
    this.#takenBytes = 0;
  }

  #reserveAhead(end: number): void {
    const byteLength = this.#ahead.sizeAt(end, this.#maxBytes);
    this.close();
    this.#reservedEnd = end + Math.max(byteLength, this.#ahead.retryBytes);
    if (byteLength === 0) return;
    try {
      if (!this.#file.allocate(end, byteLength)) return;
      this.#takenBytes = byteLength;
      this.#ahead.take(byteLength);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
    }
  }

  #tryFree(): void {
    try {
      this.#file.truncate(0);
    } catch (error) {
      // The first failure is the one to be told.
      if (diskErrorCode(error) === undefined) throw error;
    }
  }
}
