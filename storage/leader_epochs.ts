/**
 * From which offset on each leader epoch wrote: `leader-epoch-checkpoint`, by which clients and followers find out where
 * two histories of a partition part. With one broker there is one epoch, 0; a log that comes from a Kafka cluster
 * brings more, and goes on with its last.
 * @module
 */
import { type EpochStart, formatEpochCheckpoint } from "./checkpoint_file.ts";

/** Up to where the records of an epoch go. */
export interface EpochEnd {
  readonly epoch: number;
  /** The first offset behind them. */
  readonly endOffset: number;
}

export class LeaderEpochs {
  readonly #entries: EpochStart[];

  constructor(entries: readonly EpochStart[] = []) {
    this.#entries = [...entries];
  }

  /** -1 if nothing is known. */
  get latest(): number {
    return this.#entries[this.#entries.length - 1]?.epoch ?? -1;
  }

  get entries(): readonly EpochStart[] {
    return this.#entries;
  }

  /**
   * Where an epoch before the latest ended: the start of the next one that is known. Of an epoch that has left nothing, that of
   * the last one before it is told; if there is none, that all of it lies below the first that is known. undefined: it is later
   * than the latest, or none at all (Kafka's LeaderEpochFileCache.endOffsetFor).
   */
  endOffsetOf(epoch: number): EpochEnd | undefined {
    const nextIndex = this.#entries.findIndex((entry) => entry.epoch > epoch);
    if (epoch < 0 || nextIndex < 0) return undefined;
    const before = this.#entries[nextIndex - 1];
    return { epoch: before?.epoch ?? epoch, endOffset: this.#entries[nextIndex]!.startOffset };
  }

  /** Notes that the batch at `startOffset` is of `epoch`; true if that is news. Epoch 0 is as good as any other. */
  assign(epoch: number, startOffset: number): boolean {
    if (epoch <= this.latest) return false;
    this.#entries.push({ epoch, startOffset });
    return true;
  }

  /** Forgets epochs that began at or behind `endOffset`; true if there were any. The last one left may begin there. */
  truncateFromEnd(endOffset: number): boolean {
    const { length } = this.#entries;
    while (this.#entries.length > 0 && this.#entries[this.#entries.length - 1]!.startOffset > endOffset) {
      this.#entries.pop();
    }
    return this.#entries.length < length;
  }

  /** Forgets epochs that ended at or before `startOffset`, where the log begins now; true if anything has changed. */
  truncateFromStart(startOffset: number): boolean {
    let count = 0;
    while (count + 1 < this.#entries.length && this.#entries[count + 1]!.startOffset <= startOffset) count++;
    this.#entries.splice(0, count);
    const first = this.#entries[0];
    if (first === undefined || first.startOffset >= startOffset) return count > 0;
    this.#entries[0] = { epoch: first.epoch, startOffset };
    return true;
  }

  format(): string {
    return formatEpochCheckpoint(this.#entries);
  }
}
