/**
 * Numbers of things that come and go, a row each, in shared memory: written by the reactor, read by the main thread.
 *
 * The numbers are shared, and what a row is of is told by a message, once. A row that was let go may be taken again: so each
 * has the number of its tenancy in its first cell, which no two have alike, and 0 while it is empty.
 *
 * What must be true: no reader ever takes a row's numbers for those of another tenant: it knows whose they are by the
 * message, and passes over a row whose first cell says otherwise, before or after it was read.
 * @module
 */

export interface TableMessage {
  readonly type: "metrics";
  readonly table: string;
  readonly row: number;
  /** 0: the row is let go. */
  readonly tenancy: number;
  readonly labels: readonly string[];
  /** New memory, whose first row is this one. */
  readonly memory?: SharedArrayBuffer;
}

const ROWS_PER_CHUNK = 256;

export interface MetricTableOptions {
  readonly name: string;
  readonly columnCount: number;
  /** More than this are left out, and counted. */
  readonly maxRows: number;
  readonly tell: (message: TableMessage) => void;
}

/** The reactor's end. */
export class MetricTable {
  readonly #options: MetricTableOptions;
  readonly #stride: number;
  readonly #chunks: Float64Array[] = [];
  readonly #free: number[] = [];
  #rowCount = 0;
  #tenancy = 0;
  #leftOutCount = 0;

  constructor(options: MetricTableOptions) {
    this.#options = options;
    this.#stride = options.columnCount + 1;
  }

  /** Those that found no row. */
  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  /** A row of its own, all zeros; undefined: there are too many. */
  take(labels: readonly string[]): number | undefined {
    const { name, maxRows, tell } = this.#options;
    let row = this.#free.pop();
    let memory: SharedArrayBuffer | undefined;
    if (row === undefined) {
      if (this.#rowCount >= maxRows) {
        this.#leftOutCount++;
        return undefined;
      }
      row = this.#rowCount++;
      if (row % ROWS_PER_CHUNK === 0) {
        memory = new SharedArrayBuffer(ROWS_PER_CHUNK * this.#stride * Float64Array.BYTES_PER_ELEMENT);
        this.#chunks.push(new Float64Array(memory));
      }
    }
    const start = this.#start(row);
    const tenancy = ++this.#tenancy;
    this.#chunk(row).fill(0, start, start + this.#stride);
    this.#chunk(row)[start] = tenancy;
    tell({ type: "metrics", table: name, row, tenancy, labels, ...memory === undefined ? {} : { memory } });
    return row;
  }

  letGo(row: number): void {
    this.#chunk(row)[this.#start(row)] = 0;
    this.#free.push(row);
    this.#options.tell({ type: "metrics", table: this.#options.name, row, tenancy: 0, labels: [] });
  }

  set(row: number, column: number, value: number): void {
    this.#chunk(row)[this.#start(row) + 1 + column] = value;
  }

  add(row: number, column: number, amount: number): void {
    this.#chunk(row)[this.#start(row) + 1 + column]! += amount;
  }

  get(row: number, column: number): number {
    return this.#chunk(row)[this.#start(row) + 1 + column]!;
  }

  #chunk(row: number): Float64Array {
    return this.#chunks[Math.floor(row / ROWS_PER_CHUNK)]!;
  }

  #start(row: number): number {
    return (row % ROWS_PER_CHUNK) * this.#stride;
  }
}

export interface TableRow {
  readonly labels: readonly string[];
  readonly values: readonly number[];
}

/** The main thread's end: hears the messages of one table, and reads its rows. */
export class MetricTableView {
  readonly #stride: number;
  readonly #chunks: Float64Array[] = [];
  readonly #tenants = new Map<number, { readonly tenancy: number; readonly labels: readonly string[] }>();

  constructor(columnCount: number) {
    this.#stride = columnCount + 1;
  }

  hear({ row, tenancy, labels, memory }: TableMessage): void {
    if (memory !== undefined) this.#chunks[Math.floor(row / ROWS_PER_CHUNK)] = new Float64Array(memory);
    if (tenancy === 0) this.#tenants.delete(row);
    else this.#tenants.set(row, { tenancy, labels });
  }

  *rows(): Generator<TableRow> {
    for (const [row, { tenancy, labels }] of this.#tenants) {
      const chunk = this.#chunks[Math.floor(row / ROWS_PER_CHUNK)]!;
      const start = (row % ROWS_PER_CHUNK) * this.#stride;
      if (chunk[start] !== tenancy) continue;
      const values = [...chunk.subarray(start + 1, start + this.#stride)];
      if (chunk[start] === tenancy) yield { labels, values };
    }
  }
}
