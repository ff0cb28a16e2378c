/**
 * A store on a disk in memory, with a clock and an I/O Worker that move only when told.
 * @module
 */
import { type JobKindName, jobKinds } from "../../broker/io/job_kinds.ts";
import { type LaneName, laneNames } from "../../broker/io/lanes.ts";
import type { CompactedGroup, CompactionResult } from "../../storage/compaction/compaction_outcome.ts";
import { runCompaction } from "../../storage/compaction/run_compaction.ts";
import type { Disk, DiskFile, FileSlice, WritableRegion } from "../../storage/disk.ts";
import type { BackgroundDisk, Clock, LogLevel, Removal } from "../../storage/environment.ts";
import { defaultLogConfig, type LogConfig } from "../../storage/log_config.ts";
import { defaultStoreConfig, type StoreConfig } from "../../storage/store_config.ts";
import { noObserver } from "../../storage/log_observer.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { TopicStore } from "../../storage/topic_store.ts";
import type { AheadSizes } from "../../storage/write_ahead.ts";
import { SeededRandom } from "./random.ts";

export class TestClock implements Clock {
  wallMs = 1_700_000_000_000;
  monotonicMs = 0;

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }

  advance(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }
}

interface TestJob {
  readonly lane: LaneName;
  readonly steps: readonly (() => void)[];
  /** What follows a step that failed is not done. */
  readonly stopsAtError: boolean;
  readonly done: (error?: Error) => void;
}

/** Does its jobs when told, in order: of some lanes, or, where none is named, of them all. */
export class TestBackground implements BackgroundDisk {
  readonly #disk: Disk;
  readonly #jobs: TestJob[] = [];
  #isAtWork = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** A job is being done: what is asked of the disk now holds up a lane, not the reactor. */
  get isAtWork(): boolean {
    return this.#isAtWork;
  }

  get jobCount(): number {
    return this.count(laneNames);
  }

  /** Jobs that wait on `lanes`. */
  count(lanes: readonly LaneName[]): number {
    return this.#jobs.filter(({ lane }) => lanes.includes(lane)).length;
  }

  sync(files: readonly DiskFile[], done: (error?: Error) => void): void {
    this.#add("sync", files.map((file) => () => file.syncData()), done);
  }

  syncDirectory(path: string, done: (error?: Error) => void): void {
    this.#add("syncDirectory", [() => this.#disk.syncDirectory(path)], done);
  }

  warm({ file, position, length }: FileSlice, done: (error?: Error) => void): void {
    file.retain();
    this.#add("warm", [() => void file.readAt(new Uint8Array(length), position)], (error) => {
      file.release();
      done(error);
    });
  }

  /** One group at a time: other jobs of the lane wait, those of other lanes may come between. */
  compact(
    path: string,
    onGroup: (group: CompactedGroup) => void,
    done: (error: Error | undefined, result: CompactionResult | undefined) => void,
  ): void {
    const clock = { monotonic: () => 0 };
    const groups = runCompaction({ disk: this.#disk, clock, log: () => {}, pause: () => {} }, path);
    let step: IteratorResult<CompactedGroup, CompactionResult> | undefined;
    const job: TestJob = {
      lane: jobKinds.compact.lane,
      steps: [() => void (step = groups.next())],
      stopsAtError: true,
      done: (error) => {
        if (error || step?.done) return done(error, error ? undefined : step?.value as CompactionResult);
        this.#jobs.unshift(job);
        onGroup(step?.value as CompactedGroup);
      },
    };
    this.#jobs.push(job);
  }

  remove({ files, directories, parent }: Removal, done: (error?: Error) => void): void {
    const disk = this.#disk;
    const steps = [
      ...files.map((path) => () => disk.removeFile(path)),
      ...directories.map((path) => () => disk.removeDirectory(path)),
      () => disk.syncDirectory(parent),
    ];
    this.#add("remove", steps, done, false);
  }

  populate(region: WritableRegion): void {
    region.retain();
    this.#add("populate", [], () => region.release());
  }

  /** Does the first job there is on `lanes`, or on any. */
  runOne(lanes: readonly LaneName[] = laneNames): void {
    const index = this.#jobs.findIndex(({ lane }) => lanes.includes(lane));
    if (index < 0) return;
    const { steps, stopsAtError, done } = this.#jobs.splice(index, 1)[0]!;
    this.#isAtWork = true;
    const error = firstError(steps, stopsAtError);
    this.#isAtWork = false;
    done(error);
  }

  /** Does all jobs, and those that they lead to. */
  run(): void {
    while (this.#jobs.length > 0) this.runOne();
  }

  #add(kind: JobKindName, steps: TestJob["steps"], done: TestJob["done"], stopsAtError = true): void {
    this.#jobs.push({ lane: jobKinds[kind].lane, steps, stopsAtError, done });
  }
}

function firstError(steps: readonly (() => void)[], stopAtError: boolean): Error | undefined {
  let first: Error | undefined;
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      first ??= error as Error;
      if (stopAtError) break;
    }
  }
  return first;
}

