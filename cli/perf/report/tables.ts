/**
 * The numbers behind the charts.
 * @module
 */
import { showCount } from "../../units.ts";
import { shownPercents } from "../latency_result.ts";
import type { PerfResult, RunResult } from "../result.ts";
import { brokersOf } from "./charts.ts";
import { COLOURS } from "./line_chart.ts";
import { element, joined, type Markup, text } from "./markup.ts";

interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Markup;
}

/** Each run, in the order in which they ran. */
export function runsTable(result: PerfResult): Markup {
  const { runs } = result;
  const usage = runs.some(({ usage }) => usage !== undefined);
  const caller = runs.some(({ client }) => client.callerNanosecondsPerRecord !== undefined);
  return table(runs, [
    { heading: "broker", cell: (run) => named(result, run.broker) },
    { heading: "run", cell: ({ round }) => text(round) },
    { heading: "records", cell: ({ records }) => text(showCount(records)) },
    { heading: "seconds", cell: ({ seconds }) => text(seconds.toFixed(2)) },
    { heading: "records/s", cell: ({ recordsPerSecond }) => text(showCount(Math.round(recordsPerSecond))) },
    { heading: "MB/s", cell: ({ bytesPerSecond }) => text((bytesPerSecond / 1e6).toFixed(1)) },
    ...usage
      ? [
        {
          heading: "broker CPU-s / million",
          cell: ({ usage }: RunResult) => text(usage?.cpuSecondsPerMillionRecords.toFixed(2) ?? "–"),
        },
        {
          heading: "broker RSS, MB",
          cell: ({ usage }: RunResult) =>
            text(usage === undefined ? "–" : (usage.maxResidentBytes / 1e6).toFixed(0)),
        },
      ]
      : [],
    { heading: "client CPU-s", cell: ({ client }) => text(client.cpuSeconds.toFixed(2)) },
    ...caller
      ? [{
        heading: "caller ns / record",
        cell: ({ client }: RunResult) => text(client.callerNanosecondsPerRecord?.toFixed(0) ?? "–"),
      }]
      : [],
  ]);
}

export function latencyTable(result: PerfResult, name: string): Markup {
  const rows = result.runs.flatMap((run) =>
    run.latencies.filter((latency) => latency.name === name).map((latency) => ({ run, latency }))
  );
  return table(rows, [
    { heading: "broker", cell: ({ run }) => named(result, run.broker) },
    { heading: "run", cell: ({ run }) => text(run.round) },
    { heading: "records", cell: ({ latency }) => text(showCount(latency.count)) },
    { heading: "mean, ms", cell: ({ latency }) => text(latency.meanMs.toFixed(2)) },
    ...shownPercents.map((percent) => ({
      heading: `p${percent}`,
      cell: ({ latency }: typeof rows[number]) => text(latency.percentilesMs[percent]!.toFixed(2)),
    })),
    { heading: "max", cell: ({ latency }) => text(latency.maxMs.toFixed(2)) },
  ]);
}

/** Every point of the throughput's chart. */
export function timelineTable(result: PerfResult): Markup {
  const rows = result.runs.flatMap((run) => run.timeline.map((point) => ({ run, point })));
  return table(rows, [
    { heading: "broker", cell: ({ run }) => named(result, run.broker) },
    { heading: "run", cell: ({ run }) => text(run.round) },
    { heading: "at, s", cell: ({ point }) => text(point.seconds.toFixed(2)) },
    { heading: "records/s", cell: ({ point }) => text(showCount(Math.round(point.recordsPerSecond))) },
    { heading: "MB/s", cell: ({ point }) => text((point.bytesPerSecond / 1e6).toFixed(1)) },
  ]);
}

/** A name with the colour that it has in charts. */
export function named(result: PerfResult, broker: string): Markup {
  const colour = brokersOf(result).indexOf(broker) % COLOURS;
  return joined(element("span", { class: `swatch s${colour}` }), text(broker));
}

function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Markup {
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, ...columns.map(({ heading }) => element("th", { scope: "col" }, text(heading)))),
      ),
      element(
        "tbody",
        {},
        ...rows.map((row) => element("tr", {}, ...columns.map(({ cell }) => element("td", {}, cell(row))))),
      ),
    ),
  );
}
