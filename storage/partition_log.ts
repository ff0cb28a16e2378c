/**
 * The log of one partition: segments in the order of their offsets, of which the last, the active one, grows.
 *
 * What must be true:
 * - logStartOffset ≤ highWatermark ≤ endOffset, and flushedOffset ≤ endOffset.
 * - Offsets are given once and in order. An append that throws has left nothing behind.
 * - Nothing is read at or past the high watermark. It is what is acknowledged: the end of the log, or, with
 *   `flush.messages=1`, the end of what is on stable storage.
 * - After a failure that leaves in doubt what the disk holds (a failed fdatasync, a write that could not be undone) the log is
 *   fenced: it answers KAFKA_STORAGE_ERROR to everything until it was recovered from disk by a new start. A full disk is
 *   no such failure: the append is undone, and the next one may succeed.
 *
 * Nothing here waits for the disk but page-cache writes and the files of a new segment; syncs go through the flusher.
 * @module
 */
import { ErrorCode } from "../protocol/errors.ts";
import { findOffsetByTimestamp, RecordsError } from "../protocol/records.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import type { DiskFile, FileSlice } from "./disk.ts";
import type { Clock } from "./environment.ts";
import { formatSegmentFile, join } from "./file_names.ts";
import type { Flushable, Flusher, FlushWork } from "./flusher.ts";
import type { LeaderEpochs } from "./leader_epochs.ts";
import type { LogConfig } from "./log_config.ts";
import { diskErrorCode, errorText, invariant, isDiskFull, LogError } from "./log_error.ts";
import { writeProducerSnapshot } from "./producer_snapshot.ts";
import type { ProducerBatch, ProducerState } from "./producer_state.ts";
import { LogSegment, type SegmentContext } from "./segment.ts";
import type { TimestampOffset } from "./time_index.ts";

/** Most bytes of records that a lookup by timestamp unpacks. */
const MAX_LOOKUP_BYTES = 64 * 1024 * 1024;
/** Snapshots of producer state that are kept: the newest, and older ones in case it is damaged. */
const SNAPSHOTS_KEPT = 3;

export interface LogIdentity {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
}

/** What all logs of a store share. */
export interface LogContext extends SegmentContext {
  readonly clock: Clock;
  readonly flusher: Flusher;
  /** The high watermark of `log` has advanced. Called last, when the log may be used again. */
  readonly onHighWatermark: (log: PartitionLog) => void;
}

/** A partition's log as recovery has found or made it. All of it is on stable storage. */
export interface LoadedLog {
  readonly segments: LogSegment[];
  readonly logStartOffset: number;
  readonly endOffset: number;
  readonly producers: ProducerState;
  readonly leaderEpochs: LeaderEpochs;
  /** Offsets of the snapshots of producer state, ascending. */
  readonly snapshotOffsets: number[];
  /** Directories whose entries are not known to be durable. */
  readonly unsyncedDirectories: readonly string[];
}

export interface AppendResult {
  readonly baseOffset: number;
  /** When the broker stamped the records (`message.timestamp.type=LogAppendTime`), otherwise -1. */
  readonly appendTimeMs: number;
  /** The batch had been appended before; nothing was written. */
  readonly duplicate: boolean;
}

export interface ReadOptions {
  /** If the first batch is larger than the bytes asked for, give all of it. */
  readonly minOneBatch: boolean;
}

interface FlushWaiter {
  readonly offset: number;
  readonly done: (error?: Error) => void;
}

/** The end of a log at some moment, in all the ways that reading up to it needs. */
interface LogEnd {
  readonly offset: number;
  readonly segmentBaseOffset: number;
  readonly position: number;
}

interface Flushing {
  readonly end: LogEnd;
  readonly files: readonly DiskFile[];
  /** Those of `files` that nobody else needs. */
  readonly snapshots: readonly DiskFile[];
}

