/**
 * Makes a partition's directory whole before it serves: once, at start.
 *
 * After a clean close there is next to nothing to do: the last segment's end is found from its index. After a crash all
 * segments from the recovery point on are read from end to end, since nothing vouches for them.
 *
 * What is good up to the first bad byte stays; the rest of that segment is cut off. A torn batch at the very end was never
 * acknowledged as flushed and just goes; so do zeros. But where bad bytes lie below the recovery point or good batches
 * lie behind them, something else has happened than a crash, and nobody may find out too late: all that is cut is first
 * copied to a `.corrupt` file beside the segment. Later segments stay if they had been flushed; if not, they no longer follow
 * and are renamed to such a file. Nothing is ever deleted because it looks wrong. Indexes and snapshots hold nothing of their own and are made again.
 *
 * What lies below the log start offset had been deleted, and goes. A log that ends below it (a power cut took its tail) begins
 * again there, empty: the offsets in between were given out once.
 * @module
 */
import { decodeEndMarker } from "../protocol/end_marker.ts";
import { readText, replaceFile, writeText } from "./atomic_file.ts";
import { parseEpochCheckpoint } from "./checkpoint_file.ts";
import type { DiskFile } from "./disk.ts";

import {
  DELETED_SUFFIX,
  formatCorruptFile,
  formatSegmentFile,
  isUnfinishedIndex,
  join,
  LEADER_EPOCHS,
  parseSegmentFile,
  SEGMENT_FILES,
  type SegmentFileKind,
} from "./file_names.ts";
import { readLeaderEpochs } from "./leader_epoch_recovery.ts";
import { LeaderEpochs } from "./leader_epochs.ts";
import type { LogConfig } from "./log_config.ts";
import type { LoadedLog } from "./partition_log.ts";
import { type RecoveredProducers, recoverProducers } from "./producer_recovery.ts";
import { writeProducerSnapshot } from "./producer_snapshot.ts";
import type { RecoveryContext } from "./recovery_context.ts";
import { LogSegment } from "./segment.ts";
import { finishInterruptedSwaps } from "./segment_swap.ts";
import { type ScanResult, scanSegment } from "./segment_scan.ts";
import { recoverTransactionIndexes } from "./transaction_recovery.ts";

const COPY_BYTES = 1024 * 1024;

export interface RecoveryOptions {
  readonly directory: string;
  readonly config: LogConfig;
  /** The directory was closed cleanly: its files can be taken at their word. */
  readonly wasClosedCleanly: boolean;
  /** From recovery-point-offset-checkpoint: all below was flushed. */
  readonly recoveryPoint: number;
  /** From log-start-offset-checkpoint. */
  readonly logStartOffset: number;
  /**
   * Offsets may be missing behind the recovery point too, in all segments but the last: Apache Kafka wrote this log, whose
   * compaction does not wait for that point to be noted, or the point is lost. Default false.
   */
  readonly mayHaveGaps?: boolean;
  /** Directories whose entries are not durable yet, as the partition has just been made. */
  readonly unsyncedDirectories?: readonly string[];
}

export class PartitionRecovery {
  /** Bytes of log that `run` will read. */
  readonly scanBytes: number;
  readonly #context: RecoveryContext;
  readonly #options: RecoveryOptions;
  readonly #files: Map<SegmentFileKind, Set<number>>;
  readonly #baseOffsets: number[];
  #leaderEpochs = new LeaderEpochs();
  #latestEpoch = Infinity;
  #hasEpochNews = false;
  #hasSyncedSegments = false;
  #hasScannedLast = false;
  /** Segments whose `.txnindex` is to be made again, and whether there may be anything to put into it. */
  readonly #doubtfulTransactions = new Map<LogSegment, boolean>();

