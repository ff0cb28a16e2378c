/**
 * What streams of records that are being written may hold in memory: together never more than `totalBytes`, each an equal
 * part of it. One alone may have `mostBytes`; where an equal part would be less than `leastBytes`, no more streams are let
 * in, since each would crawl.
 * @module
 */
import { GathererFullError } from "./produce_gatherer.ts";

export interface BulkWindowLimits {
  readonly totalBytes: number;
  readonly mostBytes: number;
  readonly leastBytes: number;
}

const DEFAULT_LIMITS: BulkWindowLimits = {
  totalBytes: 64 * 1024 * 1024,
  mostBytes: 4 * 1024 * 1024,
  leastBytes: 128 * 1024,
};

/** One stream's part, until it is disposed of. */
export interface BulkWindow extends Disposable {
  /** What it may hold now; less when others have come. */
  readonly bytes: number;
}

export class BulkWindows {
  readonly #limits: BulkWindowLimits;
  #count = 0;

  constructor(limits: BulkWindowLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Streams that have a window. */
  get count(): number {
    return this.#count;
  }

  /** Throws GathererFullError if there are too many. */
  open(): BulkWindow {
    const { totalBytes, mostBytes, leastBytes } = this.#limits;
    if (totalBytes / (this.#count + 1) < leastBytes) {
      throw new GathererFullError(`${this.#count} streams of records are being written`);
    }
    this.#count++;
    const bytes = () => Math.min(mostBytes, totalBytes / this.#count);
    let isOpen = true;
    return {
      get bytes() {
        return bytes();
      },
      [Symbol.dispose]: () => {
        if (isOpen) this.#count--;
        isOpen = false;
      },
    };
  }
}
