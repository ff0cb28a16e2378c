import { deepEqual, equal } from "node:assert/strict";
import { sampleResult } from "../testing/sample_result.ts";
import { peaksChart, thinned, throughputChart } from "./charts.ts";

Deno.test("thinned has one point for all that lie close together", () => {
  const points = [[0.1, 1], [0.2, 3], [1.5, 10], [2.1, 4], [2.9, 6]].map(([x, y]) => ({ x: x!, y: y! }));
  const largest = (values: readonly number[]) => Math.max(...values);
  deepEqual(thinned(points, 1, largest).map(({ y }) => y), [3, 10, 6]);
  deepEqual(thinned(points, 0.01, largest), points);
});

Deno.test("a chart over time has a line for each run, later ones fainter, and says what each point is", () => {
  const chart = throughputChart(sampleResult())({ width: 340, height: 230 });
  equal(chart.match(/<path class="line s0"/g)?.length, 1);
  equal(chart.match(/<path class="line s0 faint"/g)?.length, 1);
  equal(chart.match(/<path class="line s1/g)?.length, 2);
  equal(/<title>Milena, run 1, at [\d.]+ s: [\d.]+ [kM] records\/s<\/title>/.test(chart), true);
});

Deno.test("a chart of what was not measured is not drawn", () => {
  equal(peaksChart(sampleResult(), "another latency"), undefined);
});
