/**
 * Reads of a log: what a fetch is answered with, and lookups by time. Gives ranges of files, never records: who reads them
 * gets what was written, and holds the file meanwhile, whatever becomes of the segment.
 * @module
 */
import { ErrorCode } from "../protocol/errors.ts";
import { BATCH_OVERHEAD } from "../protocol/record_batch.ts";
import { collectAborted, type CommittedSlice, endOfSlice } from "./aborted_transactions.ts";
import { cachedPart, coldSearch, isRecent, type MaybeCold } from "./cold_read.ts";
import type { FileSlice } from "./disk.ts";
import type { LogEnd } from "./log_end.ts";
import { diskErrorCode, errorText, LogError } from "./log_error.ts";
import type { LogSegments } from "./log_segments.ts";
import type { LogSegment } from "./segment.ts";
import type { TimestampOffset } from "./time_index.ts";
import { findNewestRecord, findRecordByTimestamp } from "./timestamp_lookup.ts";
import type { AbortedTransaction } from "./transaction_index.ts";

export interface ReadOptions {
  /** If the first batch is larger than the bytes asked for, give all of it. */
  readonly minOneBatch: boolean;
}

export interface CachedReadOptions extends ReadOptions {
  /** Only up to the last stable offset, and with the aborted transactions. Default false. */
  readonly isCommitted?: boolean;
}

/** What may be sent now, or what has to be brought into the page cache first. */
export type CachedRead = MaybeCold & CommittedSlice;

/** The log, as far as its reader has to know it: how far it reaches at this moment. */
export interface ReadableLog {
  readonly name: string;
  readonly logStartOffset: number;
  readonly endOffset: number;
  readonly lastStableOffset: number;
  /** The first offset that can't be read yet, and where it lies. */
  readonly readableEnd: LogEnd;
  /** All before it is on stable storage. */
  readonly flushedEnd: LogEnd;
  /** Where the next batch goes. */
  readonly appendedEnd: LogEnd;
  readonly failure: LogError | undefined;
}

export class LogReader {
  readonly #log: ReadableLog;
  readonly #segments: LogSegments;

  constructor(log: ReadableLog, segments: LogSegments) {
    this.#log = log;
    this.#segments = segments;
  }

  /** Throws as a read from `offset` on would that finds nothing to read. */
  checkOffset(offset: number): void {
    const { name, logStartOffset, endOffset, failure } = this.#log;
    if (failure) throw failure;
    if (offset < logStartOffset || offset > endOffset) {
      throw new LogError(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        `${name} holds offsets ${logStartOffset} to ${endOffset}; asked for ${offset}`,
      );
    }
  }

  /**
   * The bytes of batches from the one with `offset` on, up to the high watermark or `maxBytes`, which may cut the last one.
   * undefined where there is nothing: at the end, or if not even one batch fits and `minOneBatch` is not set. The slice's
   * file is retained; the caller releases it.
   */
  read(offset: number, maxBytes: number, options: ReadOptions): FileSlice | undefined {
    return this.#readUpTo(this.#log.readableEnd, offset, maxBytes, options, false)?.slice;
  }

  /** The same up to the end, acknowledged or not: for who writes the log, and has to know what it may have said. */
  readToEnd(offset: number, maxBytes: number, options: ReadOptions): FileSlice | undefined {
    return this.#readUpTo(this.#log.appendedEnd, offset, maxBytes, options, false)?.slice;
  }

