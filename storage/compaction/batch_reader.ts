/**
 * Gives the batches of a log file one after the other, whole, through one buffer. It grows for a batch that is larger, and
 * shrinks again with the next file.
 * @module
 */
import { BATCH_OVERHEAD, CURRENT_MAGIC, RecordBatch } from "../../protocol/record_batch.ts";
import type { DiskFile } from "../disk.ts";

export class BatchReader {
  /** The batch arrived at: good until the next step. */
  readonly batch = new RecordBatch();
  readonly #bufferBytes: number;
  readonly #onRead: (bytes: number) => void;
  #buffer: Uint8Array<ArrayBuffer>;
  #bufferStart = 0;
  #bufferEnd = 0;
  #file: DiskFile | undefined;
  #end = 0;
  #position = 0;
  #nextPosition = 0;

  /** `onRead` is told of bytes before they are asked for. */
  constructor(bufferBytes: number, onRead: (bytes: number) => void) {
    this.#bufferBytes = Math.max(bufferBytes, BATCH_OVERHEAD);
    this.#buffer = new Uint8Array(this.#bufferBytes);
    this.#onRead = onRead;
  }

  /** Sets out to read the first `end` bytes of `file`. */
  start(file: DiskFile, end: number): void {
    if (this.#buffer.length > this.#bufferBytes) this.#buffer = new Uint8Array(this.#bufferBytes);
    this.#file = file;
    this.#end = end;
    this.#position =
      this.#nextPosition =
      this.#bufferStart =
      this.#bufferEnd =
        0;
  }

  /** Where in the file the batch begins. */
  get position(): number {
    return this.#position;
  }

  /** Whether nothing follows the batch. */
  get isLast(): boolean {
    return this.#nextPosition === this.#end;
  }

  /** Goes to the next batch; false at the end. What is no batch throws: a log that has been flushed has only batches. */
  next(): boolean {
    const position = this.#nextPosition;
    if (position === this.#end) return false;
    const left = this.#end - position;
    if (left < BATCH_OVERHEAD) {
      throw this.#unreadable(position, `${left} bytes are left, too few for a batch`);
    }
    this.#need(position, BATCH_OVERHEAD);
    this.batch.reset(this.#buffer, position - this.#bufferStart);
    const { sizeInBytes, magic } = this.batch;
    if (magic !== CURRENT_MAGIC || sizeInBytes < BATCH_OVERHEAD || sizeInBytes > left) {
      throw this.#unreadable(
        position,
        `found a batch of ${sizeInBytes} bytes in format ${magic} where ${left} bytes are left`,
      );
    }
    this.#need(position, sizeInBytes);
    this.batch.reset(this.#buffer, position - this.#bufferStart);
    this.#position = position;
    this.#nextPosition = position + sizeInBytes;
    return true;
  }

  /** Has [position, position + length) in the buffer. */
  #need(position: number, length: number): void {
    if (position + length <= this.#bufferEnd) return;
    const kept = this.#bufferEnd - position;
    const source = this.#buffer;
    if (length > source.length) this.#buffer = new Uint8Array(length);
    this.#buffer.set(source.subarray(position - this.#bufferStart, this.#bufferEnd - this.#bufferStart));
    this.#bufferStart = position;
    this.#bufferEnd = position + kept;
    const wanted = Math.min(this.#buffer.length, this.#end - position) - kept;
    this.#onRead(wanted);
    const read = this.#file!.readAt(this.#buffer.subarray(kept, kept + wanted), position + kept);
    if (read < wanted) {
      throw this.#unreadable(
        position + kept + read,
        `the file ends here; ${this.#end} bytes were expected`,
      );
    }
    this.#bufferEnd += read;
  }

  #unreadable(position: number, found: string): Error {
    return new Error(`can't compact ${this.#file!.path} from position ${position} on: ${found}`);
  }
}
