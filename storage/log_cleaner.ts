/**
 * Compacts logs, one after the other, the most urgent first (Kafka's LogCleaner). What is to be done is chosen here, done by
 * another thread (`compaction/`), and what comes back of it, group by group, put in place (`segment_replacement.ts`).
 *
 * How far a log is compacted is noted when all groups are in place, durably. Until then, and if anything fails on the way, the
 * next compaction does that part again: compacting twice is the same as once.
 * @module
 */
import type { HashSeed } from "./compaction/key_hash.ts";
import type { CompactedGroup, CompactionResult, RewrittenGroup } from "./compaction/compaction_outcome.ts";
import type { CompactionJob } from "./compaction/compaction_job.ts";
import { DurableStableOffset } from "./compaction/durable_stable_offset.ts";
import { type CompactionPlan, mostUrgent, planCompaction } from "./compaction/compaction_plan.ts";
import { writeCompactionJob } from "./compaction/run_compaction.ts";
import type { PartitionOffset } from "./checkpoint_file.ts";
import type { Disk } from "./disk.ts";
import type { BackgroundDisk, Clock, Logger, Random } from "./environment.ts";
import { CLEANER_OFFSETS, COMPACTION_JOB, formatPartitionDirectory, join } from "./file_names.ts";
import { diskErrorCode, errorText } from "./log_error.ts";
import { OffsetCheckpoint } from "./offset_checkpoint.ts";
import type { PartitionLog } from "./partition_log.ts";
import { replaceSegments } from "./segment_replacement.ts";
import type { StoreConfig } from "./store_config.ts";
import { MAX_UNPACKED_BYTES } from "./unpacked_limit.ts";

/** Half of Kafka's log.cleaner.io.buffer.size, which is shared by two buffers. */
const BUFFER_BYTES = 256 * 1024;
/** Logs that are looked at for the first time in one turn: that opens the indexes of all their segments, some 60 µs each. */
const FIRST_LOOKS_AT_ONCE = 16;
const LOOK_PAUSE_MS = 5;
/** A log that can't be compacted again and again is tried so seldom. */
const MAX_RETRY_MS = 3_600_000;
/** A time that never comes, yet survives JSON and sums. */
const FAR_FUTURE_MS = 2 ** 52;

/** What may be another while the broker runs. */
export type CleanerConfig = Pick<
  StoreConfig,
  "cleanerEnabled" | "cleanerBackoffMs" | "cleanerBufferBytes" | "cleanerBytesPerSecond"
>;

export interface LogCleanerOptions {
  readonly disk: Disk;
  readonly background: BackgroundDisk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The data directory. */
  readonly directory: string;
  readonly config: StoreConfig;
  readonly logs: () => Iterable<PartitionLog>;
  /** Files that compaction has put out of use. */
  readonly remove: (log: PartitionLog, files: readonly string[]) => void;
}

/** What is known of a log's compactions. */
interface CleanState {
  firstDirtyOffset: number | undefined;
  readonly stableOffset: DurableStableOffset;
  /** How often in a row it has failed. */
  failureCount: number;
  /** Monotonic; it is left alone until then. */
  retryMs: number;
  /** Milliseconds since 1970; Infinity: nothing is waiting for its time. */
  earliestDeleteHorizonMs: number;
}

/** A compaction under way. */
interface Run {
  readonly log: PartitionLog;
  /** Groups that are to be put in place, in order. */
  readonly groups: CompactedGroup[];
  isReplacing: boolean;
  /** What the other thread has said in the end. */
  result: CompactionResult | undefined;
  failure: Error | undefined;
  hasEnded: boolean;
}

export class LogCleaner {
  readonly offsets: OffsetCheckpoint;
  readonly #options: LogCleanerOptions;
  readonly #jobPath: string;
  readonly #states = new Map<PartitionLog, CleanState>();
  /** How far an earlier broker has compacted, by partition directory. */
  readonly #known: Map<string, number>;
  #config: CleanerConfig;
  #run: Run | undefined;
  #nextMs: number;