  /**
   * The same up to the last stable offset, with the aborted transactions that have records in the slice, or behind it: whose
   * records are to be left out. The caller releases the slice's file.
   */
  readCommitted(offset: number, maxBytes: number, options: ReadOptions): CommittedSlice | undefined {
    const read = this.#readUpTo(this.#lastStableEnd(), offset, maxBytes, options, false);
    return read && { slice: read.slice, aborted: this.#abortedIn(offset, read.slice) };
  }

  /**
   * The one or the other, as far as it can be done without a wait for the disk: fewer bytes, if not all are in the page cache,
   * or what has to be brought there first. Either's file is retained.
   */
  readCached(offset: number, maxBytes: number, options: CachedReadOptions): CachedRead | undefined {
    const { isCommitted = false } = options;
    const readable = isCommitted ? this.#lastStableEnd() : this.#log.readableEnd;
    const read = this.#readUpTo(readable, offset, maxBytes, options, true);
    if (read === undefined) return undefined;
    return { ...read, aborted: isCommitted && !read.isCold ? this.#abortedIn(offset, read.slice) : [] };
  }

  /** The aborted transactions that have records in [from, upTo), in the order in which they ended. */
  abortedTransactions(from: number, upTo: number): AbortedTransaction[] {
    return this.#tryRead(() => collectAborted(this.#segments, this.#segments.indexOf(from), from, upTo));
  }

  /** The first record whose timestamp is not below `timestamp`; undefined if there is none that can be read. */
  lookupTimestamp(timestamp: number): TimestampOffset | undefined {
    return this.#readable(() => findRecordByTimestamp(this.#segments, timestamp, this.#log.logStartOffset));
  }

  /** The largest timestamp, and the first record that has it; undefined if there is no such record that can be read. */
  maxTimestamp(): TimestampOffset | undefined {
    return this.#readable(() => findNewestRecord(this.#segments, this.#log.logStartOffset));
  }

  /** Those of `slice`, which was read from `offset` on; lets go of its file if it throws. */
  #abortedIn(offset: number, slice: FileSlice): AbortedTransaction[] {
    try {
      const upTo = this.#tryRead(() => endOfSlice(this.#segments, this.#segments.indexOf(offset), slice));
      return this.abortedTransactions(offset, Math.min(upTo, this.#log.lastStableOffset));
    } catch (error) {
      slice.file.release();
      throw error;
    }
  }

  #readUpTo(
    readable: LogEnd,
    offset: number,
    maxBytes: number,
    options: ReadOptions,
    onlyCached: boolean,
  ): MaybeCold | undefined {
    this.checkOffset(offset);
    if (offset >= readable.offset) return undefined;
    return this.#tryRead(() => this.#findSlice(readable, offset, maxBytes, options, onlyCached));
  }

  #findSlice(
    readable: LogEnd,
    offset: number,
    maxBytes: number,
    { minOneBatch }: ReadOptions,
    onlyCached: boolean,
  ): MaybeCold | undefined {
    /** What is left of a compacted segment: a batch without records. */
    let empty: { readonly segment: LogSegment; readonly position: number } | undefined;
    // Its file is asked for last: looking on may have closed it.
    const giveEmpty = () =>
      empty && retained({
        slice: { file: empty.segment.file, position: empty.position, length: BATCH_OVERHEAD },
        isCold: false,
      });
    for (let index = this.#segments.indexOf(offset); index < this.#segments.count; index++) {
      const segment = this.#segments.at(index)!;
      if (segment.baseOffset > readable.segmentBaseOffset) return giveEmpty();
      const limit = segment.baseOffset === readable.segmentBaseOffset ? readable.position : segment.size;
      const mayBeCold = onlyCached && !isRecent(segment, offset, this.#log.flushedEnd);
      const cold = mayBeCold ? coldSearch(segment, offset, limit) : undefined;
      if (cold !== undefined) return retained({ slice: cold, isCold: true });
      const first = segment.find(offset, limit);
      if (first === undefined) continue;
      if (first.size > maxBytes && !minOneBatch) return giveEmpty();
      const rest = limit - first.position;
      // librdkafka takes ten answers without a record for one that is too large, and gives up: what follows is better.
      if (rest === BATCH_OVERHEAD) {
        empty ??= { segment, position: first.position };
        continue;
      }
      const length = Math.min(Math.max(maxBytes, first.size), rest);
      const slice = { file: segment.file, position: first.position, length };
      return retained(mayBeCold ? cachedPart(slice, first) : { slice, isCold: false });
    }
    return giveEmpty();
  }

  /** Where the last stable offset lies. */
  #lastStableEnd(): LogEnd {
    const { lastStableOffset: offset, readableEnd } = this.#log;
    if (offset === readableEnd.offset) return readableEnd;
    return this.#tryRead(() => {
      const segment = this.#segments.at(this.#segments.indexOf(offset))!;
      const position = segment.find(offset, segment.size)?.position ?? segment.size;
      return { offset, segmentBaseOffset: segment.baseOffset, position };
    });
  }

  /** What `find` finds, if it may be read. */
  #readable(find: () => TimestampOffset | undefined): TimestampOffset | undefined {
    const found = this.#tryRead(find);
    return found !== undefined && found.offset < this.#log.readableEnd.offset ? found : undefined;
  }

  /** A disk that fails is the client's KAFKA_STORAGE_ERROR. */
  #tryRead<T>(read: () => T): T {
    if (this.#log.failure) throw this.#log.failure;
    try {
      return read();
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      throw new LogError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `${this.#log.name} could not be read: ${errorText(error)}`,
        { cause: error },
      );
    }
  }
}

function retained(read: MaybeCold): MaybeCold {
  read.slice.file.retain();
  return read;
}
