/**
 * The log of one partition: segments in the order of their offsets, of which the last, the active one, grows.
 *
 * What must be true:
 * - logStartOffset ≤ highWatermark ≤ endOffset, and flushedOffset ≤ endOffset.
 * - The files of a segment go only when a log start offset behind it is on stable storage: what a crash leaves is no log with
 *   a hole, but one that begins later.
 * - Offsets are given once and in order. An append that throws has left nothing behind.
 * - Nothing is read at or past the high watermark. It is what is acknowledged: the end of the log, or, with
 *   `flush.messages=1`, the end of what is on stable storage.
 * - Of transactions that are open, or whose end is not acknowledged, nothing is read as committed: lastStableOffset ≤
 *   highWatermark.
 * - After a failure that leaves in doubt what the disk holds (a failed fdatasync, a write that could not be undone) the log is
 *   fenced: it answers KAFKA_STORAGE_ERROR to everything until it was recovered from disk by a new start. A full disk is
 *   no such failure: the append is undone, and the next one may succeed.
 *
 * Nothing here waits for the disk but page-cache writes and the files of a new segment; syncs go through the flusher.
 * @module
 */
import { encodeEndMarker, type EndMarker } from "../protocol/end_marker.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import type { CommittedSlice } from "./aborted_transactions.ts";
import { batchToStore } from "./batch_rules.ts";
import type { ActiveProducer } from "./compaction/compaction_job.ts";
import type { CompactionCandidate } from "./compaction/compaction_plan.ts";
import type { DiskFile, FileSlice } from "./disk.ts";
import type { Clock, Random } from "./environment.ts";
import { takeOutOfUse } from "./file_removal.ts";
import { FlushState } from "./flush_state.ts";
import type { Flushable, Flusher, FlushWork } from "./flusher.ts";
import type { FreeSpace } from "./free_space.ts";
import type { EpochEnd, LeaderEpochs } from "./leader_epochs.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogEnd } from "./log_end.ts";
import {
  diskErrorCode,
  errorText,
  invariant,
  isDiskFull,
  isOutOfDescriptors,
  LogError,
} from "./log_error.ts";
import {
  type CachedRead,
  type CachedReadOptions,
  LogReader,
  type ReadableLog,
  type ReadOptions,
} from "./log_reader.ts";
import { type LogNote, type LogObserver, newNote } from "./log_observer.ts";
import { LogSegments } from "./log_segments.ts";
import { ProducerSnapshots } from "./producer_snapshots.ts";
import type { MarkerOrigin, ProducerBatch, ProducerSnapshotEntry, ProducerState } from "./producer_state.ts";
import { findExpired } from "./retention.ts";
import { rollAgeMs } from "./roll_age.ts";
import { LogSegment, type SegmentContext } from "./segment.ts";
import type { RewrittenGroup } from "./compaction/compaction_outcome.ts";
import { commitSwap, finishSwap, retireReplaced } from "./segment_swap.ts";
import type { TimestampOffset } from "./time_index.ts";
import type { AbortedTransaction } from "./transaction_index.ts";

/**
 * A finished segment has all its files open until it is flushed, and a client can make segments faster than any disk flushes
 * them: with `segment.ms=1` each batch is one. So with that many unflushed a segment goes on beyond its age.
 */
const MAX_UNFLUSHED_SEGMENTS = 32;
/** After a flush that found no descriptor. */
const FLUSH_RETRY_MS = 100;

export interface LogIdentity {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
}

/** What all logs of a store share. */
export interface LogContext extends SegmentContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly flusher: Flusher;
  readonly freeSpace: FreeSpace;
  /**
   * What can be read of `log` begins or ends elsewhere now, or it is out of service: who waits is to look. Called last, when the
   * log may be used again.
   */
  readonly onReadableChange: (log: PartitionLog) => void;
  /** Told of everything that figures are made of. */
  readonly observer: LogObserver;
}

/** A partition's log as recovery has found or made it. */
export interface LoadedLog {
  readonly segments: LogSegment[];
  readonly logStartOffset: number;
  readonly endOffset: number;
  /** All before it is on stable storage. */
  readonly flushed: LogEnd;
  readonly producers: ProducerState;
  readonly leaderEpochs: LeaderEpochs;
  /** Offsets of the snapshots of producer state, ascending. */
  readonly snapshotOffsets: number[];
  /** Directories whose entries are not known to be durable. */
  readonly unsyncedDirectories: readonly string[];
  /** The last segment's indexes have been made again, and are not on stable storage. */
  readonly hasNewIndexes: boolean;
}

