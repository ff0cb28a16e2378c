/**
 * The report: one page that needs nothing else, no network and no script, and prints.
 * @module
 */
import { showMany } from "../../units.ts";
import { describeMachine } from "../machine.ts";
import type { PerfResult } from "../result.ts";
import {
  brokersOf,
  type Drawing,
  latencyChart,
  latencyNames,
  medianOf,
  memoryChart,
  peaksChart,
  percentileChart,
  processorsChart,
  throughputChart,
} from "./charts.ts";
import { COLOURS } from "./line_chart.ts";
import { element, joined, type Markup, text } from "./markup.ts";
import { shortBytes, shortCount, shortMs } from "./numbers.ts";
import { reportStyle } from "./style.ts";
import { latencyTable, runsTable, timelineTable } from "./tables.ts";

const FULL = { width: 980, height: 280 };
const HALF = { width: 460, height: 260 };
const PHONE = { width: 340, height: 230 };

export function reportPage(result: PerfResult): string {
  const title = `milena perf ${result.subject}: ${brokersOf(result).join(", ")}`;
  const page = element(
    "html",
    { lang: "en" },
    element(
      "head",
      {},
      element("meta", { charset: "utf-8" }),
      element("meta", { name: "viewport", content: "width=device-width,initial-scale=1" }),
      element("title", {}, text(title)),
      element("style", {}, reportStyle as Markup),
    ),
    element(
      "body",
      {},
      element(
        "main",
        {},
        element("h1", {}, text(headline(result))),
        element("p", { class: "sub" }, text(subline(result))),
        element("div", { class: "tiles" }, ...brokersOf(result).map((broker) => tile(result, broker))),
        verdict(result),
        ...(result.subject === "latency"
          ? [...latencyFigures(result), throughputFigure(result)]
          : [throughputFigure(result), ...latencyFigures(result)]),
        pair(
          figure(result, "Broker CPU", "Processors that it keeps busy.", processorsChart(result)),
          figure(result, "Broker memory", "Resident memory of its process.", memoryChart(result)),
        ),
        section(element("h2", {}, text("Every run")), runsTable(result)),
        ...latencyNames(result).map((name) =>
          section(element("h2", {}, text(`Latency, ${name}, in milliseconds`)), latencyTable(result, name))
        ),
        section(element(
          "details",
          {},
          element("summary", {}, element("h2", {}, text("Throughput over time, in numbers"))),
          timelineTable(result),
        )),
        about(result),
        element("footer", {}, text(`Made by milena perf, ${result.date}.`)),
      ),
    ),
  );
  return `<!doctype html>\n${page}\n`;
}

function headline({ subject }: PerfResult): string {
  switch (subject) {
    case "produce":
      return "How fast records go in";
    case "consume":
      return "How fast records come out";
    case "latency":
      return "How long a record is on its way";
  }
}

function subline({ runs, workload }: PerfResult): string {
  const rounds = Math.max(...runs.map(({ round }) => round));
  return rounds === 1 ? workload : `${workload}; ${showMany(rounds, "run")} each`;
}

function throughputFigure(result: PerfResult): Markup {
  const isRepeated = result.runs.some(({ round }) => round > 1);
  const explanation = `Records a second while each run lasted${
    isRepeated ? "; later runs are lighter" : ""
  }.`;
  return figure(result, "Throughput", explanation, throughputChart(result), FULL)!;
}

function latencyFigures(result: PerfResult): Markup[] {
  return latencyNames(result).flatMap((name) => [
    pair(
      figure(
        result,
        "Latency",
        `Share of the records by the time they took, ${name}.`,
        latencyChart(result, name),
      ),
      figure(result, "Percentiles", `How long records took at most, ${name}.`, percentileChart(result, name)),
    ),
    figure(
      result,
      "Slowest records",
      `The longest time at each moment, ${name}.`,
      peaksChart(result, name),
      FULL,
    ) ??
      joined(),
  ]);
}

