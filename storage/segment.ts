/**
 * A segment: a stretch of a partition's log in one `.log` file, with its two indexes.
 *
 * Batches lie in the file one after the other, by rising offsets, exactly as they came from clients but for base offset and
 * leader epoch. Only the last segment of a log is appended to. Files are opened when first needed, and closed when others
 * need them more (`open_segments.ts`).
 *
 * The indexes are a help, not a source: whatever they say is checked against the batch headers they point at. When they
 * mislead, they are made again from the log.
 * @module
 */
import type { RecordBatch } from "../protocol/record_batch.ts";
import { ErrorCode } from "../protocol/errors.ts";
import type { BatchWalker } from "./batch_walker.ts";
import type { Disk, DiskFile } from "./disk.ts";
import type { Logger } from "./environment.ts";
import { formatSegmentFile, join } from "./file_names.ts";
import type { LogConfig } from "./log_config.ts";
import { diskErrorCode, errorText, invariant, LogError } from "./log_error.ts";
import type { SegmentWriter } from "./segment_writer.ts";
import type { SegmentWriters } from "./segment_writers.ts";
import { OffsetIndex } from "./offset_index.ts";
import type { Closable, OpenSegments } from "./open_segments.ts";
import { NO_TIMESTAMP, TimeIndex, type TimestampOffset } from "./time_index.ts";
import { type AbortedTransaction, TransactionIndex } from "./transaction_index.ts";

/** Relative offsets in the indexes, and a batch's last offset delta, are int32. */
const MAX_RELATIVE_OFFSET = 0x7fffffff;

/** What segments of one store share. */
export interface SegmentContext {
  readonly disk: Disk;
  readonly walker: BatchWalker;
  readonly log: Logger;
  readonly openSegments: OpenSegments;
  readonly writers: SegmentWriters;
}

/** Where a batch lies in a segment's file. */
export interface BatchPosition {
  readonly position: number;
  readonly size: number;
}

export class LogSegment implements Closable, Disposable {
  readonly baseOffset: number;
  readonly path: string;
  /** As its log's: may be replaced. What it says of files counts for those that are opened next. */
  config: LogConfig;
  /** Called when the segment could be closed if only it were flushed. */
  onFlushWanted: () => void = () => {};
  readonly #context: SegmentContext;
  readonly #directory: string;
  #file: DiskFile | undefined;
  /** There once it has been appended to. */
  #writer: SegmentWriter | undefined;
  #size: number | undefined;
  #offsetIndex: OffsetIndex | undefined;
  #timeIndex: TimeIndex | undefined;
  #transactionIndex: TransactionIndex | undefined;
  #maxTimestamp: TimestampOffset | undefined;
  /** The largest timestamp of its first batch; undefined: not looked up yet, or there is no batch. */
  #firstTimestamp: number | undefined;
  /** Bytes since the batch that the last index entry points at, that batch included. */
  #bytesSinceIndexEntry = 0;
  #hasIndexTrouble = false;
  #isSealed = false;
  /** Holds what may not be on stable storage. */
  #isUnsynced = false;

  /** A segment whose file exists, or is about to: see {@link create}. */
  constructor(context: SegmentContext, directory: string, baseOffset: number, config: LogConfig) {
    this.#context = context;
    this.#directory = directory;
    this.config = config;
    this.baseOffset = baseOffset;
    this.path = join(directory, formatSegmentFile(baseOffset, "log"));
  }

