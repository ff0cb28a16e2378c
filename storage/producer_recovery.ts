/**
 * Producer state at start: from the newest good snapshot and the batches behind it.
 *
 * A snapshot, being Kafka's, has only the last batch of each producer, though five are remembered. So a stretch of the log
 * before it is read too: a producer that had five batches under way when the broker was killed repeats all five, and must
 * find none of them refused because a segment was rolled in between.
 * @module
 */
import type { Disk } from "./disk.ts";
import { formatSegmentFile, join } from "./file_names.ts";
import { findPosition, type LogPosition, walkLog } from "./log_walk.ts";
import type { RecoveryContext } from "./recovery_context.ts";
import { readProducerSnapshot } from "./producer_snapshot.ts";
import { type ProducerSnapshotEntry, ProducerState } from "./producer_state.ts";
import type { LogSegment } from "./segment.ts";

/** Log before a snapshot that is read for its producers' earlier batches: five of the largest, or hundreds of usual ones. */
const HISTORY_BYTES = 4 * 1024 * 1024;

export interface ProducerRecoveryOptions {
  readonly directory: string;
  readonly wasClosedCleanly: boolean;
  readonly expirationMs: number;
  /** What there is, in any order. */
  readonly snapshotOffsets: Iterable<number>;
  readonly segments: readonly LogSegment[];
  readonly endOffset: number;
}

export interface RecoveredProducers {
  readonly producers: ProducerState;
  /** Snapshots that are left, ascending. */
  readonly snapshotOffsets: number[];
}

interface Snapshot {
  readonly offset: number;
  readonly entries: readonly ProducerSnapshotEntry[];
}

export function recoverProducers(
  context: RecoveryContext,
  options: ProducerRecoveryOptions,
): RecoveredProducers {
  return new ProducerRecovery(context, options).run();
}

class ProducerRecovery {
  readonly #context: RecoveryContext;
  readonly #options: ProducerRecoveryOptions;
  readonly #disk: Disk;
  readonly #nowMs: number;

  constructor(context: RecoveryContext, options: ProducerRecoveryOptions) {
    this.#context = context;
    this.#options = options;
    this.#disk = context.disk;
    this.#nowMs = context.clock.monotonic();
  }

  run(): RecoveredProducers {
    return this.#recover(this.#removeStale());
  }

  #recover(offsets: readonly number[]): RecoveredProducers {
    const { segments, endOffset, expirationMs } = this.#options;
    const { snapshot, snapshotOffsets } = this.#loadSnapshot(offsets);
    const producers = new ProducerState();
    const startOffset = Math.max(snapshot?.offset ?? 0, segments[0]!.baseOffset);
    if (snapshot !== undefined && snapshot.entries.length > 0) {
      const history = new ProducerState();
      this.#walk(this.#historyStart(startOffset), startOffset, history);
      if (snapshot.entries.some((entry) => history.isAhead(entry))) {
        this.#removeBad(snapshot.offset, "the log has later batches of a producer before that offset");
        return this.#recover(snapshotOffsets.slice(0, -1));
      }
      producers.restore(snapshot.entries, history, this.#nowMs, this.#context.clock.now(), expirationMs);
    }
    if (startOffset < endOffset) this.#walk(this.#find(startOffset), endOffset, producers);
    return { producers, snapshotOffsets };
  }

  #path(offset: number): string {
    return join(this.#options.directory, formatSegmentFile(offset, "snapshot"));
  }

  /** Removes snapshots of what has been cut off; returns the offsets of the others, ascending. */
  #removeStale(): number[] {
    const { snapshotOffsets, endOffset, directory } = this.#options;
    const offsets = [...snapshotOffsets].sort((a, b) => a - b);
    const stale = offsets.filter((offset) => offset > endOffset);
    for (const offset of stale) this.#disk.removeFile(this.#path(offset));
    // One that came back after the log has grown past its offset again would be taken for what came in its place.
    if (stale.length > 0) this.#disk.syncDirectory(directory);
    return offsets.filter((offset) => offset <= endOffset);
  }

  /** The newest snapshot that is good. Removes those that are not. */
  #loadSnapshot(offsets: readonly number[]): { snapshot: Snapshot | undefined; snapshotOffsets: number[] } {
    let snapshot: Snapshot | undefined;
    const good: number[] = [];
    for (const offset of offsets.toReversed()) {
      // After a crash the older ones are looked at too: nobody else would notice that one is torn before it is needed.
      const isTrusted = snapshot !== undefined && this.#options.wasClosedCleanly;
      const entries = isTrusted ? [] : this.#read(offset);
      if (typeof entries === "string") this.#removeBad(offset, entries);
      else {
        snapshot ??= { offset, entries };
        good.unshift(offset);
      }
    }
    return { snapshot, snapshotOffsets: good };
  }

  /** What it holds, or why that can't be the producers as of `offset`. */
  #read(offset: number): readonly ProducerSnapshotEntry[] | string {
    const entries = readProducerSnapshot(this.#disk, this.#path(offset));
    const isLater = typeof entries !== "string" && entries.some(({ lastOffset }) => lastOffset >= offset);
    return isLater ? "it has a batch of a later offset" : entries;
  }

  #removeBad(offset: number, problem: string): void {
    this.#context.log("info", `${this.#path(offset)} is damaged and will be made again: ${problem}`);
    this.#disk.removeFile(this.#path(offset));
  }

  /** Some way back in the log from `offset`, where a batch begins. */
  #historyStart(offset: number): LogPosition {
    const { segments } = this.#options;
    const end = this.#find(offset);
    let segmentIndex = end.segmentIndex;
    let position = end.position - HISTORY_BYTES;
    while (position < 0 && segmentIndex > 0) {
      segmentIndex--;
      position += segments[segmentIndex]!.size;
    }
    return { segmentIndex, position: segments[segmentIndex]!.batchStartBefore(Math.max(position, 0)) };
  }

  #find(offset: number): LogPosition {
    return findPosition(this.#options.segments, offset);
  }

  /** Shows `producers` all batches from a position on that begin before `endOffset`. */
  #walk(from: LogPosition, endOffset: number, producers: ProducerState): void {
    const loss = "batches that producers repeat from there will not be recognized";
    walkLog(this.#context, this.#options.segments, from, endOffset, loss, (batch, _segment, marker) => {
      producers.update(batch, this.#nowMs, marker);
    });
  }
}
