/**
 * Rows under headings, for people and for `awk`.
 *
 * What must be true: no line ends with spaces; a cell is never empty, so that a line has as many words as there are columns
 * where no cell has spaces; and nothing that came from a cluster can do to a terminal what its characters would.
 * @module
 */
import type { Style } from "./style.ts";
import { displayWidth, printable } from "./text.ts";

/** undefined and null: there is none. */
export type Cell = string | number | undefined | null;

export interface TableOptions {
  /** Of the headings. Default: none. */
  readonly style?: Style | undefined;
}

const GAP = "  ";

/** Columns of numbers are aligned at the right. Without an end of line at the end. */
export function tableText(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { style }: TableOptions = {},
): string {
  const shown = rows.map((row) => headings.map((_, column) => shownCell(row[column])));
  const widths = headings.map((heading, column) =>
    shown.reduce((widest, row) => Math.max(widest, displayWidth(row[column]!)), displayWidth(heading))
  );
  const areNumbers = headings.map((_, column) =>
    rows.some((row) => typeof row[column] === "number") &&
    rows.every((row) => row[column] === undefined || row[column] === null || typeof row[column] === "number")
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => {
      const padding = " ".repeat(widths[column]! - displayWidth(cell));
      return areNumbers[column] ? padding + cell : cell + padding;
    }).join(GAP).trimEnd();
  const head = line(headings);
  return [style === undefined ? head : style.bold(head), ...shown.map(line)].join("\n");
}

/** What has one value each: names at the left, values at the right. */
export function listText(
  entries: readonly (readonly [string, Cell])[],
  { style }: TableOptions = {},
): string {
  const width = Math.max(...entries.map(([name]) => displayWidth(name)));
  return entries.map(([name, value]) => {
    const padded = name + " ".repeat(width - displayWidth(name));
    return `${style === undefined ? padded : style.bold(padded)}${GAP}${shownCell(value)}`;
  }).join("\n");
}

function shownCell(cell: Cell): string {
  if (cell === undefined || cell === null) return "-";
  return cell === "" ? '""' : printable(String(cell));
}
