/**
 * Reads a {@link RowTable} from another thread. Which row is whose it learns from messages, which may be late: a row that
 * it has not heard of is left out, and so is one that has changed hands meanwhile.
 * @module
 */
import { type RowChange, type TableCells, tableCells } from "./row_table.ts";

export interface Row {
  readonly labels: readonly string[];
  /** By column; a copy. */
  readonly numbers: Float64Array;
}

interface Owner {
  readonly generation: number;
  readonly labels: readonly string[];
}

export class RowReader {
  readonly #cells: TableCells;
  readonly #columnCount: number;
  /** By row. */
  readonly #owners = new Map<number, Owner>();

  constructor(memory: SharedArrayBuffer, columnCount: number) {
    this.#cells = tableCells(memory);
    this.#columnCount = columnCount;
  }

  /** In the order in which the changes were made. */
  learn({ row, generation, labels }: RowChange): void {
    if (labels === null) this.#owners.delete(row);
    else this.#owners.set(row, { generation, labels });
  }

  /** All rows, as they are at this moment. */
  *rows(): Generator<Row> {
    for (const [row, { generation, labels }] of this.#owners) {
      if (this.#generation(row) !== generation) continue;
      const numbers = this.#cells.numbers.slice(row * this.#columnCount, (row + 1) * this.#columnCount);
      if (this.#generation(row) === generation) yield { labels, numbers };
    }
  }

  /** By an addition of nothing: on some processors reads that come before a mere load may still be made after it. */
  #generation(row: number): number {
    return Atomics.add(this.#cells.generations, row, 0);
  }
}