export class PartitionLog implements Flushable, Disposable {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  readonly config: LogConfig;
  readonly #context: LogContext;
  /** Ascending by base offset; never empty. */
  readonly #segments: LogSegment[];
  readonly #producers: ProducerState;
  readonly #leaderEpochs: LeaderEpochs;
  readonly #snapshotOffsets: number[];
  readonly #flushWaiters: FlushWaiter[] = [];
  #logStartOffset: number;
  #endOffset: number;
  #highWatermark: LogEnd;
  /** All before it is on stable storage. */
  #flushed: LogEnd;
  #flushing: Flushing | undefined;
  #unsyncedDirectories: string[];
  #unsyncedSnapshots: DiskFile[] = [];
  /** Whether there has been an append since recovery. */
  #hasChanged = false;
  #failure: LogError | undefined;
  #isClosed = false;

  constructor(context: LogContext, identity: LogIdentity, config: LogConfig, loaded: LoadedLog) {
    this.#context = context;
    this.topic = identity.topic;
    this.partition = identity.partition;
    this.directory = identity.directory;
    this.config = config;
    this.#segments = loaded.segments;
    this.#producers = loaded.producers;
    this.#leaderEpochs = loaded.leaderEpochs;
    this.#snapshotOffsets = loaded.snapshotOffsets;
    this.#unsyncedDirectories = [...loaded.unsyncedDirectories];
    this.#logStartOffset = loaded.logStartOffset;
    this.#endOffset = loaded.endOffset;
    this.#highWatermark = this.#flushed = this.#end();
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** The first offset that can't be read yet. */
  get highWatermark(): number {
    return this.#highWatermark.offset;
  }

  /** All below it is on stable storage: Kafka's recovery point. */
  get flushedOffset(): number {
    return this.#flushed.offset;
  }

  get leaderEpoch(): number {
    return Math.max(this.#leaderEpochs.latest, 0);
  }

  /** Why the log answers nothing any more, if so. */
  get failure(): LogError | undefined {
    return this.#failure;
  }

  get segmentCount(): number {
    return this.#segments.length;
  }

  /**
   * Appends one batch, which has been checked (size, CRC, counts); sets its base offset and leader epoch, and its timestamps
   * where the topic wants the broker's. The bytes may be reused at once.
   */
  append(batch: RecordBatch): AppendResult {
    this.#throwIfUnusable();
    this.#checkSize(batch.sizeInBytes);
    const isIdempotent = batch.producerId >= 0;
    if (isIdempotent) {
      const repeated = this.#producers.check(batch);
      if (repeated !== undefined) return this.#answerAgain(repeated);
    }
    const baseOffset = this.#endOffset;
    batch.setBaseOffset(baseOffset);
    batch.setLeaderEpoch(this.leaderEpoch);
    const appendTimeMs = this.#stamp(batch);
    this.#write(this.#segmentFor(batch), batch);
    this.#endOffset = baseOffset + batch.lastOffsetDelta + 1;
    this.#hasChanged = true;
    if (isIdempotent) this.#producers.update(batch, this.#context.clock.monotonic());
    this.#wantFlush(baseOffset);
    if (!this.#acknowledgesFlushed) this.#advanceHighWatermark(this.#end());
    return { baseOffset, appendTimeMs, duplicate: false };
  }

  /**
   * The bytes of batches from the one with `offset` on, up to the high watermark or `maxBytes`, which may cut the last one.
   * undefined where there is nothing: at the end, or if not even one batch fits and `minOneBatch` is not set. The slice's
   * file is retained; the caller releases it.
   */
  read(offset: number, maxBytes: number, { minOneBatch }: ReadOptions): FileSlice | undefined {
    this.#throwIfUnusable();
    if (offset < this.#logStartOffset || offset > this.#endOffset) {
      throw new LogError(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        `${this.name} holds offsets ${this.#logStartOffset} to ${this.#endOffset}; asked for ${offset}`,
      );
    }
    const readable = this.#highWatermark;
    if (offset >= readable.offset) return undefined;
    try {
      for (let index = this.#segmentIndexOf(offset); index < this.#segments.length; index++) {
        const segment = this.#segments[index]!;
        if (segment.baseOffset > readable.segmentBaseOffset) return undefined;
        const limit = segment.baseOffset === readable.segmentBaseOffset ? readable.position : segment.size;
        const first = segment.find(offset, limit);
        if (first === undefined) continue;
        if (first.size > maxBytes && !minOneBatch) return undefined;
        const { file } = segment;
        const length = Math.min(Math.max(maxBytes, first.size), limit - first.position);
        file.retain();
        return { file, position: first.position, length };
      }
    } catch (error) {
      throw this.#unreadable(error);
    }
    return undefined;
  }

  /** The first record whose timestamp is not below `timestamp`; undefined if there is none that can be read. */
  lookupTimestamp(timestamp: number): TimestampOffset | undefined {
    this.#throwIfUnusable();
    try {
      for (const segment of this.#segments) {
        if (segment.maxTimestamp.timestamp < timestamp) continue;
        const found = this.#findRecord(segment, timestamp);
        if (found !== undefined) return found.offset < this.highWatermark ? found : undefined;
      }
    } catch (error) {
      throw this.#unreadable(error);
    }
    return undefined;
  }

  /** The largest timestamp, and the first record that has it; undefined if there is no such record that can be read. */
  maxTimestamp(): TimestampOffset | undefined {
    this.#throwIfUnusable();
    try {
      let newest = this.#segments[0]!;
      for (const segment of this.#segments) {
        if (segment.maxTimestamp.timestamp > newest.maxTimestamp.timestamp) newest = segment;
      }
      const found = newest.size === 0 ? undefined : this.#findRecord(newest, newest.maxTimestamp.timestamp);
      return found !== undefined && found.offset < this.highWatermark ? found : undefined;
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  /**
   * Calls `done` when all below `offset` is on stable storage, at once if it is there already; or with an error, after which
   * nobody knows.
   */
  whenFlushed(offset: number, done: (error?: Error) => void): void {
    invariant(
      offset <= this.#endOffset,
      `a flush up to ${offset} of ${this.name}, which ends at ${this.#endOffset}`,
    );
    if (this.#failure) return done(this.#failure);
    if (offset <= this.#flushed.offset) return done();
    this.#flushWaiters.push({ offset, done });
    if (offset > (this.#flushing?.end.offset ?? -1)) this.#context.flusher.flush(this);
  }

  beginFlush(): FlushWork {
    invariant(this.#flushing === undefined, `two flushes of ${this.name} at once`);
    const snapshots = this.#unsyncedSnapshots;
    const files = [...this.#unflushedFiles(), ...snapshots];
    for (const file of files) file.retain();
    const directories = this.#unsyncedDirectories;
    this.#unsyncedSnapshots = [];
    this.#unsyncedDirectories = [];
    this.#flushing = { end: this.#end(), files, snapshots };
    return { files, directories };
  }

  endFlush(error?: Error): void {
    invariant(this.#flushing !== undefined, `a flush of ${this.name} ended that never began`);
    const { end, files, snapshots } = this.#flushing;
    this.#flushing = undefined;
    for (const file of files) file.release();
    for (const snapshot of snapshots) snapshot.close();
    if (this.#failure) return;
    if (error) {
      this.#fence("its data could not be brought to stable storage", error);
      return;
    }
    this.#flushedUpTo(end);
    if (end.offset < this.#endOffset) this.#scheduleFlush();
  }

  /** Forgets producers that have been idle for too long. */
  expireProducers(nowMs: number): void {
    this.#producers.expire(nowMs, this.config.producerIdExpirationMs);
  }

  /**
   * Brings everything to stable storage, waiting for the disk, leaves files that need no recovery, and closes. Throws if that
   * can't be done.
   */
  closeCleanly(): void {
    if (this.#failure) throw this.#failure;
    if (this.#hasChanged) {
      this.#active.finishIndexes();
      this.#takeSnapshot();
      for (const file of [...this.#unflushedFiles(), ...this.#unsyncedSnapshots]) file.syncData();
      for (const file of this.#active.writtenFiles()) file.syncData();
      this.#unsyncedDirectories.push(this.directory);
    }
    // A sync of these under way in the background may yet fail, so they are not left out.
    for (const directory of new Set([...this.#unsyncedDirectories])) {
      this.#context.disk.syncDirectory(directory);
    }
    this.#flushedUpTo(this.#end());
    this.close();
  }

  /** Gives all files back, whatever state they are in. Readers finish what they hold. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#context.flusher.forget(this);
    for (const snapshot of this.#unsyncedSnapshots) snapshot.close();
    for (const segment of this.#segments) segment.close();
    this.#failure ??= new LogError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `${this.name} is closed`);
    this.#failWaiters(this.#failure);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #active(): LogSegment {
    return this.#segments[this.#segments.length - 1]!;
  }

  get #acknowledgesFlushed(): boolean {
    return this.config.flushMessages === 1;
  }

  #end(): LogEnd {
    const { baseOffset, size } = this.#active;
    return { offset: this.#endOffset, segmentBaseOffset: baseOffset, position: size };
  }

  #throwIfUnusable(): void {
    if (this.#failure) throw this.#failure;
  }

  #checkSize(sizeInBytes: number): void {
    if (sizeInBytes > this.config.maxMessageBytes) {
      throw new LogError(
        ErrorCode.MESSAGE_TOO_LARGE,
        `the batch has ${sizeInBytes} bytes; ${this.topic} takes max.message.bytes=${this.config.maxMessageBytes}`,
      );
    }
    if (sizeInBytes > this.config.segmentBytes) {
      throw new LogError(
        ErrorCode.RECORD_LIST_TOO_LARGE,
        `the batch has ${sizeInBytes} bytes; a segment of ${this.topic} takes segment.bytes=${this.config.segmentBytes}`,
      );
    }
  }

  #answerAgain({ lastOffset, offsetDelta, timestamp }: ProducerBatch): AppendResult {
    return {
      baseOffset: lastOffset - offsetDelta,
      appendTimeMs: this.config.timestampType === "LogAppendTime" ? timestamp : -1,
      duplicate: true,
    };
  }

  #stamp(batch: RecordBatch): number {
    if (this.config.timestampType !== "LogAppendTime") return -1;
    const nowMs = this.#context.clock.now();
    batch.setLogAppendTime(nowMs);
    return nowMs;
  }

  /** The active segment, a new one if `batch` does not belong into it. */
  #segmentFor(batch: RecordBatch): LogSegment {
    try {
      if (this.#active.shouldRoll(batch.sizeInBytes, batch.lastOffset, this.config.segmentBytes)) {
        this.#roll();
      }
      return this.#active;
    } catch (error) {
      throw this.#notAppended(error);
    }
  }

  #roll(): void {
    // First what may fail: nothing has changed then.
    this.#active.finishIndexes();
    const active = LogSegment.create(this.#context, this.directory, this.#endOffset, this.config);
    this.#takeSnapshot();
    this.#segments.push(active);
    this.#unsyncedDirectories.push(this.directory);
    this.#context.flusher.flush(this);
  }

  #write(segment: LogSegment, batch: RecordBatch): void {
    const { size } = segment;
    try {
      segment.append(batch);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      try {
        segment.cutTo(size);
      } catch (second) {
        throw this.#fence("a failed append could not be undone", second);
      }
      if (isDiskFull(error)) throw this.#notAppended(error);
      throw this.#fence("an append failed", error);
    }
  }

  #notAppended(error: unknown): Error {
    if (diskErrorCode(error) === undefined) return error as Error;
    const reason = isDiskFull(error) ? "the disk is full" : "the disk refuses";
    return new LogError(
      ErrorCode.KAFKA_STORAGE_ERROR,
      `a batch was not appended to ${this.name}: ${reason}: ${errorText(error)}`,
      { cause: error },
    );
  }

  #unreadable(error: unknown): Error {
    if (diskErrorCode(error) === undefined) return error as Error;
    return new LogError(
      ErrorCode.KAFKA_STORAGE_ERROR,
      `${this.name} could not be read: ${errorText(error)}`,
      { cause: error },
    );
  }

  #fence(what: string, error: unknown): LogError {
    this.#failure = new LogError(
      ErrorCode.KAFKA_STORAGE_ERROR,
      `${this.name} is out of service until the broker is restarted and has recovered it: ${what}: ${
        errorText(error)
      }`,
      { cause: error },
    );
    this.#context.flusher.forget(this);
    this.#context.log("error", this.#failure.message);
    this.#failWaiters(this.#failure);
    return this.#failure;
  }

  #failWaiters(error: Error): void {
    for (const { done } of this.#flushWaiters.splice(0)) done(error);
  }

  /** After an append at `baseOffset`. */
  #wantFlush(baseOffset: number): void {
    if (this.#flushed.offset === baseOffset) this.#scheduleFlush();
    const coveredOffset = this.#flushing?.end.offset ?? this.#flushed.offset;
    if (this.#endOffset - coveredOffset >= this.config.flushMessages) this.#context.flusher.flush(this);
  }

  #scheduleFlush(): void {
    this.#context.flusher.schedule(this, this.#context.clock.monotonic() + this.config.flushMs);
  }

  /** Files that hold something which may not be on stable storage, snapshots apart. */
  #unflushedFiles(): DiskFile[] {
    const files: DiskFile[] = [];
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      if (segment.baseOffset < this.#flushed.segmentBaseOffset) break;
      // The indexes of the active segment are not worth a sync: recovery makes them again.
      if (segment === this.#active) files.push(segment.file);
      else files.push(...segment.writtenFiles());
    }
    return files;
  }

  #flushedUpTo(end: LogEnd): void {
    for (const segment of this.#segments) {
      // Those that were finished when the flush began.
      if (
        segment.baseOffset >= this.#flushed.segmentBaseOffset && segment.baseOffset < end.segmentBaseOffset
      ) {
        segment.seal();
      }
    }
    this.#flushed = end;
    if (this.#acknowledgesFlushed) this.#advanceHighWatermark(end);
    if (this.#flushWaiters.length === 0) return;
    const waiters = this.#flushWaiters.splice(0);
    for (const waiter of waiters) {
      if (waiter.offset <= end.offset) waiter.done();
      else this.#flushWaiters.push(waiter);
    }
  }

  #advanceHighWatermark(end: LogEnd): void {
    if (end.offset <= this.#highWatermark.offset) return;
    this.#highWatermark = end;
    this.#context.onHighWatermark(this);
  }

  /** The producers as of the end of the log, for recovery to begin with. */
  #takeSnapshot(): void {
    const offset = this.#endOffset;
    if (offset <= (this.#snapshotOffsets[this.#snapshotOffsets.length - 1] ?? 0)) return;
    const { disk, log } = this.#context;
    const path = (offset: number) => join(this.directory, formatSegmentFile(offset, "snapshot"));
    try {
      this.#unsyncedSnapshots.push(writeProducerSnapshot(disk, path(offset), this.#producers.entries()));
      this.#snapshotOffsets.push(offset);
      while (this.#snapshotOffsets.length > SNAPSHOTS_KEPT) {
        disk.removeFile(path(this.#snapshotOffsets.shift()!));
      }
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      log("warn", `no snapshot of ${this.name}'s producers, so a recovery takes longer: ${errorText(error)}`);
    }
  }

  /** Index of the last segment whose base offset is not above `offset`. */
  #segmentIndexOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #findRecord(segment: LogSegment, timestamp: number): TimestampOffset | undefined {
    let fromOffset = Math.max(this.#logStartOffset, segment.baseOffset);
    for (;;) {
      const found = segment.findByTimestamp(timestamp, fromOffset);
      if (found === undefined) return undefined;
      const bytes = new Uint8Array(found.size);
      segment.file.readAt(bytes, found.position);
      const batch = new RecordBatch(bytes);
      const record = recordAtOrAfter(batch, timestamp);
      if (record !== undefined) return { ...record, offset: Math.max(record.offset, fromOffset) };
      fromOffset = batch.lastOffset + 1;
    }
  }
}

/** The first record in `batch` with that timestamp or a later one. */
function recordAtOrAfter(batch: RecordBatch, timestamp: number): TimestampOffset | undefined {
  try {
    return findOffsetByTimestamp(batch, timestamp, { maxBytes: MAX_LOOKUP_BYTES });
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    // Records that can't be unpacked, or would take too much memory: who reads from the batch's start on misses nothing.
    return { offset: batch.baseOffset, timestamp: batch.maxTimestamp };
  }
}