  /** Looks at what is there. */
  constructor(context: RecoveryContext, options: RecoveryOptions) {
    this.#context = context;
    this.#options = options;
    finishInterruptedSwaps(context.disk, options.directory, context.log);
    this.#files = this.#listFiles();
    this.#baseOffsets = [...this.#files.get("log") ?? []].sort((a, b) => a - b);
    this.scanBytes = this.#baseOffsets
      .filter((_, index) => this.#isToBeScanned(index))
      .reduce((sum, baseOffset) => sum + this.#fileSize(baseOffset), 0);
  }

  /** Does it. What it returns is on stable storage as far as it says. */
  run(onScanned: (bytes: number) => void = () => {}): LoadedLog {
    this.#loadEpochs();
    this.#removeOrphans();
    const { config, directory } = this.#options;
    const unsyncedDirectories = [...this.#options.unsyncedDirectories ?? []];
    const segments = this.#loadSegments(onScanned);
    try {
      const { logStartOffset } = this.#options;
      let endOffset = segments.length === 0 ? -1 : this.#findEnd(segments);
      if (endOffset < logStartOffset && logStartOffset > 0) this.#beginAgain(segments.splice(0), endOffset);
      if (segments.length === 0) {
        segments.push(LogSegment.create(this.#context, directory, logStartOffset, config));
        unsyncedDirectories.push(directory);
        endOffset = logStartOffset;
      }
      const hasChangedIndexes = recoverTransactionIndexes(this.#context, {
        segments,
        endOffset,
        directory,
        doubtful: this.#doubtfulTransactions,
        snapshotOffsets: this.#files.get("snapshot") ?? [],
      });
      if (hasChangedIndexes) this.#hasSyncedSegments = true;
      const recovered = recoverProducers(this.#context, {
        segments,
        endOffset,
        directory,
        wasClosedCleanly: this.#options.wasClosedCleanly,
        expirationMs: config.producerIdExpirationMs,
        snapshotOffsets: this.#files.get("snapshot") ?? [],
      });
      this.#removeBelowStart(segments, recovered);
      this.#settleEpochs(segments, endOffset);
      // A crash may have left names of segments that are not durable yet.
      if (this.#hasSyncedSegments) this.#context.disk.syncDirectory(directory);
      else if (!this.#options.wasClosedCleanly) unsyncedDirectories.push(directory);
      if (endOffset < this.#options.recoveryPoint) {
        this.#tell(
          "error",
          `ends at offset ${endOffset}, but had been flushed up to ${this.#options.recoveryPoint}`,
        );
      }
      const active = segments[segments.length - 1]!;
      // Where only what is on disk may be read, what was acknowledged before the crash is to be there at once.
      const isSynced = config.flushMessages === 1 && !this.#options.wasClosedCleanly;
      if (isSynced) {
        active.file.syncData();
        this.#context.disk.syncDirectory(directory);
      }
      for (const segment of segments) {
        if (segment !== active) segment.seal();
        // Idle partitions hold no files.
        segment.close();
      }
      const { baseOffset: segmentBaseOffset, size } = active;
      const flushed = this.#options.wasClosedCleanly || isSynced
        ? { offset: endOffset, segmentBaseOffset, position: size }
        : { offset: segmentBaseOffset, segmentBaseOffset, position: 0 };
      return {
        segments,
        endOffset,
        flushed,
        producers: recovered.producers,
        snapshotOffsets: recovered.snapshotOffsets,
        unsyncedDirectories,
        hasNewIndexes: this.#hasScannedLast,
        leaderEpochs: this.#leaderEpochs,
        logStartOffset: Math.max(logStartOffset, segments[0]!.baseOffset),
      };
    } catch (error) {
      for (const segment of segments) segment.close();
      throw error;
    }
  }

  #listFiles(): Map<SegmentFileKind, Set<number>> {
    const files = new Map<SegmentFileKind, Set<number>>();
    for (const { name, isDirectory } of this.#context.disk.list(this.#options.directory)) {
      const parsed = isDirectory ? undefined : parseSegmentFile(name);
      if (parsed === undefined) {
        // Retention had taken it out of the log, or it was to be an index, and a crash came first.
        if (!isDirectory && (name.endsWith(DELETED_SUFFIX) || isUnfinishedIndex(name))) {
          this.#context.disk.removeFile(this.#path(name));
        }
        continue;
      }
      const offsets = files.get(parsed.kind);
      if (offsets) offsets.add(parsed.offset);
      else files.set(parsed.kind, new Set([parsed.offset]));
    }
    return files;
  }

  /**
   * Retention or a client had deleted these segments; their files outlived a crash. What they say of producers is kept in a
   * snapshot before they go.
   */
  #removeBelowStart(segments: LogSegment[], { producers, snapshotOffsets }: RecoveredProducers): void {
    const { logStartOffset, directory } = this.#options;
    const { disk } = this.#context;
    let count = 0;
    while (count + 1 < segments.length && segments[count + 1]!.baseOffset <= logStartOffset) count++;
    if (count === 0) return;
    const endOffset = segments.at(-1)!.findEnd()!;
    if (producers.size > 0) {
      const isThere = snapshotOffsets.at(-1) === endOffset;
      const path = this.#path(formatSegmentFile(endOffset, "snapshot"));
      using snapshot = isThere ? disk.open(path) : writeProducerSnapshot(disk, path, producers.entries());
      snapshot.syncData();
      // It must not outlive what it tells of: one of a longer log is of no use.
      segments.at(-1)!.file.syncData();
      disk.syncDirectory(directory);
      if (!isThere) snapshotOffsets.push(endOffset);
    }
    for (const segment of segments.splice(0, count)) {
      segment.close();
      this.#removeSegment(segment.baseOffset);
    }
  }

  #beginAgain(segments: readonly LogSegment[], endOffset: number): void {
    const { logStartOffset, wasClosedCleanly } = this.#options;
    const kept: string[] = [];
    for (const segment of segments) {
      segment.close();
      kept.push(...this.#moveAside(segment.baseOffset));
    }
    this.#baseOffsets.length = 0;
    // Producers may go on with the sequence behind what was lost, which nobody can read any more.
    for (const offset of this.#files.get("snapshot") ?? []) {
      this.#context.disk.removeFile(this.#path(formatSegmentFile(offset, "snapshot")));
    }
    this.#files.delete("snapshot");
    if (endOffset < 0) return;
    // A power cut can do that to records that were deleted just before; a clean stop can't.
    this.#tell(
      wasClosedCleanly ? "error" : "warn",
      `ends at offset ${endOffset}, below its log start offset, so it begins again, empty, at ${logStartOffset}` +
        (kept.length === 0 ? "" : `; what it held is kept as ${kept.join(", ")}`),
    );
  }

  #removeSegment(baseOffset: number): void {
    const { disk } = this.#context;
    for (const kind of SEGMENT_FILES) {
      const path = this.#path(formatSegmentFile(baseOffset, kind));
      // Not by the list of files: indexes that were missing have been made meanwhile.
      if (disk.exists(path)) disk.removeFile(path);
    }
  }