  /** Makes the files of an empty segment. The directory has to be synced before anything relies on them. */
  static create(
    context: SegmentContext,
    directory: string,
    baseOffset: number,
    config: LogConfig,
  ): LogSegment {
    const segment = new LogSegment(context, directory, baseOffset, config);
    try {
      segment.#file = context.disk.open(segment.path, { create: true });
      // A roll that failed half-way may have left it, but never with anything in it.
      invariant(segment.#file.size() === 0, () => `the new segment ${segment.path} has content`);
      segment.#size = 0;
      segment.#isUnsynced = true;
      segment.#maxTimestamp = { timestamp: NO_TIMESTAMP, offset: baseOffset };
      segment.#offsetIndex = segment.#openOffsetIndex();
      segment.#timeIndex = segment.#openTimeIndex();
      invariant(
        segment.#offsetIndex.entryCount === 0 && segment.#timeIndex.entryCount === 0,
        () => `the new segment ${segment.path} has index entries`,
      );
      // Last, as it may well fail: what is left behind is a segment without a record then, with all its files.
      if (config.preallocate) segment.#openWriter().reserve(config.segmentBytes);
      return segment;
    } catch (error) {
      segment.close();
      throw error;
    }
  }

  get size(): number {
    return this.#size ??= this.#file?.size() ?? this.#context.disk.fileSize(this.path);
  }

  get file(): DiskFile {
    this.#context.openSegments.touch(this);
    return this.#file ??= this.#context.disk.open(this.path);
  }

  /** The timestamp of its first batch, by which its age is counted; -1 if that has none, undefined if there is no batch. */
  get firstTimestamp(): number | undefined {
    if (this.#firstTimestamp === undefined && this.size > 0) {
      const { walker } = this.#context;
      walker.start(this.file, 0, this.size);
      if (walker.next()) this.#firstTimestamp = walker.batch.maxTimestamp;
    }
    return this.#firstTimestamp;
  }

  /** Milliseconds since 1970 of its newest record, or, where its records have no time, of its last change. */
  get newestMs(): number {
    const { timestamp } = this.maxTimestamp;
    return timestamp >= 0 ? timestamp : this.#context.disk.modifiedMs(this.path);
  }

  /** The largest timestamp in it, with the last offset of the first batch that has it; { -1, base offset } if it is empty. */
  get maxTimestamp(): TimestampOffset {
    // A segment that was rolled or closed has it as the last entry of its time index.
    return this.#maxTimestamp ??= this.#checkLastTimestamp();
  }

  /** How many bytes lie between a batch that an index points at and the next, about. */
  get indexIntervalBytes(): number {
    return this.config.indexIntervalBytes;
  }

  get offsetIndex(): OffsetIndex {
    if (this.#offsetIndex === undefined) this.#openIndexes();
    return this.#offsetIndex!;
  }

  get timeIndex(): TimeIndex {
    if (this.#timeIndex === undefined) this.#openIndexes();
    return this.#timeIndex!;
  }

  /** Not one of its indexes: those can be made again from this segment alone, and are. */
  get transactionIndex(): TransactionIndex {
    return this.#transactionIndex ??= new TransactionIndex(
      this.#context.disk,
      join(this.#directory, formatSegmentFile(this.baseOffset, "txnindex")),
      this.baseOffset,
    );
  }

  /** Whether a batch of `batchBytes` that ends at `lastOffset` belongs into a new segment. */
  hasNoRoomFor(batchBytes: number, lastOffset: number, segmentBytes: number): boolean {
    const { size } = this;
    if (size > 0 && size + batchBytes > segmentBytes) return true;
    return lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET;
  }

  /** It is time for a new segment; until there is one, batches come without index entries. */
  get isIndexFull(): boolean {
    return this.size > 0 && (this.offsetIndex.isFull || this.timeIndex.isFull);
  }

  /** Opens what `append` needs: what fails here has left nothing behind. */
  openForAppend(): void {
    // They may have to be made again, from what was there before the next batch.
    if (this.#offsetIndex === undefined) this.#openIndexes();
    this.#openWriter();
  }

  /**
   * Writes `batch`, whose offset is set, behind the last one; `openForAppend` comes before. If this throws, bytes may be
   * there: `cutTo` the size of before.
   */
  append(batch: RecordBatch): void {
    const { bytes } = batch;
    this.#isUnsynced = true;
    this.#openWriter().append(bytes, this.size);
    this.note(batch.lastOffset, batch.maxTimestamp, bytes.length);
  }

  /** Counts in a batch that has been written, or found, at the end of what is known of this segment: keeps the indexes. */
  note(lastOffset: number, maxTimestamp: number, sizeInBytes: number): void {
    const position = this.size;
    if (position === 0) this.#firstTimestamp = maxTimestamp;
    if (maxTimestamp > this.maxTimestamp.timestamp) {
      this.#maxTimestamp = { timestamp: maxTimestamp, offset: lastOffset };
    }
    if (this.#bytesSinceIndexEntry > this.config.indexIntervalBytes && !this.isIndexFull) {
      this.#addIndexEntries(lastOffset, position);
    }
    this.#bytesSinceIndexEntry += sizeInBytes;
    this.#size = position + sizeInBytes;
  }

  /** A marker that was appended has ended this transaction. */
  noteAborted(transaction: AbortedTransaction): void {
    this.#keepIndexes(() => this.transactionIndex.append(transaction));
  }

  /** Forgets what lies behind `size`, where a batch ends and an append began that failed. */
  cutTo(size: number): void {
    this.#openWriter().cutTo(size);
    this.#size = size;
    if (size === 0) this.#firstTimestamp = undefined;
  }

  /**
   * The first batch whose last offset is not below `offset`, among those that begin below `limit`; undefined if there is
   * none.
   */
  find(offset: number, limit: number): BatchPosition | undefined {
    const from = this.offsetIndex.lookup(offset);
    if (from > 0) {
      const found = this.#scan(offset, from, limit);
      if (found !== "no such start") return found;
      this.#distrustIndexes(
        `the offset index of ${this.path} points at ${from} for ${offset}, where no such batch is`,
      );
    }
    const found = this.#scan(offset, 0, limit);
    return found === "no such start" ? undefined : found;
  }

  /** Where some batch begins, not far before `limit`; 0 if the index does not tell. */
  batchStartBefore(limit: number): number {
    const position = this.offsetIndex.lookupPosition(limit);
    if (position <= 0 || position > limit) return 0;
    const { walker } = this.#context;
    walker.start(this.file, position, this.size);
    return walker.next() && walker.batch.baseOffset >= this.baseOffset ? position : 0;
  }

  /** Headers of the batches from the one that holds `offset` on; each is valid until the next is asked for. */
  *batchesFrom(offset: number): Generator<RecordBatch> {
    const { walker } = this.#context;
    let position = this.find(offset, this.size)?.position ?? this.size;
    while (position < this.size) {
      // Whoever looks at a batch may walk elsewhere meanwhile.
      walker.start(this.file, position, this.size);
      if (!walker.next()) throw this.#unreadable(walker);
      position = walker.nextPosition;
      yield walker.batch;
    }
  }

  /** The first batch that has a record with a timestamp not below `timestamp`, in a segment that has one. */
  findByTimestamp(timestamp: number, fromOffset: number): BatchPosition | undefined {
    const { walker } = this.#context;
    const entry = this.timeIndex.find(timestamp);
    if (entry !== undefined && !this.#isTrue(entry)) {
      this.#distrustIndexes(`${entry.timestamp} is not the time of offset ${entry.offset} in ${this.path}`);
    }
    const start = this.find(Math.max(this.timeIndex.lookup(timestamp), fromOffset), this.size);
    if (start === undefined) return undefined;
    walker.start(this.file, start.position, this.size);
    while (walker.next()) {
      if (walker.batch.maxTimestamp >= timestamp) {
        return { position: walker.position, size: walker.nextPosition - walker.position };
      }
    }
    if (walker.isAtEnd) return undefined;
    throw this.#unreadable(walker);
  }

  /**
   * Makes its indexes those of a finished segment: the last entry of the time index tells the largest timestamp. Must have
   * succeeded before anything follows this segment, or lookups by time would pass it over after the next start. All its
   * files are open then until `seal`, for a sync, whether they were written to lately or before a crash. What was set aside
   * behind its last batch is given back. Returns whether that made the log file shorter.
   */
  finish(): boolean {
    this.#isUnsynced = true;
    const wasCut = this.#openWriter().finish(this.size);
    this.#finishIndexes();
    return wasCut;
  }

  #finishIndexes(): void {
    const { timestamp, offset } = this.maxTimestamp;
    this.timeIndex.maybeAppend(timestamp, offset);
    this.timeIndex.finish();
    this.offsetIndex.finish();
    this.transactionIndex.finish();
  }

  /**
   * The offset behind its last batch, found by walking the batches behind the last index entry; undefined if the file does
   * not end with a batch. Whoever wants to append has to have called this.
   */
  findEnd(): number | undefined {
    const { walker } = this.#context;
    const { position } = this.offsetIndex.last;
    let endOffset = this.baseOffset;
    const { last, entryCount } = this.timeIndex;
    let { timestamp, offset } = this.#maxTimestamp ?? last;
    let isStale = false;
    walker.start(this.file, position, this.size);
    while (walker.next()) {
      const { lastOffset, maxTimestamp } = walker.batch;
      endOffset = lastOffset + 1;
      if (entryCount > 0 && lastOffset === last.offset && maxTimestamp !== last.timestamp) isStale = true;
      if (maxTimestamp > timestamp) {
        timestamp = maxTimestamp;
        offset = lastOffset;
      }
    }
    // Entries of batches that are not there: from before a crash, brought back by a power cut.
    if (this.offsetIndex.entryCount > 0 && this.offsetIndex.last.offset >= endOffset) isStale = true;
    if (entryCount > 0 && last.offset >= endOffset) isStale = true;
    if (!walker.isAtEnd || isStale) return undefined;
    this.#maxTimestamp = { timestamp, offset };
    this.#bytesSinceIndexEntry = this.size - position;
    return endOffset;
  }

  /** What is wrong with its indexes, as far as a glance can tell. `nextBaseOffset`: of the segment that follows, if one does. */
  indexProblem(nextBaseOffset?: number): string | undefined {
    using offsetIndex = this.#openOffsetIndex();
    using timeIndex = this.#openTimeIndex();
    const { indexIntervalBytes, maxMessageBytes } = this.config;
    // In so many bytes a batch began that is to be indexed, whatever the batches' sizes.
    if (offsetIndex.entryCount === 0 && this.size > indexIntervalBytes + 2 * maxMessageBytes) {
      return `the offset index of ${this.path} is empty`;
    }
    const isFinished = this.#isSealed || nextBaseOffset !== undefined;
    if (isFinished && timeIndex.entryCount === 0 && this.size > 0) {
      return `the time index of ${this.path} is empty`;
    }
    const problem = offsetIndex.problem(this.size) ??
      timeIndex.problem(nextBaseOffset ?? this.baseOffset + MAX_RELATIVE_OFFSET + 1);
    return problem === undefined ? undefined : `an index of ${this.path} is not sound: ${problem}`;
  }

  /** Empties the indexes, for all batches to be noted again from the first on. */
  resetIndexes(): void {
    this.#offsetIndex ??= this.#openOffsetIndex();
    this.#timeIndex ??= this.#openTimeIndex();
    this.#offsetIndex.clear();
    this.#timeIndex.clear();
    this.#size = 0;
    this.#firstTimestamp = undefined;
    this.#maxTimestamp = { timestamp: NO_TIMESTAMP, offset: this.baseOffset };
    this.#bytesSinceIndexEntry = 0;
  }

  /** Makes the indexes again from the headers in the log file, which are taken as they are. */
  rebuildIndexes(): void {
    const { walker } = this.#context;
    const end = this.size;
    try {
      this.resetIndexes();
      walker.start(this.file, 0, end);
      while (walker.next()) {
        const { lastOffset, maxTimestamp } = walker.batch;
        this.note(lastOffset, maxTimestamp, walker.nextPosition - walker.position);
      }
      // Not the log file, which may be longer than the batches that were found in it.
      this.#finishIndexes();
      // Nobody else will see to it that those of a finished segment are durable.
      if (this.#isSealed) { for (const file of this.openFiles()) file.syncData(); }
    } catch (error) {
      // Empty ones are noticed at the next start, and do until then.
      this.#keepIndexes(() => {
        this.#offsetIndex?.clear();
        this.#timeIndex?.clear();
      });
      throw error;
    } finally {
      // What can't be walked can't be read either: whoever tries is told.
      this.#size = end;
      if (this.#isSealed) this.seal();
    }
  }

  /** Those of its files that are open: all of them, if it has been finished. */
  openFiles(): DiskFile[] {
    const files = [
      this.#file,
      this.#offsetIndex?.openFile,
      this.#timeIndex?.openFile,
      this.#transactionIndex?.openFile,
    ];
    return files.filter((file) => file !== undefined);
  }

  /** All that it holds is on stable storage, and it will not be appended to any more: gives descriptors of indexes back. */
  seal(): void {
    this.#isSealed = true;
    this.#isUnsynced = false;
    this.#offsetIndex?.seal();
    this.#timeIndex?.seal();
    this.#transactionIndex?.seal();
  }

  /** All batches that it holds are on stable storage. */
  markSynced(): void {
    this.#isUnsynced = false;
  }

  closeIfIdle(): boolean {
    if (this.#isUnsynced) {
      this.onFlushWanted();
      return false;
    }
    try {
      if (this.#writer?.finish(this.size)) {
        // Or it could come back longer after a power cut, though it was closed well by then.
        this.#isUnsynced = true;
        this.onFlushWanted();
        return false;
      }
      this.#offsetIndex?.writeOut();
      this.#timeIndex?.writeOut();
    } catch (error) {
      // A full disk, most likely. What it knows is kept for a better day.
      if (diskErrorCode(error) === undefined) throw error;
      return false;
    }
    this.#giveBack();
    return true;
  }

  /** Gives its files back as they are. Whatever is asked of it later opens them again. */
  close(): void {
    this.#context.openSegments.forget(this);
    this.#giveBack();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #giveBack(): void {
    this.#offsetIndex?.close();
    this.#timeIndex?.close();
    this.#writer?.close();
    // It may hold what the disk has not taken yet: it stays.
    this.#transactionIndex?.close();
    this.#file?.close();
    this.#offsetIndex = this.#timeIndex = undefined;
    this.#writer = this.#file = undefined;
  }

  #addIndexEntries(lastOffset: number, position: number): void {
    this.#keepIndexes(() => {
      this.offsetIndex.append(lastOffset, position);
      // From here on: an entry of one index without the other's is no harm.
      this.#bytesSinceIndexEntry = 0;
      const max = this.maxTimestamp;
      this.timeIndex.maybeAppend(max.timestamp, max.offset);
    });
  }

  /** An index that can't be written is no reason to refuse data: lookups take longer, and recovery makes it again. */
  #keepIndexes(write: () => void): void {
    try {
      write();
      this.#hasIndexTrouble = false;
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      if (!this.#hasIndexTrouble) {
        this.#context.log(
          "warn",
          `an index of ${this.path} could not be written, lookups may take longer: ${errorText(error)}`,
        );
      }
      this.#hasIndexTrouble = true;
    }
  }

  /** Walks from `from`, which an index named: not to be relied on before a batch is found there that can lead to `offset`. */
  #scan(offset: number, from: number, limit: number): BatchPosition | undefined | "no such start" {
    const { walker } = this.#context;
    const { file } = this;
    walker.start(file, from, limit);
    while (walker.next()) {
      const { batch } = walker;
      if (
        walker.position === from && from > 0 &&
        (batch.baseOffset > offset || batch.baseOffset < this.baseOffset)
      ) {
        return "no such start";
      }
      if (batch.lastOffset >= offset) {
        return { position: walker.position, size: walker.nextPosition - walker.position };
      }
    }
    if (from > 0 && walker.nextPosition === from) return "no such start";
    if (walker.isAtEnd) return undefined;
    throw this.#unreadable(walker);
  }

  /** Whether the batch that an entry of the time index names has that timestamp. */
  #isTrue({ timestamp, offset }: TimestampOffset): boolean {
    const found = this.find(offset, this.size);
    if (found === undefined) return false;
    const { walker } = this.#context;
    walker.start(this.file, found.position, this.size);
    return walker.next() && walker.batch.lastOffset === offset && walker.batch.maxTimestamp === timestamp;
  }

  /**
   * Of a finished segment, what the last entry of its time index says; the index is made again if that is not true, or if the last
   * batches, behind the last entry of the offset index, are newer. Lookups by time pass the segment over by it.
   */
  #checkLastTimestamp(): TimestampOffset {
    const { last, entryCount } = this.timeIndex;
    if (!this.#isSealed || entryCount === 0) return last;
    const { walker } = this.#context;
    let isNewest = this.#isTrue(last);
    walker.start(this.file, this.offsetIndex.last.position, this.size);
    while (isNewest && walker.next()) isNewest = walker.batch.maxTimestamp <= last.timestamp;
    if (isNewest) return last;
    this.#distrustIndexes(
      `${last.timestamp}, of offset ${last.offset}, is not the newest time in ${this.path}`,
    );
    return this.timeIndex.last;
  }

  #distrustIndexes(reason: string): void {
    this.#context.log("warn", `${reason}; the indexes of this segment are made again from the log`);
    this.rebuildIndexes();
  }

  #openWriter(): SegmentWriter {
    const { file } = this;
    return this.#writer ??= this.#context.writers.open(file, this.config);
  }

  #openIndexes(): void {
    const problem = this.indexProblem();
    this.#offsetIndex = this.#openOffsetIndex();
    this.#timeIndex = this.#openTimeIndex();
    if (this.#isSealed) this.seal();
    if (problem !== undefined) this.#distrustIndexes(problem);
  }

  #openOffsetIndex(): OffsetIndex {
    const path = join(this.#directory, formatSegmentFile(this.baseOffset, "index"));
    return new OffsetIndex(this.#context.disk, path, this.baseOffset, this.config.segmentIndexBytes);
  }

  #openTimeIndex(): TimeIndex {
    const path = join(this.#directory, formatSegmentFile(this.baseOffset, "timeindex"));
    return new TimeIndex(this.#context.disk, path, this.baseOffset, this.config.segmentIndexBytes);
  }

  #unreadable(walker: BatchWalker): LogError {
    return new LogError(
      ErrorCode.KAFKA_STORAGE_ERROR,
      `${this.path} can't be read from position ${walker.nextPosition} on: ${walker.describeStop()}`,
    );
  }
}
