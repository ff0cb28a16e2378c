/**
 * The files of a compacted segment while they are written: `.log.cleaned` with its indexes. Nobody else knows of them before
 * they are finished, and what a crash leaves of them is removed at the next start.
 *
 * The log is written through a buffer, the indexes by the code that writes all indexes.
 * @module
 */
import type { RecordBatch } from "../../protocol/record_batch.ts";
import type { Disk, DiskFile } from "../disk.ts";
import { formatSegmentFileInState, join, SEGMENT_FILES, type SegmentFileKind } from "../file_names.ts";
import { OffsetIndex } from "../offset_index.ts";
import { NO_TIMESTAMP, TimeIndex, type TimestampOffset } from "../time_index.ts";
import { type AbortedTransaction, TransactionIndex } from "../transaction_index.ts";

/** Positions in an index are int32. */
const MAX_INDEXED_POSITION = 0x7fffffff;

export interface CleanedSegmentOptions {
  readonly directory: string;
  readonly baseOffset: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  /** Told of bytes before they are written. */
  readonly onWrite: (bytes: number) => void;
}

export class CleanedSegment implements Disposable {
  readonly #disk: Disk;
  readonly #options: CleanedSegmentOptions;
  readonly #file: DiskFile;
  readonly #offsetIndex: OffsetIndex;
  readonly #timeIndex: TimeIndex;
  readonly #buffer: Uint8Array;
  #bufferedBytes = 0;
  #writtenBytes = 0;
  #bytesSinceIndexEntry = 0;
  #maxTimestamp: TimestampOffset;

  /** Begins the files, which must not be there. `buffer` is the segment's until it is finished. */
  constructor(disk: Disk, buffer: Uint8Array, options: CleanedSegmentOptions) {
    const { baseOffset, segmentIndexBytes } = options;
    this.#disk = disk;
    this.#options = options;
    this.#buffer = buffer;
    this.#maxTimestamp = { timestamp: NO_TIMESTAMP, offset: baseOffset };
    using opened = new DisposableStack();
    this.#file = opened.use(disk.open(this.#path("log"), { create: true, exclusive: true }));
    this.#offsetIndex = opened.use(new OffsetIndex(disk, this.#path("index"), baseOffset, segmentIndexBytes));
    this.#timeIndex = opened.use(new TimeIndex(disk, this.#path("timeindex"), baseOffset, segmentIndexBytes));
    opened.move();
  }

  get sizeInBytes(): number {
    return this.#writtenBytes + this.#bufferedBytes;
  }

  get maxTimestamp(): TimestampOffset {
    return this.#maxTimestamp;
  }

  /** Appends a batch, which is copied. */
  append(batch: RecordBatch): void {
    const { bytes, lastOffset, maxTimestamp } = batch;
    const position = this.sizeInBytes;
    this.#write(bytes);
    if (maxTimestamp > this.#maxTimestamp.timestamp) {
      this.#maxTimestamp = { timestamp: maxTimestamp, offset: lastOffset };
    }
    // The same rule as `LogSegment.note`. The groups are such that no index is ever full, unless rewritten batches grew.
    const isDue = this.#bytesSinceIndexEntry > this.#options.indexIntervalBytes;
    if (isDue && position <= MAX_INDEXED_POSITION && !this.#offsetIndex.isFull && !this.#timeIndex.isFull) {
      this.#offsetIndex.append(lastOffset, position);
      this.#timeIndex.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset);
      this.#bytesSinceIndexEntry = 0;
    }
    this.#bytesSinceIndexEntry += bytes.length;
  }

  /** Writes what is left, and all of it to stable storage but for the names. */
  finish(abortedTransactions: readonly AbortedTransaction[]): void {
    this.#flush();
    const { timestamp, offset } = this.#maxTimestamp;
    this.#timeIndex.maybeAppend(timestamp, offset);
    this.#offsetIndex.finish();
    this.#timeIndex.finish();
    for (const file of [this.#file, this.#offsetIndex.openFile!, this.#timeIndex.openFile!]) file.syncData();
    if (abortedTransactions.length > 0) {
      using index = new TransactionIndex(this.#disk, this.#path("txnindex"), this.#options.baseOffset);
      for (const transaction of abortedTransactions) index.append(transaction);
      index.finish();
      index.openFile!.syncData();
    }
    this.close();
  }

  /** Gives the files back. */
  close(): void {
    this.#file.close();
    this.#offsetIndex.close();
    this.#timeIndex.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Takes back what was begun. */
  remove(): void {
    this.close();
    for (const kind of SEGMENT_FILES) {
      const path = this.#path(kind);
      if (this.#disk.exists(path)) this.#disk.removeFile(path);
    }
  }

  #write(bytes: Uint8Array): void {
    if (this.#bufferedBytes + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeOut(bytes);
    } else {
      this.#buffer.set(bytes, this.#bufferedBytes);
      this.#bufferedBytes += bytes.length;
    }
  }

  #flush(): void {
    if (this.#bufferedBytes > 0) this.#writeOut(this.#buffer.subarray(0, this.#bufferedBytes));
    this.#bufferedBytes = 0;
  }

  #writeOut(bytes: Uint8Array): void {
    this.#options.onWrite(bytes.length);
    this.#file.writeAt(bytes, this.#writtenBytes);
    this.#writtenBytes += bytes.length;
  }

  #path(kind: SegmentFileKind): string {
    const { directory, baseOffset } = this.#options;
    return join(directory, formatSegmentFileInState(baseOffset, kind, "cleaned"));
  }
}