  /** Reads what an earlier broker has compacted. */
  constructor(options: LogCleanerOptions) {
    const { disk, directory, log, clock, config } = options;
    this.#options = options;
    this.#config = config;
    this.#jobPath = join(directory, COMPACTION_JOB);
    this.offsets = new OffsetCheckpoint(disk, join(directory, CLEANER_OFFSETS), log);
    this.#known = new Map(this.offsets.read());
    this.#nextMs = clock.monotonic() + config.cleanerBackoffMs;
  }

  /** Begins a compaction if one is due; returns the monotonic time of the next look, or Infinity. */
  tick(nowMs: number): number {
    if (!this.#config.cleanerEnabled || this.#run) return Infinity;
    if (nowMs < this.#nextMs) return this.#states.size > 0 ? this.#nextMs : Infinity;
    this.#nextMs = nowMs + this.#config.cleanerBackoffMs;
    this.#beginMostUrgent();
    // Nobody is woken where nothing is compacted.
    return this.#states.size > 0 && !this.#run ? this.#nextMs : Infinity;
  }

  /** A compaction that is under way goes on with what it was given. */
  reconfigure(config: CleanerConfig): void {
    this.#config = config;
    this.#nextMs = Math.min(this.#nextMs, this.#options.clock.monotonic() + config.cleanerBackoffMs);
  }

  /** A log is not there any more; another of its name may come. */
  forget(log: PartitionLog): void {
    this.#states.delete(log);
    this.#known.delete(formatPartitionDirectory(log.topic, log.partition));
  }

  /** How far each log is compacted, for the checkpoint. */
  cleanOffsets(): PartitionOffset[] {
    const offsets: PartitionOffset[] = [];
    for (const log of this.#options.logs()) {
      const { topic, partition } = log;
      const state = this.#states.get(log);
      const offset = state
        ? state.firstDirtyOffset
        : this.#known.get(formatPartitionDirectory(topic, partition));
      if (offset !== undefined) offsets.push({ topic, partition, offset });
    }
    return offsets;
  }

  #beginMostUrgent(): void {
    const nowMs = this.#options.clock.now();
    const logs = [...this.#options.logs()].filter(({ config, failure }) => config.compacts && !failure);
    const monotonicMs = this.#options.clock.monotonic();
    let firstLooks = 0;
    const plans = logs.map((log) => {
      if (!this.#states.has(log) && ++firstLooks > FIRST_LOOKS_AT_ONCE) return undefined;
      return this.#stateOf(log).retryMs > monotonicMs ? undefined : this.#plan(log, nowMs);
    });
    if (firstLooks > FIRST_LOOKS_AT_ONCE) this.#nextMs = monotonicMs + LOOK_PAUSE_MS;
    const index = mostUrgent(plans);
    if (index < 0) return;
    try {
      this.#begin(logs[index]!, plans[index]!, nowMs);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      this.#options.log("warn", `${logs[index]!.name} could not be compacted: ${errorText(error)}`);
    }
  }

  #plan(log: PartitionLog, nowMs: number): CompactionPlan | undefined {
    try {
      const state = this.#stateOf(log);
      const found = log.describeForCompaction();
      const lastStableOffset = state.stableOffset.update(found);
      return planCompaction({ ...found, ...state, lastStableOffset }, nowMs);
    } catch (error) {
      if (diskErrorCode(error) === undefined && !log.failure) throw error;
      return undefined;
    }
  }

  #stateOf(log: PartitionLog): CleanState {
    let state = this.#states.get(log);
    if (state === undefined) {
      const firstDirtyOffset = this.#known.get(formatPartitionDirectory(log.topic, log.partition));
      state = {
        firstDirtyOffset,
        stableOffset: new DurableStableOffset(),
        failureCount: 0,
        retryMs: 0,
        // What an earlier broker has left: at the latest then it has had its time.
        earliestDeleteHorizonMs: firstDirtyOffset === undefined
          ? Infinity
          : this.#options.clock.now() + Math.min(log.config.deleteRetentionMs, FAR_FUTURE_MS),
      };
      this.#states.set(log, state);
    }
    return state;
  }

  #begin(log: PartitionLog, plan: CompactionPlan, nowMs: number): void {
    const { disk, background, random } = this.#options;
    const { cleanerBufferBytes, cleanerBytesPerSecond } = this.#config;
    const job: CompactionJob = {
      directory: log.directory,
      segments: plan.segments,
      firstDirtyOffset: plan.firstDirtyOffset,
      endOffset: plan.endOffset,
      nowMs,
      deleteRetentionMs: Math.min(log.config.deleteRetentionMs, FAR_FUTURE_MS),
      segmentBytes: log.config.segmentBytes,
      segmentIndexBytes: log.config.segmentIndexBytes,
      indexIntervalBytes: log.config.indexIntervalBytes,
      producers: log.activeProducers(),
      abortedTransactions: log.abortedTransactions(plan.segments[0]!.baseOffset, plan.endOffset)
        .toSorted((a, b) => a.firstOffset - b.firstOffset),
      hashSeed: [...new Int32Array(random.bytes(16).slice().buffer)] as unknown as HashSeed,
      keyMapBytes: cleanerBufferBytes,
      bufferBytes: BUFFER_BYTES,
      maxUnpackedBytes: MAX_UNPACKED_BYTES,
      bytesPerSecond: cleanerBytesPerSecond === Infinity ? 0 : cleanerBytesPerSecond,
    };
    writeCompactionJob(disk, this.#jobPath, job);
    const run: Run = {
      log,
      groups: [],
      isReplacing: false,
      result: undefined,
      failure: undefined,
      hasEnded: false,
    };
    this.#run = run;
    log.holdSegments(true);
    background.compact(this.#jobPath, (group) => {
      run.groups.push(group);
      this.#goOn(run);
    }, (error, result) => {
      run.hasEnded = true;
      run.result = result;
      run.failure ??= error;
      this.#goOn(run);
    });
  }

