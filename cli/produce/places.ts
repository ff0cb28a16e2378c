/**
 * Where records came from, by their number: kept as stretches in which lines and records go side by side.
 * @module
 */
interface Stretch {
  readonly record: number;
  readonly input: string;
  /** undefined: the whole of it. */
  readonly line: number | undefined;
}

/** Lines without a record between those with one begin a stretch each; who has so many is not told the place. */
const MAX_STRETCHES = 10_000;

export class Places {
  readonly #stretches: Stretch[] = [];
  #last: Stretch | undefined;
  #isFull = false;

  /** Record number `record`, the next, comes from there. */
  add(record: number, input: string, line: number | undefined): void {
    const last = this.#last;
    const isNext = last !== undefined && last.input === input && line !== undefined &&
      last.line !== undefined &&
      line - last.line === record - last.record;
    if (isNext || this.#isFull) return;
    if (this.#stretches.length === MAX_STRETCHES) {
      this.#isFull = true;
      return;
    }
    this.#stretches.push(this.#last = { record, input, line });
  }

  /** "line 7 of orders.txt"; undefined: nobody knows. */
  of(record: number): string | undefined {
    const found = this.#stretches.findLast((stretch) => stretch.record <= record);
    if (found === undefined || this.#isFull && found === this.#last) return undefined;
    return found.line === undefined
      ? found.input
      : `line ${found.line + record - found.record} of ${found.input}`;
  }
}