function tile(result: PerfResult, broker: string): Markup {
  const own = result.runs.filter((run) => run.broker === broker);
  const [first] = brokersOf(result);
  const rate = (of: string) => medianOf(result, of, ({ recordsPerSecond }) => recordsPerSecond);
  const bytes = medianOf(result, broker, ({ bytesPerSecond }) => bytesPerSecond);
  const latency = (of: string, name: string, percent: number) =>
    medianOf(
      result,
      of,
      ({ latencies }) => latencies.find((latency) => latency.name === name)?.percentilesMs[percent] ?? 0,
    );
  // On the way to the consumer: what the others of its latencies are a part of.
  const whole = latencyNames(result).at(-1);
  const facts: string[] = [];
  let big: { readonly value: string; readonly unit: string; readonly figure: (of: string) => number };
  if (result.subject === "latency" && whole !== undefined) {
    big = {
      value: shortMs(latency(broker, whole, 50)),
      unit: ` p50, ${whole}`,
      figure: (of) => latency(of, whole, 50),
    };
    facts.push(`${shortCount(rate(broker))} records/s`);
  } else {
    big = { value: shortCount(rate(broker)), unit: " records/s", figure: rate };
    facts.push(`${shortBytes(bytes)}/s`);
  }
  if (broker !== first) facts.push(`${(big.figure(broker) / big.figure(first!)).toFixed(2)} × ${first}`);
  for (const name of latencyNames(result)) {
    facts.push(
      `${name}: p50 ${shortMs(latency(broker, name, 50))}, p99 ${shortMs(latency(broker, name, 99))}`,
    );
  }
  if (own.every(({ usage }) => usage !== undefined)) {
    const seconds = medianOf(result, broker, ({ usage }) => usage!.cpuSecondsPerMillionRecords);
    facts.push(`${shortCount(seconds)} CPU-s of the broker per million`);
  }
  return section(
    element("div", { class: "name" }, swatch(result, broker), text(broker)),
    element(
      "div",
      { class: "big" },
      text(big.value),
      element("small", {}, text(own.length > 1 ? `${big.unit}, median` : big.unit)),
    ),
    ...facts.map((fact) => element("p", { class: "facts" }, text(fact))),
  );
}

function verdict({ runs }: PerfResult): Markup {
  const checks = runs.flatMap(({ check }) => check ?? []);
  const failures = runs.flatMap(({ broker, round, failures }) =>
    failures.map((failure) => `${broker}, run ${round}: ${failure}`)
  );
  if (failures.length > 0) {
    return element(
      "section",
      { class: "verdict bad" },
      element("strong", {}, text("✗ Not all is well")),
      element("ul", {}, ...failures.map((failure) => element("li", {}, text(failure)))),
    );
  }
  if (checks.length === 0) {
    return section(text("Records were not read back for a check."));
  }
  const acknowledged = checks.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  return element(
    "section",
    { class: "verdict" },
    element("strong", {}, text("✓ Exactly once")),
    text(
      `: each of ${
        showMany(acknowledged, "acknowledged record")
      } was read back, once, in order, byte for byte.`,
    ),
  );
}

/** A chart under its name, at the width of the page and once more for phones. */
function figure(
  result: PerfResult,
  name: string,
  explanation: string,
  draw: Drawing | undefined,
  size = HALF,
): Markup | undefined {
  if (draw === undefined) return undefined;
  return section(
    element("h2", {}, text(name)),
    element("p", { class: "sub" }, text(explanation)),
    ...brokersOf(result).length > 1 ? [legend(result)] : [],
    element("div", { class: "wide" }, draw(size)),
    element("div", { class: "small" }, draw(PHONE)),
  );
}

function legend(result: PerfResult): Markup {
  return element(
    "div",
    { class: "legend" },
    ...brokersOf(result).map((broker) => element("span", {}, swatch(result, broker), text(broker))),
  );
}

function pair(...figures: readonly (Markup | undefined)[]): Markup {
  const there = figures.filter((figure) => figure !== undefined);
  return there.length === 0 ? joined() : element("div", { class: "pair" }, ...there);
}

function about({ commandLine, machine, versions, setup, runs }: PerfResult): Markup {
  const sources = new Map(
    runs.flatMap(({ broker, usage }) => usage ? [[broker, usage.source] as const] : []),
  );
  const facts: [string, Markup][] = [
    ["Command", element("code", {}, text(commandLine))],
    ["Machine", text(describeMachine(machine))],
    ...Object.entries(versions).map(([name, version]): [string, Markup] => [name, text(version)]),
    ...Object.entries(setup).map(([name, value]): [string, Markup] => [name, text(value)]),
    ...[...sources].map(([broker, source]): [string, Markup] => [`CPU of ${broker}`, text(source)]),
  ];
  return section(
    element("h2", {}, text("How this came about")),
    element(
      "dl",
      {},
      ...facts.map(([name, value]) => joined(element("dt", {}, text(name)), element("dd", {}, value))),
    ),
  );
}

function swatch(result: PerfResult, broker: string): Markup {
  return element("span", { class: `swatch s${brokersOf(result).indexOf(broker) % COLOURS}` });
}

function section(...content: readonly Markup[]): Markup {
  return element("section", {}, ...content);
}