export interface TestStore extends Disposable {
  readonly store: TopicStore;
  readonly clock: TestClock;
  readonly background: TestBackground;
  /** Lines told to people, as "level: message". */
  readonly lines: string[];
  /** Logs whose high watermark advanced, in order. */
  readonly advanced: PartitionLog[];
  /** Lets everything happen that is due: flushes, checkpoints, removals. */
  settle(): void;
}

export const DATA = "/data";

/** For logs of a few hundred bytes. */
const smallAhead: AheadSizes = { minBytes: 64, maxBytes: 512, totalBytes: 8 * 2048 };

export interface TestStoreOptions {
  readonly config?: Partial<LogConfig>;
  readonly storeConfig?: Partial<StoreConfig>;
  readonly seed?: number;
  readonly clock?: TestClock;
  readonly nodeId?: number;
  readonly clusterId?: string;
  readonly directory?: string;
  /** Default: a topic's settings are fields of LogConfig, in JSON. `defaults`: those of a topic that has none. */
  readonly parseLogConfig?: (configs: ReadonlyMap<string, string>, defaults: LogConfig) => LogConfig;
}

export function openTestStore(
  disk: Disk,
  {
    config = {},
    storeConfig = {},
    seed = 1,
    clock = new TestClock(),
    nodeId = 0,
    clusterId,
    directory = DATA,
    parseLogConfig = (configs, defaults) => ({
      ...defaults,
      ...Object.fromEntries([...configs].map(([name, value]) => [name, JSON.parse(value)])),
    }),
  }: TestStoreOptions = {},
): TestStore {
  const background = new TestBackground(disk);
  const lines: string[] = [];
  const advanced: PartitionLog[] = [];
  // Tests number their records' times from 0 or so: nothing is to go because of its age, unless a test says so.
  const logConfig = { ...defaultLogConfig, segmentMs: Infinity, retentionMs: Infinity, ...config };
  const store = TopicStore.open({
    disk,
    clock,
    background,
    nodeId,
    clusterId,
    directory,
    config: { ...defaultStoreConfig, ...storeConfig },
    aheadSizes: smallAhead,
    random: new SeededRandom(seed),
    log: (level: LogLevel, message: string) => lines.push(`${level}: ${message}`),
    parseLogConfig: (configs) => parseLogConfig(configs, logConfig),
    onReadableChange: (log) => advanced.push(log),
    observer: noObserver,
  });
  return {
    store,
    clock,
    background,
    lines,
    advanced,
    settle() {
      for (let turn = 0; turn < 4; turn++) {
        store.tick(clock.monotonicMs);
        background.run();
      }
    },
    [Symbol.dispose]() {
      store[Symbol.dispose]();
    },
  };
}

/** What a client that fetches everything sees: base offset, last offset and bytes of each batch. */
export function readAll(log: PartitionLog, maxBytes = 1 << 20): { offset: number; bytes: Uint8Array }[] {
  const batches: { offset: number; bytes: Uint8Array }[] = [];
  let offset = log.logStartOffset;
  for (;;) {
    const slice = log.read(offset, maxBytes, { minOneBatch: true });
    if (slice === undefined) return batches;
    const bytes = new Uint8Array(slice.length);
    slice.file.readAt(bytes, slice.position);
    slice.file.release();
    const view = new DataView(bytes.buffer);
    for (let position = 0; position + 61 <= bytes.length;) {
      const size = view.getInt32(position + 8) + 12;
      if (position + size > bytes.length) break;
      const baseOffset = Number(view.getBigInt64(position));
      batches.push({ offset: baseOffset, bytes: bytes.slice(position, position + size) });
      offset = baseOffset + view.getInt32(position + 23) + 1;
      position += size;
    }
  }
}
