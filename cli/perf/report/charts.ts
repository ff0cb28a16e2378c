/**
 * The charts of a report, each for the whole page, half of it, or a phone: as text in a chart that is made smaller can't be
 * read, each size is drawn for itself.
 * @module
 */
import { median } from "../median.ts";
import type { LatencyResult, PerfResult, RunResult } from "../result.ts";
import { latencyBars } from "./latency_shape.ts";
import { type Axis, type Line, lineChart } from "./line_chart.ts";
import type { Markup } from "./markup.ts";
import { shortBytes, shortCount, shortMs } from "./numbers.ts";
import { linearScale, logScale, percentileScale, timeScale } from "./scale.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws one chart at any size; undefined: there is nothing to draw. */
export type Drawing = (size: Size) => Markup;

/** Brokers in the order of their colours. */
export function brokersOf({ runs }: PerfResult): string[] {
  return [...new Set(runs.map(({ broker }) => broker))];
}

export function throughputChart(result: PerfResult): Drawing {
  return overTime(result, {
    label: "records/s",
    show: shortCount,
    description: "Records a second over the time of each run",
    pointsOf: ({ timeline }) =>
      timeline.map(({ seconds, recordsPerSecond }) => ({ x: seconds, y: recordsPerSecond })),
  });
}

export function processorsChart(result: PerfResult): Drawing | undefined {
  if (result.runs.every(({ usage }) => (usage?.samples.length ?? 0) === 0)) return undefined;
  return overTime(result, {
    label: "processors",
    show: shortCount,
    description: "Processors that the broker keeps busy, over the time of each run",
    pointsOf: ({ usage }) =>
      (usage?.samples ?? []).map(({ seconds, processors }) => ({ x: seconds, y: processors })),
  });
}

export function memoryChart(result: PerfResult): Drawing | undefined {
  if (result.runs.every(({ usage }) => (usage?.samples.length ?? 0) === 0)) return undefined;
  return overTime(result, {
    label: "resident",
    show: shortBytes,
    description: "Resident memory of the broker, over the time of each run",
    pointsOf: ({ usage }) =>
      (usage?.samples ?? []).map(({ seconds, residentBytes }) => ({ x: seconds, y: residentBytes })),
  });
}

/** The slowest record by time: when something stood still. */
export function peaksChart(result: PerfResult, name: string): Drawing | undefined {
  const isIt = (latency: LatencyResult) => latency.name === name && latency.peaks.length > 0;
  if (!result.runs.some(({ latencies }) => latencies.some(isIt))) return undefined;
  return overTime(result, {
    label: "slowest",
    show: shortMs,
    description: `The slowest record of each moment: ${name}`,
    pointsOf: ({ latencies }) =>
      (latencies.find(isIt)?.peaks ?? []).map(({ seconds, ms }) => ({ x: seconds, y: ms })),
    ofMany: (values) => Math.max(...values),
  });
}

/** Share of the records by latency; each run with a line of its own. */
export function latencyChart(result: PerfResult, name: string): Drawing | undefined {
  const latencies = latenciesOf(result, name);
  if (latencies.length === 0) return undefined;
  const all = latencies.map(({ latency }) => latency);
  const { fromMs, toMs } = boundsOf(all);
  const x: Axis = { scale: logScale(fromMs, toMs), show: shortMs, label: name };
  return (size) => {
    // Bars that are wide enough to be seen, and not so many that chance makes their shape.
    const count = Math.round(size.width / 11);
    const lines = latencies.map(({ run, latency }): Line => ({
      ...lookOf(result, run),
      isArea: true,
      points: latencyBars(latency.cells, { fromMs, toMs, count }).flatMap(({ fromMs, toMs, share }) => {
        const title = `${share < 0.0005 && share > 0 ? "< 0.1" : (share * 100).toFixed(1)} % took ${
          shortMs(fromMs)
        } to ${shortMs(toMs)}`;
        return [{ x: fromMs, y: share * 100, title }, { x: toMs, y: share * 100, title }];
      }),
    }));
    const top = Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y)));
    return lineChart({
      ...size,
      description: `How many records took how long: ${name}`,
      x,
      y: { scale: linearScale(top), show: (value) => `${shortCount(value)} %`, label: "records" },
      lines,
    });
  };
}