export interface AppendResult {
  readonly baseOffset: number;
  /** When the broker stamped the records (`message.timestamp.type=LogAppendTime`), otherwise -1. */
  readonly appendTimeMs: number;
  /** The batch had been appended before; nothing was written. */
  readonly duplicate: boolean;
}

/** The end of a transaction, as its coordinator wants it. */
export interface TransactionEnd extends MarkerOrigin {
  readonly commit: boolean;
}

export class PartitionLog implements Flushable, ReadableLog, Disposable {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  /** Its observer's. */
  readonly note: LogNote = newNote();
  readonly #context: LogContext;
  readonly #segments: LogSegments;
  readonly #producers: ProducerState;
  readonly #leaderEpochs: LeaderEpochs;
  readonly #snapshots: ProducerSnapshots;
  readonly #reader: LogReader;
  readonly #flushState: FlushState;
  #config: LogConfig;
  #logStartOffset: number;
  #endOffset: number;
  #highWatermark: LogEnd;
  /** The disk has refused the last append, and the log has been told. */
  #hasRefused = false;
  /** All below it is known to be flushed by a checkpoint on stable storage. */
  #recoveryPoint = 0;
  /** A compaction reads its segments, which are not to go meanwhile. */
  #isHeld = false;
  /** A new segment was begun and could not be finished: the next append tries again. */
  #isRollDue = false;
  /** Monotonic: when the active segment got its first batch; -Infinity: in an earlier life. */
  #activeSinceMs = -Infinity;
  /** Age at which the active segment is rolled. */
  #rollMs: number;
  /** There is more to be said by a clean close than what is on stable storage. */
  #hasChanged: boolean;
  #failure: LogError | undefined;
  #isClosed = false;
  /** Monotonic: when the oldest batch was appended that no flush under way covers, and that one does; -1: there is none. */
  #uncoveredSinceMs = -1;
  #coveredSinceMs = -1;

