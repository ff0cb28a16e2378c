/**
 * The reactor's end of the I/O Workers: sends each job to the lane of its kind and hears of the outcomes, never waiting.
 *
 * A file given to a job is retained until the job's outcome is back, so its descriptor number can't come to mean another
 * file meanwhile; so is mapped memory, whose address could come to mean anything. What a ring has no room for waits here, in order.
 * @module
 */
import type { DiskFile, FileSlice, WritableRegion } from "../../storage/disk.ts";
import type { CompactedGroup, CompactionResult } from "../../storage/compaction/compaction_outcome.ts";
import type { BackgroundDisk, Removal } from "../../storage/environment.ts";
import { decodeOutcome, type DiskJob, encodeMessage } from "./disk_jobs.ts";
import { type JobKindName, jobKinds, type JobOf, type SyncResult } from "./job_kinds.ts";
import { type IoRings, type LaneName, laneNames, type LaneRings } from "./lanes.ts";
import { pause } from "./pause.ts";
import { Ring } from "./ring.ts";

type Done = (error?: Error) => void;

/** Most files that one job names, so that it fits its ring however long their paths are (PATH_MAX is 4096). */
const FILES_PER_JOB = 50;

/** What an I/O Worker could not do; `code` is the errno's name. */
export class BackgroundDiskError extends Error {
  override readonly name = "BackgroundDiskError";
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

/** One of the outcomes of a job. */
export interface JobOutcome {
  readonly isLast: boolean;
  readonly result: unknown;
  readonly error: BackgroundDiskError | undefined;
}

type OnOutcome = (outcome: JobOutcome) => void;

export interface RingBackgroundDiskOptions {
  /** There is the first job for this lane: its thread is to be started. */
  readonly startLane?: (lane: LaneName) => void;
  /** Calls of fdatasync have come back, that failed one not among those with a time. */
  readonly onSynced?: (outcome: { readonly ms: readonly number[]; readonly isFailed: boolean }) => void;
}

export class RingBackgroundDisk implements BackgroundDisk {
  readonly #lanes: Readonly<Record<LaneName, LaneEnd>>;
  readonly #waiting = new Map<number, OnOutcome>();
  readonly #options: RingBackgroundDiskOptions;
  #nextToken = 1;

  constructor(rings: IoRings, options: RingBackgroundDiskOptions = {}) {
    this.#lanes = {
      sync: new LaneEnd(rings.sync),
      read: new LaneEnd(rings.read),
      prepare: new LaneEnd(rings.prepare),
      clean: new LaneEnd(rings.clean),
      compact: new LaneEnd(rings.compact),
    };
    this.#options = options;
  }

  /** Jobs whose last outcome is not back yet. */
  get pendingCount(): number {
    return this.#waiting.size;
  }

  sync(files: readonly DiskFile[], done: Done): void {
    for (const file of files) file.retain();
    const finish = (error?: Error) => {
      for (const file of files) file.release();
      done(error);
    };
    const syncFrom = (start: number) => {
      const some = files.slice(start, start + FILES_PER_JOB);
      const next = start + FILES_PER_JOB;
      const job = { descriptors: some.map((file) => file.descriptor), paths: some.map((file) => file.path) };
      this.submit("sync", job, ({ error, result }) => {
        const ms = (result as SyncResult | undefined)?.ms ?? [];
        this.#options.onSynced?.({ ms, isFailed: error !== undefined });
        if (error || next >= files.length) finish(error);
        else syncFrom(next);
      });
    };
    syncFrom(0);
  }

  syncDirectory(path: string, done: Done): void {
    this.submit("syncDirectory", { path }, ({ error }) => done(error));
  }

  warm({ file, position, length }: FileSlice, done: Done): void {
    file.retain();
    const { descriptor, path } = file;
    this.submit("warm", { descriptor, path, position, length }, ({ error }) => {
      file.release();
      done(error);
    });
  }

  compact(
    path: string,
    onGroup: (group: CompactedGroup) => void,
    done: (error: Error | undefined, result: CompactionResult | undefined) => void,
  ): void {
    this.submit("compact", { path }, ({ isLast, result, error }) => {
      if (!isLast) return onGroup(result as CompactedGroup);
      done(error, error ? undefined : reviveResult(result as CompactionResult));
    });
  }

  remove({ files, directories, parent }: Removal, done: Done): void {
    let first: Error | undefined;
    const note = (error?: Error) => void (first ??= error);
    // One lane takes its jobs in order, so the files are gone before their directory.
    for (let start = 0; start < files.length; start += FILES_PER_JOB) {
      const some = files.slice(start, start + FILES_PER_JOB);
      this.submit("remove", { files: some, directories: [] }, ({ error }) => note(error));
    }
    this.submit("remove", { files: [], directories, parent }, ({ error }) => {
      note(error);
      done(first);
    });
  }

  populate(region: WritableRegion): void {
    region.retain();
    this.submit("populate", region.memory, () => region.release());
  }

  /** Sends a job to the lane of its kind. `onOutcome` is called for each of its outcomes, by {@link deliver}. */
  submit<Name extends JobKindName>(kind: Name, job: JobOf<Name>, onOutcome: OnOutcome): void {
    const name = jobKinds[kind].lane;
    const lane = this.#lanes[name];
    const token = this.#nextToken++;
    this.#waiting.set(token, onOutcome);
    lane.push(encodeMessage({ kind, token, job } as DiskJob));
    if (lane.isStarted) return;
    lane.isStarted = true;
    this.#options.startLane?.(name);
  }

  /** Calls back for every outcome that has come. The reactor calls this in each turn of its loop. */
  deliver(): void {
    for (const name of laneNames) {
      const lane = this.#lanes[name];
      if (!lane.isStarted) continue;
      for (let bytes = lane.pop(); bytes !== undefined; bytes = lane.pop()) {
        const { token, isLast, result, failure } = decodeOutcome(bytes);
        const onOutcome = this.#waiting.get(token);
        if (isLast) this.#waiting.delete(token);
        const error = failure && new BackgroundDiskError(failure.message, failure.code);
        onOutcome?.({ isLast, result, error });
      }
      lane.pushOverflow();
    }
  }

  /** Lets each lane that was started end when it has done all that was asked before. The last call: it may wait for room. */
  stop(): void {
    const lanes = laneNames.map((name) => this.#lanes[name]).filter(({ isStarted }) => isStarted);
    for (const lane of lanes) lane.push(encodeMessage({ kind: "stop" }));
    while (lanes.some(({ hasOverflow }) => hasOverflow)) {
      pause(1);
      this.deliver();
    }
  }
}

/** JSON has no Infinity, which is "never". */
function reviveResult(result: CompactionResult): CompactionResult {
  return { ...result, earliestDeleteHorizonMs: result.earliestDeleteHorizonMs ?? Infinity };
}

/** The reactor's end of one lane. */
class LaneEnd {
  isStarted = false;
  readonly #jobs: Ring;
  readonly #outcomes: Ring;
  readonly #overflow: Uint8Array[] = [];

  constructor(rings: LaneRings) {
    this.#jobs = new Ring(rings.jobs);
    this.#outcomes = new Ring(rings.outcomes);
  }

  get hasOverflow(): boolean {
    return this.#overflow.length > 0;
  }

  push(message: Uint8Array): void {
    if (this.hasOverflow || !this.#jobs.tryPush(message)) this.#overflow.push(message);
  }

  pushOverflow(): void {
    while (this.hasOverflow && this.#jobs.tryPush(this.#overflow[0]!)) this.#overflow.shift();
  }

  pop(): Uint8Array | undefined {
    return this.#outcomes.tryPop();
  }
}
