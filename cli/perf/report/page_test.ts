import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { PerfResult } from "../result.ts";
import { sampleResult } from "../testing/sample_result.ts";
import { reportPage } from "./page.ts";

Deno.test("reportPage needs nothing from anywhere else", () => {
  const page = reportPage(sampleResult());
  equal(/https?:|url\(|@import|src=|href=|<script|<link|<iframe/.exec(page), null);
});

Deno.test("reportPage has every figure in charts and in tables", () => {
  const result = sampleResult();
  const page = reportPage(result);
  equal(page.match(/<svg /g)?.length, 12, "six charts, each for desks and for phones");
  ok(!page.includes("NaN") && !page.includes("undefined") && !page.includes("Infinity"));
  for (const run of result.runs) {
    ok(page.includes(`<td>${Math.round(run.recordsPerSecond).toLocaleString("en")}</td>`));
    ok(page.includes(`<td>${run.latencies[0]!.percentilesMs["99.9"]!.toFixed(2)}</td>`));
  }
  ok(page.includes("2 cores (A &amp; B, x86_64), 24 GiB, Linux 6.18"));
  ok(page.includes("milena perf produce --against Milena=127.0.0.1:9092"));
  match(page, /Exactly once<\/strong>: each of 32,000,000 acknowledged records/);
});

Deno.test("reportPage gives each broker one colour, in whichever order they ran", () => {
  const page = reportPage(sampleResult(["a", "b", "c"]));
  const colours = [...page.matchAll(/<td><span class="swatch (s\d)"><\/span>(\w)<\/td>/g)].map((
    [, s, name],
  ) => `${name}${s}`);
  deepEqual([...new Set(colours)].sort(), ["as0", "bs1", "cs2"]);
});

Deno.test("reportPage says what is wrong, and not that all is well", () => {
  const result = sampleResult(["a"]);
  const [first, ...others] = result.runs;
  const runs = [{ ...first!, failures: ["partition 3: 1 acknowledged record is missing"] }, ...others];
  const page = reportPage({ ...result, runs });
  ok(page.includes("a, run 1: partition 3: 1 acknowledged record is missing"));
  ok(!page.includes("Exactly once"));
});

Deno.test("reportPage leaves out what was not measured", () => {
  const result = sampleResult(["a"]);
  const bare: PerfResult = {
    ...result,
    runs: [{
      ...result.runs[0]!,
      ...{ latencies: [], usage: undefined, check: undefined, timeline: [] },
      client: { cpuSeconds: 1, callerSeconds: undefined, callerNanosecondsPerRecord: undefined },
    }],
  };
  const page = reportPage(bare);
  equal(page.match(/<svg /g)?.length, 2);
  for (const absent of ["Percentiles", "Broker CPU", "caller ns", "NaN", "undefined", "Exactly once"]) {
    ok(!page.includes(absent), absent);
  }
  ok(page.includes("were not read back"));
});

Deno.test("reportPage has whatever a broker is called as text", () => {
  const page = reportPage(sampleResult(['<img src=x onerror="alert(1)">']));
  ok(!page.includes("<img"));
  ok(page.includes("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"));
});