  /** Puts the next group in place; ends the run after the last. */
  #goOn(run: Run): void {
    if (run.isReplacing) return;
    // Whoever takes "compact" from a topic wants to keep what there is.
    if (!run.log.config.compacts) run.failure ??= new Error("its cleanup.policy is without compact now");
    const group = run.failure === undefined ? nextRewritten(run.groups) : undefined;
    if (group === undefined) {
      if (run.hasEnded) this.#end(run);
      return;
    }
    run.isReplacing = true;
    replaceSegments(run.log, group, this.#options.background, (error, removed) => {
      run.isReplacing = false;
      run.failure ??= error;
      this.#options.remove(run.log, removed);
      this.#goOn(run);
    });
  }

  #end({ log, result, failure }: Run): void {
    this.#run = undefined;
    log.holdSegments(false);
    const monotonicMs = this.#nextMs = this.#options.clock.monotonic();
    if (log.failure) return this.forget(log);
    if (!log.config.compacts) {
      return this.#options.log("info", `${log.name} is compacted no further: its cleanup.policy has changed`);
    }
    const state = this.#stateOf(log);
    if (failure !== undefined || result === undefined) {
      const { cleanerBackoffMs } = this.#config;
      const waitMs = Math.min(Math.max(cleanerBackoffMs, 1000) * 2 ** state.failureCount++, MAX_RETRY_MS);
      state.retryMs = monotonicMs + waitMs;
      const reason = failure === undefined ? "nothing came back" : errorText(failure);
      const when = `tried again in ${Math.ceil(waitMs / 1000)} s`;
      this.#options.log("warn", `${log.name} could not be compacted, which is ${when}: ${reason}`);
      return;
    }
    state.failureCount = 0;
    state.firstDirtyOffset = result.cleanedUpTo;
    state.earliestDeleteHorizonMs = result.earliestDeleteHorizonMs;
    this.offsets.writeInBackground(this.#options.background, () => this.cleanOffsets());
    this.#options.log(
      "info",
      `${log.name} is compacted up to offset ${result.cleanedUpTo}: ${result.recordsDropped} of ` +
        `${
          result.recordsKept + result.recordsDropped
        } records went, ${result.bytesRead} bytes read, ${result.bytesWritten} written`,
    );
  }
}

function nextRewritten(groups: CompactedGroup[]): RewrittenGroup | undefined {
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    if (group.kind === "rewritten") return group;
  }
}
