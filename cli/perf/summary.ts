/**
 * What a measurement has found, as a table for people.
 * @module
 */
import { type Cell, tableText } from "../output/table.ts";
import type { Style } from "../output/style.ts";
import { showCount, showMany } from "../units.ts";
import { shownPercents } from "./latency_result.ts";
import { median } from "./median.ts";
import type { LatencyResult, PerfResult, RunResult } from "./result.ts";

export function summaryText(result: PerfResult, style: Style): string {
  return [
    `${result.workload}`,
    runsText(result, style),
    ...latencyText(result, style),
    ...medians(result, style),
    ...result.runs.some(({ check }) => check !== undefined) || failuresOf(result).length > 0
      ? [verdict(result, style)]
      : [],
  ].join("\n\n");
}

/** "Milena, run 2: …" for whatever went wrong. */
export function failuresOf({ runs }: PerfResult): string[] {
  const isOne = runs.length === 1;
  return runs.flatMap(({ broker, round, failures }) =>
    failures.map((failure) => isOne ? failure : `${broker}, run ${round}: ${failure}`)
  );
}

function runsText({ runs }: PerfResult, style: Style): string {
  const hasUsage = runs.some(({ usage }) => usage !== undefined);
  return numbersTable(
    [
      ...["BROKER", "RUN", "RECORDS", "SECONDS", "RECORDS/S", "MB/S", "CLIENT-CPU-S"],
      ...hasUsage ? ["BROKER-CPU-S", "CPU-S/MILLION", "RSS-MB"] : [],
    ],
    runs.map((run) => [
      ...[run.broker, number(run.round), number(run.records), run.seconds.toFixed(2)],
      ...[
        number(run.recordsPerSecond),
        (run.bytesPerSecond / 1e6).toFixed(1),
        run.client.cpuSeconds.toFixed(2),
      ],
      run.usage?.cpuSeconds.toFixed(2),
      run.usage?.cpuSecondsPerMillionRecords.toFixed(2),
      run.usage === undefined ? undefined : (run.usage.maxResidentBytes / 1e6).toFixed(0),
    ]),
    { style, numbersFrom: 1 },
  );
}

function latencyText({ runs }: PerfResult, style: Style): string[] {
  const rows = runs.flatMap((run) => run.latencies.map((latency) => ({ run, latency })));
  if (rows.length === 0) return [];
  const cells = ({ latency }: { latency: LatencyResult }) => [
    latency.meanMs,
    ...shownPercents.map((percent) => latency.percentilesMs[percent]!),
    latency.maxMs,
  ];
  return [numbersTable(
    ["BROKER", "RUN", "LATENCY, MS", "MEAN", ...shownPercents.map((percent) => `P${percent}`), "MAX"],
    rows.map((row) => [
      ...[row.run.broker, number(row.run.round), row.latency.name],
      ...cells(row).map((ms) => ms.toFixed(2)),
    ]),
    { style, numbersFrom: 3 },
  )];
}

/** Of several runs: the middle one of each cluster, and how it stands to that of the first. */
function medians({ subject, runs }: PerfResult, style: Style): string[] {
  const brokers = [...new Set(runs.map(({ broker }) => broker))];
  if (runs.length === 1) return [];
  const of = (broker: string, figure: (run: RunResult) => number) =>
    median(runs.filter((run) => run.broker === broker).map(figure));
  const whole = (run: RunResult) => run.latencies.at(-1)!.percentilesMs;
  const figures: readonly Median[] = subject === "latency"
    ? [
      { heading: "P50, MS", of: (run) => whole(run)["50"]!, show: (value) => value.toFixed(2) },
      { heading: "P99, MS", of: (run) => whole(run)["99"]!, show: (value) => value.toFixed(2) },
    ]
    : [
      { heading: "RECORDS/S", of: ({ recordsPerSecond }) => recordsPerSecond, show: number },
      {
        heading: "MB/S",
        of: ({ bytesPerSecond }) => bytesPerSecond / 1e6,
        show: (value) => value.toFixed(1),
      },
    ];
  const [main] = figures;
  const ratio = (broker: string) => of(broker, main!.of) / of(brokers[0]!, main!.of);
  return [numbersTable(
    ["MEDIAN", ...figures.map(({ heading }) => heading), ...brokers.length > 1 ? ["RATIO"] : []],
    brokers.map((broker) => [
      broker,
      ...figures.map((figure) => figure.show(of(broker, figure.of))),
      ratio(broker).toFixed(2),
    ]),
    { style, numbersFrom: 1 },
  )];
}

interface Median {
  readonly heading: string;
  readonly of: (run: RunResult) => number;
  readonly show: (value: number) => string;
}

function verdict(result: PerfResult, style: Style): string {
  const failures = failuresOf(result);
  if (failures.length > 0) return failures.map((failure) => style.red(`✗ ${failure}`)).join("\n");
  const acknowledged = result.runs.reduce((sum, { check }) => sum + (check?.acknowledged ?? 0), 0);
  return style.green(`✓ each of ${showMany(acknowledged, "acknowledged record")} was read back exactly once`);
}

function number(value: number): string {
  return showCount(Math.round(value));
}

/** A table whose columns from `numbersFrom` on are numbers, with commas and such, aligned at the right. */
function numbersTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { style, numbersFrom }: { readonly style: Style; readonly numbersFrom: number },
): string {
  const shown = [headings, ...rows].map((row) => headings.map((_, column) => String(row[column] ?? "-")));
  const widths = headings.map((_, column) => Math.max(...shown.map((row) => row[column]!.length)));
  const [head, ...body] = shown.map((row) =>
    row.map((cell, column) => column < numbersFrom ? cell : cell.padStart(widths[column]!))
  );
  return tableText(head!, body, { style });
}
