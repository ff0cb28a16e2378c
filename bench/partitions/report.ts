/**
 * The figures as a Markdown table, a column for each broker and number of partitions, and as CSV, a line for each value.
 * @module
 */
import { table } from "../peers/report.ts";
import { type Measure, measures, type PartitionsRun } from "./measure.ts";

/** Every cell has the values of all rounds, in the order in which they ran. */
export function partitionsTable(runs: readonly PartitionsRun[]): string {
  const columns = [...Map.groupBy(runs, ({ broker, partitions }) => `${integer(partitions)}: ${broker}`)];
  const rows = measures.map((measure) => [
    measure,
    ...columns.map(([, own]) => own.map(({ figures }) => format(figures[measure])).join(" / ")),
  ]);
  return table(["partitions", ...columns.map(([title]) => title)], rows);
}

/** "broker,partitions,round,measure,value" */
export function partitionsCsv(runs: readonly PartitionsRun[]): string {
  const rounds = new Map<string, number>();
  const lines = runs.flatMap(({ broker, partitions, figures }) => {
    const key = `${broker} ${partitions}`;
    const round = (rounds.get(key) ?? 0) + 1;
    rounds.set(key, round);
    return Object.entries(figures).map(([measure, value]) =>
      [broker, partitions, round, quote(measure), value].join(",")
    );
  });
  return `broker,partitions,round,measure,value\n${lines.join("\n")}\n`;
}

/** One line for a person who waits. */
export function describeRun({ broker, partitions, figures, problem }: PartitionsRun): string {
  const told: Measure[] = [
    "topics made and served, ms",
    "appends: p50, ms",
    "after clean stop: all served, ms",
  ];
  const what = told.map((measure) => `${measure}: ${format(figures[measure])}`).join("; ");
  return `${integer(partitions)}, ${broker}: ${what}${problem === undefined ? "" : `; ended by: ${problem}`}`;
}

function format(value: number | undefined): string {
  if (value === undefined) return "–";
  if (Number.isInteger(value)) return integer(value);
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : integer(Math.round(value));
}

function integer(value: number): string {
  return value.toLocaleString("en-US");
}

function quote(text: string): string {
  return `"${text}"`;
}
