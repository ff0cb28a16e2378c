/**
 * Figures as text: tables that are readable as they are and valid Markdown.
 * @module
 */
import { isDisturbed, type Measurement } from "./measure.ts";
import { REST_MS, type RestFigures, type StartFigures } from "./start.ts";
import type { BrokerSummary, Spread, Summary } from "./summary.ts";
import { describe } from "./workload.ts";

export const runColumns = [
  "workload".padEnd(33),
  "phase  ",
  "broker           ",
  "records/s",
  "  MB/s",
  "CPU-s",
  " user + system",
  "CPU-s/GB",
  "client CPU-s",
  "RSS MiB",
  "others",
] as const;

/** The cells of one run, for {@link runColumns}. */
export function runCells(run: Measurement): string[] {
  const seconds = run.brokerUserSeconds + run.brokerSystemSeconds;
  return [
    describe(run.workload),
    run.phase,
    run.broker,
    integer(run.recordsPerSecond),
    run.megabytesPerSecond.toFixed(1),
    seconds.toFixed(2),
    `${run.brokerUserSeconds.toFixed(2)} + ${run.brokerSystemSeconds.toFixed(2)}`,
    run.brokerSecondsPerGigabyte.toFixed(2),
    run.clientSeconds.toFixed(2),
    mebibytes(run.residentBytes),
    `${(run.othersShare * 100).toFixed(0)} %${isDisturbed(run) ? " *" : ""}`,
  ];
}

/**
 * Medians and bests, of two brokers with the ratio of the first to the second. A ratio compares median with median and
 * best with best; of records it is better above 1, of processor time below.
 */
export function summaryTable(summaries: readonly Summary[]): string {
  const names = summaries[0]?.brokers.map(({ broker }) => broker) ?? [];
  const measures = [
    { title: "records/s", of: (one: BrokerSummary) => one.recordsPerSecond, format: integer },
    { title: "CPU-s/GB", of: (one: BrokerSummary) => one.brokerSecondsPerGigabyte, format: fixed },
    { title: "of it user", of: (one: BrokerSummary) => one.brokerUserSecondsPerGigabyte, format: fixed },
  ];
  const compared = names.length === 2;
  const header = [
    "workload",
    "phase",
    ...measures.flatMap(({ title }) => [
      ...names.map((name) => `${title}: ${name}`),
      ...compared ? ["ratio"] : [],
    ]),
  ];
  const rows = summaries.map(({ workload, phase, brokers }) => [
    describe(workload),
    phase,
    ...measures.flatMap(({ of, format }) => [
      ...brokers.map((one) => pair(of(one), format)),
      ...compared ? [ratio(of(brokers[0]!), of(brokers[1]!))] : [],
    ]),
  ]);
  return `Each cell: median / best of all rounds.\n\n${table(header, rows)}`;
}

export function startTable(starts: readonly StartFigures[], rests: readonly RestFigures[]): string {
  const header = [
    "broker",
    "start to first answer, ms",
    "CPU-s until at rest",
    "RSS at rest, MB",
    `CPU-s in ${REST_MS / 1000} s at rest`,
  ];
  const rows = starts.map(({ broker, startMs }) => {
    const rest = rests.find((one) => one.broker === broker);
    return [
      broker,
      startMs.map((ms) => ms.toFixed(0)).join(" / "),
      rest?.secondsUntilThen.toFixed(2) ?? "",
      rest === undefined ? "" : (rest.residentBytes / 1e6).toFixed(0),
      rest?.secondsAtRest.toFixed(2) ?? "",
    ];
  });
  return table(header, rows);
}

/** A Markdown table whose columns are as wide as their widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  return [tableRow(header, widths), tableRule(widths), ...rows.map((row) => tableRow(row, widths))].join(
    "\n",
  );
}

export function tableRow(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
}

export function tableRule(widths: readonly number[]): string {
  return `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
}

function pair({ median, best }: Spread, format: (value: number) => string): string {
  return `${format(median)} / ${format(best)}`;
}

function ratio(first: Spread, second: Spread): string {
  return pair({ median: first.median / second.median, best: first.best / second.best }, fixed);
}

function fixed(value: number): string {
  return value.toFixed(2);
}

function integer(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