/** Latency by percentile. */
export function percentileChart(result: PerfResult, name: string): Drawing | undefined {
  const latencies = latenciesOf(result, name);
  if (latencies.length === 0) return undefined;
  const all = latencies.map(({ latency }) => latency);
  const { fromMs, toMs } = boundsOf(all);
  const percents = all.flatMap(({ percentilesMs }) => Object.keys(percentilesMs).map(Number));
  const isWide = toMs / fromMs > 20;
  return (size) =>
    lineChart({
      ...size,
      description: `Latency by percentile: ${name}`,
      x: {
        scale: percentileScale(Math.max(...percents)),
        show: (value) => `${value} %`,
        label: "of the records",
      },
      y: {
        scale: isWide ? logScale(fromMs, toMs) : linearScale(toMs),
        show: shortMs,
        label: "took",
      },
      lines: latencies.map(({ run, latency }) => ({
        ...lookOf(result, run),
        points: Object.entries(latency.percentilesMs)
          .map(([percent, ms]) => ({
            x: Number(percent),
            y: ms,
            title: `${percent} % took at most ${shortMs(ms)}`,
          }))
          .sort((a, b) => a.x - b.x),
      })),
    });
}

/** Names of the latencies that any run has. */
export function latencyNames({ runs }: PerfResult): string[] {
  return [...new Set(runs.flatMap(({ latencies }) => latencies.map(({ name }) => name)))];
}

/** The middle of all runs of a broker. */
export function medianOf(result: PerfResult, broker: string, figure: (run: RunResult) => number): number {
  return median(result.runs.filter((run) => run.broker === broker).map(figure));
}

interface OverTime {
  readonly label: string;
  readonly show: (value: number) => string;
  readonly description: string;
  readonly pointsOf: (run: RunResult) => Place[];
  /** What stands for several points that lie too close to each other. Default: their mean. */
  readonly ofMany?: (values: readonly number[]) => number;
}

/** More than that no line can show. */
const MOST_POINTS = 80;

function overTime(
  result: PerfResult,
  { label, show, description, pointsOf, ofMany = mean }: OverTime,
): Drawing {
  const all = result.runs.map((run) => ({ run, points: pointsOf(run) }));
  const end = Math.max(
    ...result.runs.map(({ seconds }) => seconds),
    ...all.flatMap(({ points }) => points.map(({ x }) => x)),
  );
  const lines = all.map(({ run, points }): Line => ({
    ...lookOf(result, run),
    points: thinned(points, end / MOST_POINTS, ofMany).map(({ x, y }) => ({
      x,
      y,
      title: `${run.broker}, run ${run.round}, at ${x.toFixed(1)} s: ${show(y)} ${label}`,
    })),
  }));
  const top = Math.max(0, ...lines.flatMap(({ points }) => points.map(({ y }) => y)));
  return (size) =>
    lineChart({
      ...size,
      description,
      x: {
        scale: timeScale(end, size.width > 400 ? 8 : 4),
        show: (value) => `${value} s`,
        label: "since the begin",
      },
      y: { scale: linearScale(top), show, label },
      lines,
    });
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** One point, in their middle, for all that lie within `width` of each other. */
export function thinned(
  points: readonly Place[],
  width: number,
  ofMany: (values: readonly number[]) => number,
): Place[] {
  return [...Map.groupBy(points, ({ x }) => Math.floor(x / width)).values()].map((group) => ({
    x: mean(group.map(({ x }) => x)),
    y: ofMany(group.map(({ y }) => y)),
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function lookOf(result: PerfResult, { broker, round }: RunResult): { colour: number; isFaint: boolean } {
  return { colour: brokersOf(result).indexOf(broker), isFaint: round > 1 };
}

function latenciesOf({ runs }: PerfResult, name: string): { run: RunResult; latency: LatencyResult }[] {
  return runs.flatMap((run) =>
    run.latencies.filter((latency) => latency.name === name && latency.count > 0).map((latency) => ({
      run,
      latency,
    }))
  );
}

/** What an axis of all of them needs: nothing was faster than a microsecond. */
function boundsOf(latencies: readonly LatencyResult[]): { fromMs: number; toMs: number } {
  const fromMs = Math.max(0.001, Math.min(...latencies.map(({ minMs }) => minMs)));
  return { fromMs, toMs: Math.max(fromMs * 1.2, ...latencies.map(({ maxMs }) => maxMs)) };
}
