/**
 * A table whose rows can be sorted by any column and filtered by their names, and which leaves out columns where there is
 * no room for them.
 *
 * What must be true: every row takes as many columns of the terminal as there are; the order does not depend on the order
 * in which rows come; and what is not known stands at the end, whichever way it is sorted.
 * @module
 */
import type { Cell } from "../output/table.ts";
import { printable } from "../output/text.ts";
import { padText, type Span } from "./fit_text.ts";

export interface Column<Row> {
  /** What --sort calls it. */
  readonly name: string;
  readonly heading: string;
  /** Columns of the terminal. The first column gets what is left over, and at least so many. */
  readonly width: number;
  /** Those with the highest are left out first. */
  readonly dispensability: number;
  readonly isText?: boolean;
  text(row: Row): string;
  /** What it is sorted by. */
  rank(row: Row): string | number | undefined;
  look?(row: Row): Span["look"];
}

export interface Sort {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Rows that are sorted and filtered, and drawn when they are to be seen. */
export interface Arranged {
  readonly count: number;
  heading(columns: number): readonly Span[];
  row(index: number, columns: number): readonly Span[];
  /** A whole row for a program: numbers as they are, to a tenth. */
  cells(index: number): readonly Cell[];
}

const GAP = 2;

/** `columns`: the first is the name that rows are filtered by. */
export class Table<Row> {
  constructor(readonly columns: readonly Column<Row>[]) {}

  arrange(rows: readonly Row[], sort: Sort, filter: string): Arranged {
    const wanted = filter.toLowerCase();
    const [name] = this.columns;
    const by = this.columns.find((column) => column.name === sort.column) ?? name!;
    const kept = wanted === ""
      ? [...rows]
      : rows.filter((row) => name!.text(row).toLowerCase().includes(wanted));
    const direction = sort.isDescending ? -1 : 1;
    kept.sort((a, b) =>
      compare(by.rank(a), by.rank(b), direction) || compare(name!.rank(a), name!.rank(b), 1)
    );
    return {
      count: kept.length,
      heading: (columns) =>
        this.#line(columns, (column) => ({
          text: column === by ? `${column.heading}${sort.isDescending ? "▼" : "▲"}` : column.heading,
          look: "bold",
        })),
      cells: (index) =>
        this.columns.map(({ rank }) => {
          const value = rank(kept[index]!);
          return typeof value === "number" ? Math.round(value * 10) / 10 : value;
        }),
      row: (index, columns) => {
        const row = kept[index]!;
        return this.#line(columns, (column) => ({
          text: printable(column.text(row)),
          look: column.look?.(row),
        }));
      },
    };
  }

  #line(columns: number, cell: (column: Column<Row>) => Span): readonly Span[] {
    const shown = this.#fitting(columns);
    const others = shown.slice(1).reduce((sum, { width }) => sum + width + GAP, 0);
    return shown.flatMap((column, i) => {
      const { text, look } = cell(column);
      const width = i === 0 ? columns - others : column.width;
      const padded = padText(text, width, column.isText !== true);
      return i === 0 ? [{ text: padded, look }] : [{ text: " ".repeat(GAP) }, { text: padded, look }];
    });
  }

  #fitting(columns: number): readonly Column<Row>[] {
    const byNeed = [...this.columns].sort((a, b) => a.dispensability - b.dispensability);
    const shown = new Set<Column<Row>>();
    let left = columns + GAP;
    for (const column of byNeed) {
      left -= column.width + GAP;
      if (left < 0 && shown.size > 0) break;
      shown.add(column);
    }
    return this.columns.filter((column) => shown.has(column));
  }
}

type Rank = string | number | undefined;

function compare(a: Rank, b: Rank, direction: number): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return (a < b ? -1 : 1) * direction;
}
