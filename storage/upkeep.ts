/**
 * What all logs of a store need from time to time, when nobody asks for it: checkpoints of their offsets, new segments where
 * the old are too old, the removal of what retention lets go and of its files, room on the disk.
 *
 * `tick` is called once in each turn of the reactor and begins what is due. Nothing here waits for the disk but `close` and
 * `forgetPartitions`.
 * @module
 */
import type { PartitionOffset } from "./checkpoint_file.ts";
import { join, LOG_START_OFFSETS, RECOVERY_POINTS } from "./file_names.ts";
import { FileRemoval } from "./file_removal.ts";
import { FreeSpace } from "./free_space.ts";
import { LogCleaner, type LogCleanerOptions } from "./log_cleaner.ts";
import { LogRounds } from "./log_rounds.ts";
import { OffsetCheckpoint } from "./offset_checkpoint.ts";
import type { PartitionLog } from "./partition_log.ts";

/** Kafka's InitialTaskDelayMs: a start has other things to do. */
const FIRST_ROUND_MS = 30_000;

/** What the cleaner is given, but for what upkeep itself does for it. */
export type UpkeepOptions = Omit<LogCleanerOptions, "remove">;

interface LogOffset extends PartitionOffset {
  readonly log: PartitionLog;
}

export class Upkeep {
  readonly freeSpace: FreeSpace;
  readonly recoveryPoints: OffsetCheckpoint;
  readonly logStartOffsets: OffsetCheckpoint;
  readonly cleaner: LogCleaner;
  readonly #options: UpkeepOptions;
  readonly #removal: FileRemoval;
  readonly #rounds: LogRounds<PartitionLog>;
  #nextCheckpointMs: number;
  /** A log start offset has moved since they were last checkpointed. */
  #haveStartsMoved = false;

  constructor(options: UpkeepOptions) {
    const { disk, directory, log, background, clock, config } = options;
    this.#options = options;
    this.freeSpace = new FreeSpace({ ...options, ...config });
    this.recoveryPoints = new OffsetCheckpoint(disk, join(directory, RECOVERY_POINTS), log);
    this.logStartOffsets = new OffsetCheckpoint(disk, join(directory, LOG_START_OFFSETS), log);
    this.#removal = new FileRemoval(background, log);
    this.cleaner = new LogCleaner({ ...options, remove: (log, files) => this.#remove(log, files) });
    const nowMs = clock.monotonic();
    this.#rounds = new LogRounds({
      intervalMs: config.retentionCheckIntervalMs,
      firstMs: nowMs + Math.min(FIRST_ROUND_MS, config.retentionCheckIntervalMs),
      logs: options.logs,
      visit: (log, nowMs) => this.#visit(log, nowMs),
    });
    this.#nextCheckpointMs = nowMs + config.checkpointIntervalMs;
  }

  /** Begins what is due; returns the monotonic time of the next call. */
  tick(nowMs: number): number {
    const wasLow = this.freeSpace.isLow;
    const nextLookMs = this.freeSpace.tick(nowMs);
    if (this.freeSpace.isLow && !wasLow) this.#rounds.hurry();
    const nextRoundMs = this.#rounds.tick(nowMs);
    if (this.#haveStartsMoved) this.checkpointLogStarts();
    if (nowMs >= this.#nextCheckpointMs) {
      this.#nextCheckpointMs = nowMs + this.#options.config.checkpointIntervalMs;
      this.#checkpointRecoveryPoints();
    }
    const nextCleaningMs = this.freeSpace.isLow ? Infinity : this.cleaner.tick(nowMs);
    // A full disk has no patience.
    const nextRemovalMs = this.#removal.tick(this.freeSpace.isLow ? Infinity : nowMs);
    return Math.min(nextLookMs, nextRoundMs, nextRemovalMs, nextCleaningMs, this.#nextCheckpointMs);
  }

  /**
   * Brings the offsets at which logs begin to stable storage, then takes out of the logs what lies below; `done` hears how that
   * went.
   */
  checkpointLogStarts(done: (error?: Error) => void = () => {}): void {
    this.#haveStartsMoved = false;
    const { background } = this.#options;
    this.logStartOffsets.writeInBackground(background, () => this.startOffsets(), (error, starts) => {
      if (!error) { for (const { log, offset } of starts) this.#removeBelow(log, offset); }
      done(error);
    });
  }

  /** These logs are not in use any more, and their directories not theirs. */
  forgetLogs(logs: readonly PartitionLog[]): void {
    for (const log of logs) {
      this.#removal.forget(log.directory);
      this.cleaner.forget(log);
    }
    this.#nextCheckpointMs = 0;
  }

  /** Waits for the disk: no checkpoint says anything of partitions of `topic` that are not, and may be made: those `from` one on. */
  forgetPartitions(topic: string, from: number): void {
    if (this.recoveryPoints.mentions(topic, from)) this.recoveryPoints.write(this.flushedOffsets());
    if (this.logStartOffsets.mentions(topic, from)) this.logStartOffsets.write(this.startOffsets());
    if (this.cleaner.offsets.mentions(topic, from)) this.cleaner.offsets.write(this.cleaner.cleanOffsets());
  }

  /** Waits for the disk: all checkpoints are as things are. */
  writeCheckpoints(): void {
    this.recoveryPoints.write(this.flushedOffsets());
    this.logStartOffsets.write(this.startOffsets());
    const cleanOffsets = this.cleaner.cleanOffsets();
    if (cleanOffsets.length > 0) this.cleaner.offsets.write(cleanOffsets);
  }

  flushedOffsets(): LogOffset[] {
    return Array.from(this.#options.logs(), (log) => pointOf(log, log.flushedOffset));
  }

  startOffsets(): LogOffset[] {
    const starts: LogOffset[] = [];
    for (const log of this.#options.logs()) {
      if (log.logStartOffset > 0) starts.push(pointOf(log, log.logStartOffset));
    }
    return starts;
  }

  #visit(log: PartitionLog, nowMs: number): void {
    log.expireProducers(nowMs);
    if (log.keepHouse()) this.#haveStartsMoved = true;
  }

  #checkpointRecoveryPoints(): void {
    const { background } = this.#options;
    this.recoveryPoints.writeInBackground(background, () => this.flushedOffsets(), (error, points) => {
      if (!error) { for (const { log, offset } of points) log.noteRecoveryPoint(offset); }
    });
  }

  #removeBelow(log: PartitionLog, offset: number): void {
    this.#remove(log, log.removeSegmentsBelow(offset));
  }

  #remove(log: PartitionLog, files: readonly string[]): void {
    this.#removal.add(log.directory, files, this.#options.clock.monotonic() + log.config.fileDeleteDelayMs);
  }
}

function pointOf(log: PartitionLog, offset: number): LogOffset {
  return { topic: log.topic, partition: log.partition, offset, log };
}
