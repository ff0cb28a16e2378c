/**
 * Bounds how many segments hold files and mappings: of more than the limit, those idle longest give theirs back and open
 * them again when they are next used. So ten thousand partitions cost what is in use of them.
 *
 * A segment with unflushed data is not closed, since a failed write-back would be forgotten with the descriptor; it is
 * flushed first, and asked again later. So the limit may be passed for the time that a flush takes.
 * @module
 */

/** A holder of files. */
export interface Closable {
  /** Gives its files back, unless something has to be flushed before, which it then sees to: returns whether it did. */
  closeIfIdle(): boolean;
}

/** Holders that are asked in vain before a use gives up: the next use asks others. */
const MAX_REFUSALS = 8;

export class OpenSegments {
  readonly limit: number;
  /** The one used longest ago first. */
  readonly #open = new Set<Closable>();
  #newest: Closable | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get count(): number {
    return this.#open.size;
  }

  /** `segment` is about to be used. Others may be closed, never one of the last few that were used. */
  touch(segment: Closable): void {
    if (segment === this.#newest) return;
    this.#newest = segment;
    this.#open.delete(segment);
    this.#open.add(segment);
    if (this.#open.size > this.limit) this.#closeSome();
  }

  /** Closes what is too much and may be closed by now. */
  trim(): void {
    if (this.#open.size > this.limit) this.#closeSome();
  }

  /** It holds nothing any more. */
  forget(segment: Closable): void {
    this.#open.delete(segment);
    if (segment === this.#newest) this.#newest = undefined;
  }

  #closeSome(): void {
    let excess = this.#open.size - this.limit;
    let refusals = 0;
    for (const segment of this.#open) {
      if (excess <= 0 || refusals === MAX_REFUSALS) return;
      this.#open.delete(segment);
      if (segment.closeIfIdle()) {
        excess--;
      } else {
        refusals++;
        // To the end of the line, or it would be asked each time.
        this.#open.add(segment);
      }
    }
  }
}
