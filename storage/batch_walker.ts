/**
 * Steps through a log file from batch to batch, reading headers only. Shared by all logs of a store: it holds one
 * small buffer and no file.
 *
 * What it reads is a header only if the numbers in it fit: a batch of format v2 that ends within the file. CRCs are
 * recovery's business.
 * @module
 */
import { BATCH_OVERHEAD, LOG_OVERHEAD, RecordBatch } from "../protocol/record_batch.ts";
import type { DiskFile } from "./disk.ts";

/** One read brings several small batches, and costs no more than one header. */
const CHUNK_BYTES = 4096;
/** What a long walk over small batches comes to read at once. */
const MAX_CHUNK_BYTES = 64 * 1024;

export class BatchWalker {
  /** The batch arrived at. Only the fields of its header may be read, and only until the next step. */
  readonly batch = new RecordBatch();
  #chunk = new Uint8Array(CHUNK_BYTES);
  /** What is read at once, for the time being. */
  #chunkBytes = CHUNK_BYTES;
  #isLong = false;
  #chunkStart = 0;
  #chunkEnd = 0;
  #file: DiskFile | undefined;
  #end = 0;
  #position = 0;
  #nextPosition = 0;

  /**
   * Sets out from `position`, where a batch begins, to walk up to `end`. A long walk reads more at once as it goes on: not for
   * lookups, which read no further than what was seen to be in the page cache.
   */
  start(file: DiskFile, position: number, end: number, { isLong = false } = {}): void {
    this.#file = file;
    this.#end = end;
    this.#position = this.#nextPosition = position;
    this.#chunkStart = this.#chunkEnd = 0;
    this.#chunkBytes = CHUNK_BYTES;
    this.#isLong = isLong;
  }

  /** Where the batch arrived at begins in the file. */
  get position(): number {
    return this.#position;
  }

  /** Where it ends; after `next()` returned false, where the walk came to its end. */
  get nextPosition(): number {
    return this.#nextPosition;
  }

  /** Whether the walk came to its end because nothing is left, and not because what follows is no batch. */
  get isAtEnd(): boolean {
    return this.#nextPosition === this.#end;
  }

  /** Goes to the next batch; false where there is none. */
  next(): boolean {
    const position = this.#nextPosition;
    if (this.#end - position < BATCH_OVERHEAD) return false;
    if (position + BATCH_OVERHEAD > this.#chunkEnd && !this.#read(position)) return false;
    const { batch } = this;
    batch.reset(this.#chunk, position - this.#chunkStart);
    const size = batch.sizeInBytes;
    if (size < BATCH_OVERHEAD || position + size > this.#end || batch.magic !== 2) return false;
    this.#position = position;
    this.#nextPosition = position + size;
    return true;
  }

  /** Makes the header at `position` available; false where the file ends before it does. */
  #read(position: number): boolean {
    const last = this.#chunkEnd - this.#chunkStart;
    if (this.#isLong && last > 0 && position - this.#chunkEnd < last) {
      // Little of what follows is skipped, so that reading more of it at once is cheaper than to ask again.
      this.#chunkBytes = Math.min(this.#chunkBytes * 2, MAX_CHUNK_BYTES);
      if (this.#chunkBytes > this.#chunk.length) this.#chunk = new Uint8Array(this.#chunkBytes);
    }
    const length = Math.min(this.#chunkBytes, this.#end - position);
    this.#chunkStart = position;
    this.#chunkEnd = position + this.#file!.readAt(this.#chunk.subarray(0, length), position);
    return this.#chunkEnd - position >= BATCH_OVERHEAD;
  }

  /** What is at the place where the walk stopped, for a message. */
  describeStop(): string {
    const left = this.#end - this.#nextPosition;
    if (left < LOG_OVERHEAD) return `${left} bytes are left, too few for a batch`;
    const { batch } = this;
    return left < BATCH_OVERHEAD
      ? `${left} bytes are left, too few for a batch`
      : `found a batch of ${batch.sizeInBytes} bytes in format ${batch.magic} where ${left} bytes are left`;
  }
}