  constructor(context: LogContext, identity: LogIdentity, config: LogConfig, loaded: LoadedLog) {
    this.#context = context;
    this.topic = identity.topic;
    this.partition = identity.partition;
    this.directory = identity.directory;
    this.#config = config;
    this.#segments = new LogSegments(loaded.segments);
    this.#producers = loaded.producers;
    this.#leaderEpochs = loaded.leaderEpochs;
    this.#flushState = new FlushState(loaded.flushed, loaded.unsyncedDirectories);
    this.#snapshots = new ProducerSnapshots({
      ...context,
      directory: this.directory,
      offsets: loaded.snapshotOffsets,
      producers: this.#producers,
      flushState: this.#flushState,
    });
    this.#reader = new LogReader(this, this.#segments);
    this.#logStartOffset = loaded.logStartOffset;
    this.#endOffset = loaded.endOffset;
    this.#highWatermark = this.#acknowledgesFlushed ? loaded.flushed : this.#end();
    this.#producers.transactions.acknowledge(this.#highWatermark.offset);
    this.#hasChanged = loaded.hasNewIndexes;
    this.#rollMs = rollAgeMs(config, context.random);
    for (const segment of this.#segments) this.#adopt(segment);
    if (loaded.flushed.offset < loaded.endOffset) context.flusher.flush(this);
    context.observer.opened(this);
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get config(): LogConfig {
    return this.#config;
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

  /** The first offset that can't be read as committed yet: no transaction with records below it is open. */
  get lastStableOffset(): number {
    const { firstUnstableOffset } = this.#producers.transactions;
    // Retention may have taken the beginning of an open transaction.
    return Math.min(this.highWatermark, Math.max(firstUnstableOffset, this.#logStartOffset));
  }

  /** The high watermark, and where it lies. */
  get readableEnd(): LogEnd {
    return this.#highWatermark;
  }

  get appendedEnd(): LogEnd {
    return this.#end();
  }

  get flushedEnd(): LogEnd {
    return this.#flushState.flushed;
  }

  /** All below it is on stable storage: Kafka's recovery point. */
  get flushedOffset(): number {
    return this.#flushState.flushed.offset;
  }

  get leaderEpoch(): number {
    return Math.max(this.#leaderEpochs.latest, 0);
  }

  /** Where `epoch` ended, or the last one before it that has records here: see {@link LeaderEpochs.endOffsetOf}. */
  endOffsetOfEpoch(epoch: number): EpochEnd | undefined {
    if (epoch === this.leaderEpoch) return { epoch, endOffset: this.#endOffset };
    return this.#leaderEpochs.endOffsetOf(epoch);
  }

  /** Why the log answers nothing any more, if so. */
  get failure(): LogError | undefined {
    return this.#failure;
  }

  /** The largest id of a producer that has written here lately; -1 if none has. */
  get largestProducerId(): number {
    return this.#producers.largestId;
  }

  get segmentCount(): number {
    return this.#segments.count;
  }

  /** Where the segment begins that is appended to. */
  get activeBaseOffset(): number {
    return this.#active.baseOffset;
  }

  /** Bytes of its segments. */
  get sizeInBytes(): number {
    return this.#segments.sizeInBytes;
  }

  /** Bytes that are not known to be on stable storage. */
  get unflushedBytes(): number {
    const { flushed } = this.#flushState;
    if (flushed.offset >= this.#endOffset) return 0;
    let bytes = -flushed.position;
    for (let index = this.#segments.count - 1; index >= 0; index--) {
      const segment = this.#segments.at(index)!;
      if (segment.baseOffset < flushed.segmentBaseOffset) break;
      bytes += segment.size;
    }
    return bytes;
  }

  /**
   * Appends one batch, which has been checked (size, CRC, counts), if it is as the topic's settings demand; sets its base
   * offset and leader epoch, and its timestamps where the topic wants the broker's. The bytes may be reused at once.
   */
  append(sent: RecordBatch): AppendResult {
    this.#throwIfUnusable();
    if (this.#context.freeSpace.isLow) throw this.#noRoom();
    this.#checkSize(sent.sizeInBytes);
    const isIdempotent = sent.producerId >= 0;
    if (isIdempotent) {
      // Before the rules: what was taken once stays taken, though its time may be out of bounds by now.
      const repeated = this.#producers.check(sent);
      if (repeated !== undefined) return this.#answerAgain(repeated);
    }
    const batch = batchToStore(sent, this.config, this.#context.clock);
    if (batch !== sent) this.#checkSize(batch.sizeInBytes);
    return this.#appendChecked(batch);
  }

  /**
   * Appends a batch that a coordinator of this broker has made. It has no sequence, and its producer, if it has one, is the
   * transaction's. What the broker has to remember is let in while the disk is nearly full, and may be larger than
   * `max.message.bytes`. Throws LogError: INVALID_PRODUCER_EPOCH if a newer producer has been here, or as `append` does.
   */
  appendInternal(batch: RecordBatch): AppendResult {
    this.#throwIfUnusable();
    if (batch.producerId >= 0) this.#producers.checkEpoch(batch);
    return this.#appendChecked(batch);
  }

  /**
   * Calls `done` when all that was appended is acknowledged, at once if it is; or with an error, after which nobody knows.
   */
  whenAcknowledged(done: (error?: Error) => void): void {
    if (this.#failure) done(this.#failure);
    else if (this.highWatermark === this.#endOffset) done();
    else this.whenFlushed(this.#endOffset, done);
  }

  /**
   * Appends the marker that ends a transaction of a producer. Throws LogError: INVALID_PRODUCER_EPOCH or
   * TRANSACTION_COORDINATOR_FENCED if somebody newer has been here, or as `append` does. `max.message.bytes` does not count:
   * a transaction that can't be ended would block readers for ever.
   */
  appendEndMarker(end: TransactionEnd): AppendResult {
    this.#throwIfUnusable();
    this.#producers.checkMarker(end);
    const { producerId, producerEpoch, coordinatorEpoch, commit } = end;
    const type = commit ? "commit" : "abort";
    const timestamp = this.#context.clock.now();
    const bytes = encodeEndMarker({ type, producerId, producerEpoch, coordinatorEpoch, timestamp });
    return this.#appendChecked(new RecordBatch(bytes), { type, coordinatorEpoch });
  }

  #appendChecked(batch: RecordBatch, marker?: EndMarker): AppendResult {
    const baseOffset = this.#endOffset;
    batch.setBaseOffset(baseOffset);
    batch.setLeaderEpoch(this.leaderEpoch);
    const appendTimeMs = this.#stamp(batch);
    const segment = this.#segmentFor(batch);
    if (segment.size === 0) this.#activeSinceMs = this.#context.clock.monotonic();
    this.#write(segment, batch);
    if (this.#hasRefused) this.#tellOfAppends();
    this.#endOffset = baseOffset + batch.lastOffsetDelta + 1;
    this.#hasChanged = true;
    if (batch.producerId >= 0) this.#noteProducer(batch, marker);
    if (this.#uncoveredSinceMs < 0) this.#uncoveredSinceMs = this.#context.clock.monotonic();
    this.#wantFlush(baseOffset);
    if (!this.#acknowledgesFlushed) this.#advanceHighWatermark(this.#end());
    this.#context.observer.changed(this);
    return { baseOffset, appendTimeMs, duplicate: false };
  }

  /**
   * From now on `config` counts: for what is appended, kept and flushed next. What has been done by the settings of before stays
   * done: batches are as they were stored, and the room and the indexes of the active segment as large as it was begun with.
   *
   * `flush.messages`: what was acknowledged before it became 1 stays so, and is flushed at once; what waited for a flush when it
   * ceased to be 1 can be read now, and its producers are answered when that flush, which is under way, has ended.
   */
  reconfigure(config: LogConfig): void {
    this.#config = config;
    for (const segment of this.#segments) segment.config = config;
    this.#rollMs = rollAgeMs(config, this.#context.random);
    if (this.#failure) return;
    if (this.flushedOffset < this.#endOffset) this.#wantFlush(this.flushedOffset);
    if (!this.#acknowledgesFlushed) this.#advanceHighWatermark(this.#end());
    this.#context.observer.changed(this);
  }

  /** Reads: see {@link LogReader}. */
  checkOffset(offset: number): void {
    this.#reader.checkOffset(offset);
  }

  read(offset: number, maxBytes: number, options: ReadOptions): FileSlice | undefined {
    return this.#reader.read(offset, maxBytes, options);
  }

  readToEnd(offset: number, maxBytes: number, options: ReadOptions): FileSlice | undefined {
    return this.#reader.readToEnd(offset, maxBytes, options);
  }

  readCommitted(offset: number, maxBytes: number, options: ReadOptions): CommittedSlice | undefined {
    return this.#reader.readCommitted(offset, maxBytes, options);
  }

  readCached(offset: number, maxBytes: number, options: CachedReadOptions): CachedRead | undefined {
    return this.#reader.readCached(offset, maxBytes, options);
  }

  abortedTransactions(from: number, upTo: number): AbortedTransaction[] {
    return this.#reader.abortedTransactions(from, upTo);
  }

  lookupTimestamp(timestamp: number): TimestampOffset | undefined {
    return this.#reader.lookupTimestamp(timestamp);
  }

  maxTimestamp(): TimestampOffset | undefined {
    return this.#reader.maxTimestamp();
  }

  /**
   * Calls `done` when all below `offset` is on stable storage, at once if it is there already; or with an error, after which
   * nobody knows.
   */
  whenFlushed(offset: number, done: (error?: Error) => void): void {
    invariant(
      offset <= this.#endOffset,
      () => `a flush up to ${offset} of ${this.name}, which ends at ${this.#endOffset}`,
    );
    if (this.#failure) return done(this.#failure);
    const { flushed, coveredOffset } = this.#flushState;
    if (offset <= flushed.offset) return done();
    this.#flushState.wait(offset, done);
    if (offset > coveredOffset) this.#context.flusher.flush(this);
  }

  beginFlush(): FlushWork | undefined {
    let files: DiskFile[] = [];
    try {
      files = this.#unflushedFiles();
    } catch (error) {
      if (isOutOfDescriptors(error)) return this.#flushLater(error);
      this.#fence("its files could not be opened for a sync", error);
    }
    this.#snapshots.beginSync();
    this.#coveredSinceMs = this.#uncoveredSinceMs;
    this.#uncoveredSinceMs = -1;
    return this.#flushState.begin(this.#end(), files);
  }

  endFlush(error?: Error): void {
    if (isOutOfDescriptors(error) && !this.#failure) {
      this.#flushState.putOff();
      if (this.#coveredSinceMs >= 0) this.#uncoveredSinceMs = this.#coveredSinceMs;
      return this.#flushLater(error);
    }
    const end = this.#flushState.end();
    if (this.#failure) return;
    if (error) {
      this.#fence("its data could not be brought to stable storage", error);
      return;
    }
    this.#snapshots.endSync();
    this.#flushedUpTo(end);
    if (end.offset < this.#endOffset) this.#scheduleFlush();
    const { observer, clock } = this.#context;
    observer.changed(this);
    if (this.#coveredSinceMs >= 0) observer.flushed(this, clock.monotonic() - this.#coveredSinceMs);
  }

  /**
   * Moves the log start offset up to `offset`, which is acknowledged; -1: all that is. Returns where the log begins now. It
   * counts at once; whoever promises it to others has to have it checkpointed first.
   */
  deleteRecordsBefore(offset: number): number {
    this.#throwIfUnusable();
    const target = offset === -1 ? this.highWatermark : offset;
    if (target < 0 || target > this.highWatermark) {
      throw new LogError(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        `the records of ${this.name} before ${offset} can't be deleted: it holds acknowledged offsets ` +
          `${this.#logStartOffset} to ${this.highWatermark}`,
      );
    }
    if (target > this.#logStartOffset) {
      this.#logStartOffset = target;
      this.#leaderEpochs.truncateFromStart(target);
      // The last stable offset may have moved with it.
      this.#context.onReadableChange(this);
      this.#context.observer.changed(this);
    }
    return this.#logStartOffset;
  }

  /**
   * Does what the time demands: begins a new segment where the active one is old enough, and moves the log start offset
   * behind the segments that retention lets go. Returns whether it has moved; the segments go by `removeSegmentsBelow`.
   */
  keepHouse(): boolean {
    if (this.#failure) return false;
    const nowMs = this.#context.clock.now();
    try {
      // By that of its records, so that a restart does not make it young; and by the time it has been written to, so that one of
      // old records, or of such as have no time, does not come with each round.
      const { firstTimestamp } = this.#active;
      const isOld = firstTimestamp !== undefined && nowMs - firstTimestamp > this.#rollMs &&
        this.#context.clock.monotonic() - this.#activeSinceMs > this.#rollMs;
      if (isOld) this.#roll();
      return this.#expire(nowMs);
    } catch (error) {
      if (diskErrorCode(error) === undefined && !(error instanceof LogError)) throw error;
      this.#context.log(
        "warn",
        `${this.name} could not be looked through for old records: ${errorText(error)}`,
      );
      return false;
    }
  }

  /**
   * Takes the segments out that end at or below `offset`, a log start offset that is on stable storage. Their files are
   * renamed, and returned for their removal; readers that have begun go on.
   */
  removeSegmentsBelow(offset: number): string[] {
    if (this.#failure || this.#isHeld || !this.#canForgetBelow(offset)) return [];
    const removed: string[] = [];
    for (const segment of this.#segments.takeBelow(Math.min(offset, this.#logStartOffset))) {
      segment.close();
      removed.push(
        ...takeOutOfUse(this.#context.disk, this.directory, segment.baseOffset, this.#context.log),
      );
    }
    this.#context.observer.changed(this);
    return removed;
  }

  /** All below `offset` was flushed, and the recovery point that says so is on stable storage. */
  noteRecoveryPoint(offset: number): void {
    this.#recoveryPoint = Math.max(this.#recoveryPoint, offset);
  }

  /** What decides whether it is to be compacted. */
  describeForCompaction(): Omit<CompactionCandidate, "firstDirtyOffset" | "earliestDeleteHorizonMs"> {
    const all = this.#segments.toArray();
    return {
      segments: all.slice(0, -1).map((segment, index) => ({
        baseOffset: segment.baseOffset,
        endOffset: all[index + 1]!.baseOffset,
        sizeInBytes: segment.size,
        largestTimestampMs: segment.maxTimestamp.timestamp,
        // It takes a look into the file, which only the one setting that it is for is worth.
        ...this.config.maxCompactionLagMs < Infinity
          ? { firstTimestampMs: segment.firstTimestamp ?? -1 }
          : {},
      })),
      logStartOffset: this.#logStartOffset,
      endOffset: this.#endOffset,
      lastStableOffset: this.lastStableOffset,
      recoveryPoint: this.#recoveryPoint,
      config: this.config,
    };
  }

  /** What is known of the producers that have written here lately. */
  producers(): Iterable<ProducerSnapshotEntry> {
    return this.#producers.entries();
  }

  producer(producerId: number): ProducerSnapshotEntry | undefined {
    return this.#producers.entry(producerId);
  }

  /**
   * When the producer's last transaction was ended here, by the time in its marker: -Infinity if none was. Undefined: nobody
   * knows, for the marker lies before a snapshot that was taken within the next transaction.
   */
  lastMarkerMs(producerId: number): number | undefined {
    return this.#producers.lastMarkerMs(producerId);
  }

  /** Whether a transaction of this very producer has records here and is open. */
  isInTransaction(producerId: number, producerEpoch: number): boolean {
    return this.#producers.isInTransaction(producerId, producerEpoch);
  }

  /** Producers whose last batch compaction must leave something of. */
  activeProducers(): ActiveProducer[] {
    return Array.from(this.#producers.entries(), ({ producerId, epoch, lastOffset }) => ({
      producerId,
      producerEpoch: epoch,
      lastDataOffset: lastOffset,
    }));
  }

  /** While a compaction reads them, no segment goes. */
  holdSegments(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** The first step of `segment_replacement.ts`: the new segment counts, for a start that comes next. */
  beginReplacement({ baseOffset, replaces }: RewrittenGroup): readonly string[] {
    this.#throwIfUnusable();
    const first = this.#segments.indexOf(replaces[0]!);
    if (replaces.some((replaced, index) => this.#segments.at(first + index)?.baseOffset !== replaced)) {
      throw new LogError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `segments of ${this.name} from ${baseOffset} on have gone since they were compacted`,
      );
    }
    commitSwap(this.#context.disk, this.directory, baseOffset);
    return [];
  }

  /** The second step: the old segments go. Returns their files, under new names, for their removal. */
  finishReplacement({ baseOffset, replaces }: RewrittenGroup): readonly string[] {
    this.#throwIfUnusable();
    const { disk } = this.#context;
    const first = this.#segments.indexOf(replaces[0]!);
    const replaced = replaces.map((_, index) => this.#segments.at(first + index)!);
    try {
      const retired = retireReplaced(disk, this.directory, replaces);
      finishSwap(disk, this.directory, baseOffset);
      const segment = new LogSegment(this.#context, this.directory, baseOffset, this.config);
      segment.seal();
      this.#adopt(segment);
      for (const old of replaced) old.close();
      this.#segments.replace(replaced, segment);
      if (replaces.includes(this.#highWatermark.segmentBaseOffset)) {
        this.#highWatermark = {
          offset: this.#highWatermark.offset,
          segmentBaseOffset: baseOffset,
          position: segment.size,
        };
      }
      this.#context.observer.changed(this);
      return retired;
    } catch (error) {
      throw this.#fence("a compacted segment could not be put in its place", error);
    }
  }

  /** Forgets producers that have been idle for too long. */
  expireProducers(nowMs: number): void {
    this.#producers.expire(nowMs, this.config.producerIdExpirationMs);
  }

  /** A clean close has something to bring to stable storage. */
  get isUnflushed(): boolean {
    return this.#hasChanged || this.flushedOffset < this.#endOffset;
  }

  /**
   * Brings everything to stable storage, waiting for the disk, leaves files that need no recovery, and closes. Throws if that
   * can't be done. Even what a sync in the background is about is synced here: that one may yet fail. Without `syncs` the
   * caller brings to stable storage what this has written, and relies on nothing before.
   */
  closeCleanly({ syncs = true } = {}): void {
    if (this.#failure) throw this.#failure;
    if (this.#hasChanged) {
      // Not worth a sync, as it is checked when it is read.
      this.#snapshots.take(this.#endOffset);
      const wasCut = this.#active.finish();
      if (syncs) this.#syncClosed(wasCut);
    }
    if (syncs) {
      // A segment may be finished and not flushed, though all its records are.
      const hasUnflushed = this.flushedOffset < this.#endOffset ||
        this.flushedEnd.segmentBaseOffset < this.activeBaseOffset;
      if (hasUnflushed) { for (const file of this.#unflushedFiles()) file.syncData(); }
      for (const directory of this.#flushState.unsyncedDirectories) {
        this.#context.disk.syncDirectory(directory);
      }
    }
    this.#flushedUpTo(this.#end());
    this.close();
  }

  /** What else a start that does not recover goes by. */
  #syncClosed(wasCut: boolean): void {
    if (wasCut) this.#active.file.syncData();
    this.#active.offsetIndex.openFile?.syncData();
    this.#active.timeIndex.openFile?.syncData();
    // A glance does not tell that entries are missing, or all of them.
    const { openFile } = this.#active.transactionIndex;
    openFile?.syncData();
    if (openFile !== undefined) this.#flushState.noteDirectory(this.directory);
  }

  /** Gives all files back, whatever state they are in. Readers finish what they hold. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#context.flusher.forget(this);
    this.#flushState.close();
    for (const segment of this.#segments) segment.close();
    this.#failure ??= new LogError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `${this.name} is closed`);
    this.#flushState.fail(this.#failure);
    this.#context.observer.closed(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #active(): LogSegment {
    return this.#segments.active;
  }

  get #acknowledgesFlushed(): boolean {
    return this.config.flushMessages === 1;
  }

  #end(): LogEnd {
    const { baseOffset, size } = this.#active;
    return { offset: this.#endOffset, segmentBaseOffset: baseOffset, position: size };
  }

  #noteProducer(batch: RecordBatch, marker: EndMarker | undefined): void {
    const ended = this.#producers.update(batch, this.#context.clock.monotonic(), marker);
    if (ended?.isAborted) this.#active.noteAborted(ended);
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
      const active = this.#active;
      const mustRoll = this.#isRollDue ||
        active.hasNoRoomFor(batch.sizeInBytes, batch.lastOffset, this.config.segmentBytes);
      if (mustRoll || ((this.#isOld(batch) || active.isIndexFull) && this.#canRollAgain())) this.#roll();
      this.#active.openForAppend();
      return this.#active;
    } catch (error) {
      throw this.#notAppended(error);
    }
  }

  /** Kafka's rule: the segment's first record is older than the new one by `segment.ms`, both by the records' time. */
  #isOld({ maxTimestamp }: RecordBatch): boolean {
    const { firstTimestamp } = this.#active;
    return firstTimestamp !== undefined && firstTimestamp >= 0 &&
      maxTimestamp - firstTimestamp > this.#rollMs;
  }

  /** Whether a roll that could wait need not. */
  #canRollAgain(): boolean {
    const flushed = this.#segments.indexOf(this.#flushState.flushed.segmentBaseOffset);
    return this.#segments.count - 1 - flushed < MAX_UNFLUSHED_SEGMENTS;
  }

  #adopt(segment: LogSegment): void {
    segment.onFlushWanted = () => this.#context.flusher.flush(this);
  }

  #expire(nowMs: number): boolean {
    const { count, reason } = findExpired(this.#segments.ages(this.#endOffset), {
      nowMs,
      logStartOffset: this.#logStartOffset,
      highWatermark: this.highWatermark,
      totalBytes: this.config.retentionBytes === Infinity ? 0 : this.sizeInBytes,
    }, this.config);
    if (count === 0) return false;
    if (count === this.#segments.count) this.#roll();
    const startOffset = this.#segments.at(count)!.baseOffset;
    const hasMoved = startOffset > this.#logStartOffset;
    this.#logStartOffset = Math.max(this.#logStartOffset, startOffset);
    this.#leaderEpochs.truncateFromStart(this.#logStartOffset);
    if (hasMoved) {
      this.#context.log("debug", `${this.name} begins at offset ${startOffset} now, by ${reason}`);
      this.#context.onReadableChange(this);
      this.#context.observer.changed(this);
    }
    return true;
  }

  /** What segments say of producers is to be in a durable snapshot before they go; if it is not, it soon will be. */
  #canForgetBelow(offset: number): boolean {
    const { baseOffset } = this.#segments.at(this.#segments.indexOf(Math.min(offset, this.#logStartOffset)))!;
    return this.#snapshots.covers(baseOffset, this.#endOffset, () => this.#context.flusher.flush(this));
  }

  #noRoom(): LogError {
    return new LogError(
      ErrorCode.KAFKA_STORAGE_ERROR,
      `a batch was not appended to ${this.name}: ${this.#context.freeSpace.problem}`,
    );
  }

  #roll(): void {
    // First what may fail: nothing has changed then.
    this.#active.finish();
    // Until it has succeeded nothing is appended to the segment before: the file that a failed try leaves behind begins at
    // this very offset, and after a clean stop it would be taken for the end of the log.
    this.#isRollDue = true;
    const active = LogSegment.create(this.#context, this.directory, this.#endOffset, this.config);
    this.#isRollDue = false;
    this.#snapshots.take(this.#endOffset);
    this.#segments.push(active);
    this.#adopt(active);
    this.#rollMs = rollAgeMs(this.config, this.#context.random);
    this.#flushState.noteDirectory(this.directory);
    this.#context.flusher.flush(this);
  }

  #write(segment: LogSegment, batch: RecordBatch): void {
    const { size } = segment;
    try {
      segment.append(batch);
      this.#context.freeSpace.note(batch.sizeInBytes);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      if (isDiskFull(error)) this.#context.freeSpace.check();
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
    const message = `a batch was not appended to ${this.name}: ${reason}: ${errorText(error)}`;
    // Once, not for each of the batches that clients send again and again.
    if (!this.#hasRefused) this.#context.log("error", message);
    this.#hasRefused = true;
    return new LogError(ErrorCode.KAFKA_STORAGE_ERROR, message, { cause: error });
  }

  #tellOfAppends(): void {
    this.#hasRefused = false;
    this.#context.log("info", `${this.name} takes records again`);
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
    this.#flushState.fail(this.#failure);
    // Others may need the descriptors; a sync that is under way holds its own.
    for (const segment of this.#segments) segment.close();
    // Who waits for more to read is not to wait any longer.
    this.#context.onReadableChange(this);
    this.#context.observer.changed(this);
    return this.#failure;
  }

  /** After an append at `baseOffset`. */
  #wantFlush(baseOffset: number): void {
    const { flushed, coveredOffset } = this.#flushState;
    if (flushed.offset === baseOffset) this.#scheduleFlush();
    if (this.#endOffset - coveredOffset >= this.config.flushMessages) this.#context.flusher.flush(this);
  }

  #flushLater(error: unknown): undefined {
    const { flusher, clock, log } = this.#context;
    log("debug", `${this.name} is flushed later, nothing of it is lost: ${errorText(error)}`);
    flusher.schedule(this, clock.monotonic() + FLUSH_RETRY_MS);
  }

  #scheduleFlush(): void {
    this.#context.flusher.schedule(this, this.#context.clock.monotonic() + this.config.flushMs);
  }

  /** Files that hold something which may not be on stable storage, snapshots apart. */
  #unflushedFiles(): DiskFile[] {
    const files: DiskFile[] = [];
    for (let index = this.#segments.count - 1; index >= 0; index--) {
      const segment = this.#segments.at(index)!;
      if (segment.baseOffset < this.#flushState.flushed.segmentBaseOffset) break;
      // The indexes of the active segment are not worth a sync: recovery makes them again.
      if (segment === this.#active) files.push(segment.file);
      else files.push(...segment.openFiles());
    }
    return files;
  }

  #flushedUpTo(end: LogEnd): void {
    const { segmentBaseOffset } = this.#flushState.flushed;
    for (let index = this.#segments.count - 1; index >= 0; index--) {
      const segment = this.#segments.at(index)!;
      if (segment.baseOffset < segmentBaseOffset) break;
      // Those that were finished when the flush began.
      if (segment.baseOffset < end.segmentBaseOffset) segment.seal();
    }
    if (end.offset === this.#endOffset) this.#active.markSynced();
    // What was too much and could not be closed unflushed now can.
    this.#context.openSegments.trim();
    this.#flushState.advance(end);
    if (this.#acknowledgesFlushed) this.#advanceHighWatermark(end);
    this.#flushState.answer();
  }

  #advanceHighWatermark(end: LogEnd): void {
    if (end.offset <= this.#highWatermark.offset) return;
    this.#highWatermark = end;
    this.#producers.transactions.acknowledge(end.offset);
    this.#context.onReadableChange(this);
  }
}
