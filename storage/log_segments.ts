/**
 * The segments of a log, ascending by base offset and never empty. The last one is the active one.
 * @module
 */
import { invariant } from "./log_error.ts";
import type { SegmentAge } from "./retention.ts";
import type { LogSegment } from "./segment.ts";

export class LogSegments implements Iterable<LogSegment> {
  #list: LogSegment[];
  /** Of all but the active one, whose sizes do not change; undefined: to be counted again. */
  #finishedBytes: number | undefined;

  constructor(segments: readonly LogSegment[]) {
    invariant(segments.length > 0, () => "a log without a segment");
    this.#list = [...segments];
  }

  get count(): number {
    return this.#list.length;
  }

  get first(): LogSegment {
    return this.#list[0]!;
  }

  get active(): LogSegment {
    return this.#list[this.#list.length - 1]!;
  }

  get sizeInBytes(): number {
    return (this.#finishedBytes ??= this.#countFinished()) + this.active.size;
  }

  at(index: number): LogSegment | undefined {
    return this.#list[index];
  }

  [Symbol.iterator](): IterableIterator<LogSegment> {
    return this.#list[Symbol.iterator]();
  }

  /** All of them, as they are now. */
  toArray(): LogSegment[] {
    return [...this.#list];
  }

  /** Index of the last segment whose base offset is not above `offset`; the first one's if there is none. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.#list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#list[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Each as retention sees it. `endOffset`: where the active one ends. */
  *ages(endOffset: number): Generator<SegmentAge> {
    for (let index = 0; index < this.#list.length; index++) {
      const { size, newestMs } = this.#list[index]!;
      const next = this.#list[index + 1];
      yield { size, newestMs, isActive: next === undefined, endOffset: next?.baseOffset ?? endOffset };
    }
  }

  /** Makes `segment` the active one. */
  push(segment: LogSegment): void {
    invariant(
      segment.baseOffset > this.active.baseOffset,
      () => `segment ${segment.baseOffset} after ${this.active.baseOffset}`,
    );
    this.#list.push(segment);
    this.#finishedBytes = undefined;
  }

  /** Takes out the segments that end at or below `offset`, which is where the next one begins; never the active one. */
  takeBelow(offset: number): LogSegment[] {
    let count = 0;
    while (count + 1 < this.#list.length && this.#list[count + 1]!.baseOffset <= offset) count++;
    const taken = this.#list.splice(0, count);
    this.#finishedBytes = undefined;
    return taken;
  }

  /** Puts `replacement` in the place of segments that follow one another, none of them the active one. */
  replace(replaced: readonly LogSegment[], replacement: LogSegment): void {
    const from = this.#list.indexOf(replaced[0]!);
    invariant(
      from >= 0 && replaced.every((segment, index) => this.#list[from + index] === segment) &&
        from + replaced.length < this.#list.length,
      () => `segments from ${replaced[0]?.baseOffset} on are not there to be replaced`,
    );
    this.#list.splice(from, replaced.length, replacement);
    this.#finishedBytes = undefined;
  }

  #countFinished(): number {
    let bytes = 0;
    for (let index = 0; index + 1 < this.#list.length; index++) bytes += this.#list[index]!.size;
    return bytes;
  }
}
