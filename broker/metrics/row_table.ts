/**
 * A table in shared memory whose rows come and go: one thread gives rows to things, writes numbers into them and takes
 * the rows back; any other reads ({@link RowReader}).
 *
 * What must be true: whoever reads never takes a row's numbers for another's. So a row has a generation, which grows when
 * the row is given out (then it is odd) and when it is taken back (even), and the row's labels are told with it. A reader
 * believes numbers only if the generation is the one it knows, before it has copied them and after.
 *
 * Row 0 is nobody's: all for which there is no room write there, and nobody reads it. So whoever writes need not ask.
 *
 * Layout: Int32 generations of rows 0 to n, where that of row 0 is n; then Float64 numbers, row by row.
 * @module
 */

/** Numbers written there are lost. */
export const NO_ROW = 0;

/** A row has been given out, or, with `labels` null, taken back. */
export interface RowChange {
  readonly row: number;
  readonly generation: number;
  readonly labels: readonly string[] | null;
}

export interface TableCells {
  readonly capacity: number;
  readonly generations: Int32Array;
  readonly numbers: Float64Array;
}

/** Memory for `capacity` rows; what is not used of it costs nothing. */
export function allocateTable(capacity: number, columnCount: number): SharedArrayBuffer {
  const rows = capacity + 1;
  const memory = new SharedArrayBuffer(
    generationBytes(rows) + rows * columnCount * Float64Array.BYTES_PER_ELEMENT,
  );
  new Int32Array(memory, 0, 1)[0] = capacity;
  return memory;
}

export function tableCells(memory: SharedArrayBuffer): TableCells {
  const capacity = new Int32Array(memory, 0, 1)[0]!;
  return {
    capacity,
    generations: new Int32Array(memory, 0, capacity + 1),
    numbers: new Float64Array(memory, generationBytes(capacity + 1)),
  };
}

/** Rounded up, so that the numbers behind them are aligned. */
function generationBytes(rows: number): number {
  return Math.ceil(rows / 2) * 2 * Int32Array.BYTES_PER_ELEMENT;
}

export interface RowTableOptions {
  readonly columnCount: number;
  readonly onChange: (change: RowChange) => void;
  /** Something has got no row (1), or is no more (-1). */
  readonly onLeftOut: (difference: number) => void;
}

export class RowTable {
  readonly #cells: TableCells;
  readonly #options: RowTableOptions;
  /** Taken back, the one that has been free for longest in front: so a number is seldom used again soon. */
  readonly #free: number[] = [];
  /** All above have never been given out. */
  #highestRow = 0;

  constructor(memory: SharedArrayBuffer, options: RowTableOptions) {
    this.#cells = tableCells(memory);
    this.#options = options;
  }

  /** Rows that there may be at the same time. */
  get capacity(): number {
    return this.#cells.capacity;
  }

  /** A row, all zero, for what `labels` tell apart from all others; NO_ROW if there is none left. */
  allocate(labels: readonly string[]): number {
    const row = this.#free.shift() ?? this.#nextRow();
    if (row === NO_ROW) {
      this.#options.onLeftOut(1);
      return NO_ROW;
    }
    this.#options.onChange({ row, generation: this.#turn(row), labels });
    return row;
  }

  /** Takes a row back. What has got none gives NO_ROW back. */
  free(row: number): void {
    if (row === NO_ROW) return this.#options.onLeftOut(-1);
    const generation = this.#turn(row);
    const { columnCount } = this.#options;
    this.#cells.numbers.fill(0, row * columnCount, (row + 1) * columnCount);
    this.#free.push(row);
    this.#options.onChange({ row, generation, labels: null });
  }

  add(row: number, column: number, amount: number): void {
    this.#cells.numbers[row * this.#options.columnCount + column]! += amount;
  }

  set(row: number, column: number, value: number): void {
    this.#cells.numbers[row * this.#options.columnCount + column] = value;
  }

  get(row: number, column: number): number {
    return this.#cells.numbers[row * this.#options.columnCount + column]!;
  }

  #nextRow(): number {
    return this.#highestRow < this.#cells.capacity ? ++this.#highestRow : NO_ROW;
  }

  /** The row's next generation. */
  #turn(row: number): number {
    return Atomics.add(this.#cells.generations, row, 1) + 1;
  }
}
