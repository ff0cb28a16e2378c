/**
 * The snapshots of producer state beside a log: when one is taken, which are kept, and how far they can be relied on.
 *
 * A snapshot is written with the log and synced with the next flush. What must be true: when segments go, a snapshot that
 * tells what they told of producers is on stable storage; and of the snapshots that are, the newest stays.
 * @module
 */
import type { Disk } from "./disk.ts";
import type { Logger } from "./environment.ts";
import { formatSegmentFile, join } from "./file_names.ts";
import type { FlushState } from "./flush_state.ts";
import { diskErrorCode, errorText } from "./log_error.ts";
import { writeProducerSnapshot } from "./producer_snapshot.ts";
import type { ProducerState } from "./producer_state.ts";

/** Snapshots that are kept: the newest, and older ones in case it is damaged. */
const SNAPSHOTS_KEPT = 3;

export interface ProducerSnapshotsOptions {
  readonly disk: Disk;
  readonly log: Logger;
  /** Of the partition. */
  readonly directory: string;
  /** Of those that are there, ascending. */
  readonly offsets: number[];
  readonly producers: ProducerState;
  readonly flushState: FlushState;
}

export class ProducerSnapshots {
  readonly #options: ProducerSnapshotsOptions;
  readonly #offsets: number[];
  /** Of the newest that is on stable storage, or is when all that were noted are; -1: not known of any. */
  #syncedOffset = -1;
  /** Of the newest that is known to be on stable storage. */
  #durableOffset = -1;
  #offsetBeingSynced = -1;

  constructor(options: ProducerSnapshotsOptions) {
    this.#options = options;
    this.#offsets = options.offsets;
  }

  /** Writes the producers as of `offset`, the end of the log, if there is no such snapshot. */
  take(offset: number): void {
    if (offset <= (this.#newest ?? 0)) return;
    const { disk, log, producers, flushState, directory } = this.#options;
    try {
      flushState.noteSnapshot(writeProducerSnapshot(disk, this.#path(offset), producers.entries()));
      this.#offsets.push(offset);
      this.#syncedOffset = offset;
      // Never the newest that a power cut leaves: what it tells may have gone from the log.
      while (this.#offsets.length > SNAPSHOTS_KEPT && this.#offsets[0]! < this.#durableOffset) {
        disk.removeFile(this.#path(this.#offsets.shift()!));
      }
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      log(
        "warn",
        `no snapshot of the producers of ${directory}, so a recovery takes longer: ${errorText(error)}`,
      );
    }
  }

  /**
   * Whether a snapshot of `baseOffset` or later is on stable storage, so that what lies before may go. If none is, one will be
   * after the next flush, which `wantFlush` asks for.
   */
  covers(baseOffset: number, endOffset: number, wantFlush: () => void): boolean {
    const { producers, flushState } = this.#options;
    if (producers.size === 0) return true;
    if (this.#syncedOffset < baseOffset) {
      this.take(endOffset);
      this.#noteNewest();
      wantFlush();
    }
    return this.#syncedOffset >= baseOffset && flushState.areSnapshotsSynced;
  }

  /** A flush begins, which brings all that were noted to stable storage. */
  beginSync(): void {
    this.#offsetBeingSynced = this.#syncedOffset;
  }

  /** It has succeeded. */
  endSync(): void {
    this.#durableOffset = this.#offsetBeingSynced;
  }

  get #newest(): number | undefined {
    return this.#offsets[this.#offsets.length - 1];
  }

  #path(offset: number): string {
    return join(this.#options.directory, formatSegmentFile(offset, "snapshot"));
  }

  /** The newest may be of a clean stop, which does not sync it. */
  #noteNewest(): void {
    const newest = this.#newest ?? -1;
    if (newest <= this.#syncedOffset) return;
    const { disk, log, flushState } = this.#options;
    try {
      flushState.noteSnapshot(disk.open(this.#path(newest)));
      this.#syncedOffset = newest;
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      log("warn", `${this.#path(newest)} could not be opened for a sync: ${errorText(error)}`);
    }
  }
}