  #isToBeScanned(index: number): boolean {
    const { wasClosedCleanly, recoveryPoint } = this.#options;
    if (wasClosedCleanly) return false;
    const nextBaseOffset = this.#baseOffsets[index + 1];
    // A recovery point right at the end of a segment may be of a flush before it was finished, without its indexes.
    return nextBaseOffset === undefined || nextBaseOffset >= recoveryPoint;
  }

  #fileSize(baseOffset: number): number {
    using file = this.#openLog(baseOffset);
    return file.size();
  }

  #openLog(baseOffset: number): DiskFile {
    return this.#context.disk.open(this.#path(formatSegmentFile(baseOffset, "log")));
  }

  #path(name: string): string {
    return join(this.#options.directory, name);
  }

  #tell(level: "info" | "warn" | "error", what: string): void {
    this.#context.log(level, `${this.#options.directory} ${what}`);
  }

  #loadEpochs(): void {
    const text = readText(this.#context.disk, this.#path(LEADER_EPOCHS));
    const entries = text === undefined ? "it is missing" : parseEpochCheckpoint(text);
    if (typeof entries === "string") {
      if (this.#baseOffsets.length > 0) {
        this.#tell("warn", `has no good ${LEADER_EPOCHS} (${entries}): it is made again`);
      }
      this.#hasEpochNews = true;
      return;
    }
    this.#leaderEpochs = new LeaderEpochs(entries);
    if (this.#leaderEpochs.latest >= 0) this.#latestEpoch = this.#leaderEpochs.latest;
  }

  /** Indexes without a log: a crash came between the making of one and the other. */
  #removeOrphans(): void {
    const logs = this.#files.get("log") ?? new Set();
    for (const kind of ["index", "timeindex", "txnindex"] as const) {
      for (const offset of this.#files.get(kind) ?? []) {
        if (!logs.has(offset)) this.#context.disk.removeFile(this.#path(formatSegmentFile(offset, kind)));
      }
    }
  }

  #loadSegments(onScanned: (bytes: number) => void): LogSegment[] {
    const segments: LogSegment[] = [];
    /** Where the next segment has to begin; undefined where the last one was taken at its word. */
    let dueOffset: number | undefined;
    /** It lost its end to a crash. */
    let wasCut = false;
    try {
      this.#baseOffsets.forEach((baseOffset, index) => {
        // What does not follow is followed by nothing either: `dueOffset` stays.
        if (this.#doesNotFollow(baseOffset, dueOffset, wasCut)) return this.#setSegmentAside(baseOffset);
        const segment = new LogSegment(
          this.#context,
          this.#options.directory,
          baseOffset,
          this.#options.config,
        );
        segments.push(segment);
        dueOffset = undefined;
        const isToBeScanned = this.#isToBeScanned(index);
        if (isToBeScanned || !this.#hasGoodIndexes(segment, this.#baseOffsets[index + 1])) {
          const { endOffset, tail } = this.#scan(segment, isToBeScanned ? onScanned : undefined);
          dueOffset = endOffset;
          wasCut = tail === "torn" || tail === "damaged";
        } else {
          this.#checkTransactionIndex(segment, this.#baseOffsets[index + 1]);
        }
      });
    } catch (error) {
      for (const segment of segments) segment.close();
      throw error;
    }
    return segments;
  }

  /**
   * Offsets may be missing only below the recovery point: there compaction has been, or a damaged segment was cut, and what
   * comes behind it had been flushed and is as good as ever. And below the log start, where segments are on their way out.
   */
  #doesNotFollow(baseOffset: number, dueOffset: number | undefined, wasCut: boolean): boolean {
    if (dueOffset === undefined || baseOffset === dueOffset) return false;
    const { recoveryPoint, logStartOffset, mayHaveGaps } = this.#options;
    const mayHaveGap = baseOffset <= Math.max(recoveryPoint, logStartOffset) || (mayHaveGaps && !wasCut);
    return baseOffset < dueOffset || !mayHaveGap;
  }

  #hasGoodIndexes(segment: LogSegment, nextBaseOffset: number | undefined): boolean {
    for (const kind of ["index", "timeindex"] as const) {
      if (!this.#files.get(kind)?.has(segment.baseOffset)) {
        this.#tell(
          "warn",
          `has no ${formatSegmentFile(segment.baseOffset, kind)}: the segment's indexes are made again`,
        );
        return false;
      }
    }
    // Closed cleanly, an index is looked at when it is first used.
    if (this.#options.wasClosedCleanly) return true;
    const problem = segment.indexProblem(nextBaseOffset);
    if (problem !== undefined) this.#tell("warn", `${problem}: the segment's indexes are made again`);
    return problem === undefined;
  }

  /** Nobody would notice later: it is looked at even after a clean close. There are few. */
  #checkTransactionIndex(segment: LogSegment, nextBaseOffset = Infinity): void {
    if (!this.#files.get("txnindex")?.has(segment.baseOffset)) return;
    const { transactionIndex } = segment;
    const problem = transactionIndex.problem(nextBaseOffset);
    if (problem === undefined) return;
    this.#tell("warn", `${transactionIndex.path} is not sound: ${problem}: it is made again`);
    this.#doubtfulTransactions.set(segment, true);
  }

  /** Reads all of `segment`, makes its indexes again and cuts what is not good. */
  #scan(segment: LogSegment, onScanned: (bytes: number) => void = () => {}): ScanResult {
    const isLast = segment.baseOffset === this.#baseOffsets.at(-1);
    const recoveryPoint = this.#options.mayHaveGaps && !isLast ? Infinity : this.#options.recoveryPoint;
    const { file, baseOffset } = segment;
    segment.resetIndexes();
    this.#doubtfulTransactions.set(segment, false);
    const result = scanSegment(
      file,
      { baseOffset, recoveryPoint, latestEpoch: this.#latestEpoch },
      (batch) => {
        segment.note(batch.lastOffset, batch.maxTimestamp, batch.sizeInBytes);
        if (batch.isControl && decodeEndMarker(batch)?.type === "abort") {
          this.#doubtfulTransactions.set(segment, true);
        }
        if (this.#leaderEpochs.assign(batch.leaderEpoch, batch.baseOffset)) this.#hasEpochNews = true;
        onScanned(batch.sizeInBytes);
      },
    );
    onScanned(result.fileBytes - result.validBytes);
    if (result.tail !== "clean") this.#cut(segment, result);
    segment.finish();
    // The last segment is flushed once the broker serves, and its indexes are made again after every crash.
    if (isLast) this.#hasScannedLast = true;
    if (!isLast) {
      for (const open of segment.openFiles()) open.syncData();
      this.#hasSyncedSegments = true;
    }
    return result;
  }

  #cut(segment: LogSegment, { validBytes, fileBytes, endOffset, tail, problem }: ScanResult): void {
    const name = formatSegmentFile(segment.baseOffset, "log");
    const what = `${
      fileBytes - validBytes
    } bytes at the end of ${name}, from position ${validBytes} (offset ${endOffset}) on`;
    const { recoveryPoint } = this.#options;
    if (tail === "zeros") {
      this.#tell("info", `had ${what}, that were never written: they are cut off`);
    } else if (tail === "torn" && endOffset >= recoveryPoint) {
      this.#tell("info", `had ${what}, of an append that a crash cut short: they are cut off (${problem})`);
    } else {
      const evidence = this.#copyAside(segment, validBytes, fileBytes);
      const why = endOffset < recoveryPoint
        ? `although all up to offset ${recoveryPoint} had been flushed`
        : "although good batches lie behind it";
      this.#tell(
        "error",
        `is damaged: ${what}, can't be used, ${why}: ${problem}. They are cut off and kept in ${evidence}; check the disk`,
      );
    }
    segment.cutTo(validBytes);
    // Or a power cut could bring back what was cut, in place of what has been written there since.
    segment.file.syncData();
  }

  /** Copies the bytes from `from` on into a file of their own, durably; returns its name. */
  #copyAside(segment: LogSegment, from: number, end: number): string {
    const { disk } = this.#context;
    const name = this.#freeName(segment.baseOffset, from);
    using copy = disk.open(this.#path(name), { create: true, exclusive: true });
    const buffer = new Uint8Array(COPY_BYTES);
    for (let position = from; position < end;) {
      const read = segment.file.readAt(buffer.subarray(0, Math.min(COPY_BYTES, end - position)), position);
      if (read === 0) break;
      copy.writeAt(buffer.subarray(0, read), position - from);
      position += read;
    }
    copy.syncData();
    disk.syncDirectory(this.#options.directory);
    return name;
  }

  /** Takes a segment that does not follow the ones before it out of the log. */
  #setSegmentAside(baseOffset: number): void {
    const log = formatSegmentFile(baseOffset, "log");
    for (const name of this.#moveAside(baseOffset)) {
      this.#tell(
        "error",
        `lacks records before ${log}, which can't be served any more: it is kept as ${name}`,
      );
    }
  }

  /** Renames a segment's log, if there is anything in it, and removes the rest, durably; returns the new name. */
  #moveAside(baseOffset: number): string[] {
    const { disk } = this.#context;
    const kept: string[] = [];
    if (this.#fileSize(baseOffset) > 0) {
      const name = this.#freeName(baseOffset, 0);
      disk.rename(this.#path(formatSegmentFile(baseOffset, "log")), this.#path(name));
      kept.push(name);
    }
    this.#removeSegment(baseOffset);
    disk.syncDirectory(this.#options.directory);
    return kept;
  }

  #freeName(baseOffset: number, position: number): string {
    for (let copy = 0;; copy++) {
      const name = formatCorruptFile(baseOffset, position, copy);
      if (!this.#context.disk.exists(this.#path(name))) return name;
    }
  }

  /** The end of the log. The last segment's batches behind its last index entry are walked, unless it has just been scanned. */
  #findEnd(segments: LogSegment[]): number {
    const last = segments[segments.length - 1]!;
    const endOffset = last.findEnd();
    if (endOffset !== undefined) return endOffset;
    this.#tell(
      "warn",
      `was closed cleanly, but ${formatSegmentFile(last.baseOffset, "log")} does not end as its indexes say`,
    );
    return this.#scan(last).endOffset;
  }

  #settleEpochs(segments: readonly LogSegment[], endOffset: number): void {
    const startOffset = segments[0]!.baseOffset;
    const knownOffset = this.#leaderEpochs.entries[0]?.startOffset ?? endOffset;
    // Those of segments that were not scanned, nobody has told yet.
    if (knownOffset > Math.max(startOffset, this.#options.logStartOffset)) {
      const latest = this.#leaderEpochs.entries.at(-1);
      this.#leaderEpochs = readLeaderEpochs(this.#context, segments);
      // It may have written nothing yet.
      if (latest?.startOffset === endOffset) this.#leaderEpochs.assign(latest.epoch, endOffset);
      this.#hasEpochNews = true;
    }
    if (this.#leaderEpochs.truncateFromStart(startOffset)) this.#hasEpochNews = true;
    if (this.#leaderEpochs.truncateFromEnd(endOffset)) this.#hasEpochNews = true;
    if (this.#leaderEpochs.latest < 0) this.#hasEpochNews = this.#leaderEpochs.assign(0, endOffset);
    if (!this.#hasEpochNews) return;
    const { disk } = this.#context;
    const path = this.#path(LEADER_EPOCHS);
    // A new partition's is not worth a sync: batches tell their epochs.
    if (this.#baseOffsets.length === 0) writeText(disk, path, this.#leaderEpochs.format());
    else replaceFile(disk, path, this.#leaderEpochs.format());
  }
}
