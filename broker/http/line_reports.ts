/**
 * What became of each line, in the order of the lines, though partitions are written in whatever order they are.
 *
 * What must be true: a report leaves when the line and all before it are written; so what is kept is bounded by what is on
 * its way.
 * @module
 */

export class LineReports {
  readonly #write: (text: string) => void;
  /** Lines that are records and not reported yet, in order; the first is at #head. */
  #lines: number[] = [];
  #head = 0;
  readonly #written = new Map<number, string>();

  /** @param write takes reports, many in one text. */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** This line will be written. Lines only grow. */
  expect(line: number): void {
    this.#lines.push(line);
  }

  /** These lines were written, one after the other from `baseOffset` on; -1: nobody knows where. */
  written(lines: readonly number[], partition: number, baseOffset: number): void {
    for (let i = 0; i < lines.length; i++) {
      const offset = baseOffset < 0 ? "null" : baseOffset + i;
      this.#written.set(lines[i]!, `{"line":${lines[i]},"partition":${partition},"offset":${offset}}\n`);
    }
    let text = "";
    for (; this.#head < this.#lines.length; this.#head++) {
      const report = this.#written.get(this.#lines[this.#head]!);
      if (report === undefined) break;
      this.#written.delete(this.#lines[this.#head]!);
      text += report;
    }
    if (this.#head > this.#lines.length / 2) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    if (text !== "") this.#write(text);
  }
}
