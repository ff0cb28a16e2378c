import { deepEqual, equal, match, ok } from "node:assert/strict";
import { styleOf } from "../output/style.ts";
import { failuresOf, summaryText } from "./summary.ts";
import { sampleResult } from "./testing/sample_result.ts";

const nothing = () => {};
const written = () => Promise.resolve();
const plain = styleOf({
  print: nothing,
  write: nothing,
  writeBytes: written,
  report: nothing,
  environment: {},
});

Deno.test("summaryText has a row for each run and each of its latencies, and medians with a ratio", () => {
  const text = summaryText(sampleResult(), plain);
  const [workload, runs, latencies, medians, verdict] = text.split("\n\n");
  equal(workload, "8,000,000 records of 100 bytes, 6 partitions, not compressed");
  equal(runs!.split("\n").length, 5);
  equal(latencies!.split("\n").length, 5);
  match(
    medians!,
    /^MEDIAN +RECORDS\/S +MB\/S +RATIO\nMilena +[\d,]+ +[\d.]+ +1\.00\nApache Kafka +[\d,]+ +[\d.]+ +0\.\d\d$/,
  );
  equal(verdict, "✓ each of 32,000,000 acknowledged records was read back exactly once");
  for (const block of [runs, latencies, medians]) {
    const widths = block!.split("\n").map((line) => line.length);
    deepEqual(new Set(widths).size, 1, "numbers end where their headings end");
  }
});

Deno.test("summaryText of latency has medians of latency", () => {
  match(summaryText({ ...sampleResult(), subject: "latency" }, plain), /^MEDIAN +P50, MS +P99, MS +RATIO$/m);
});

Deno.test("summaryText of one run has no medians, and says what is wrong instead of that all is well", () => {
  const result = sampleResult(["a"]);
  const failing = { ...result, runs: [{ ...result.runs[0]!, failures: ["1 record was not delivered: no"] }] };
  const text = summaryText(failing, plain);
  ok(!text.includes("MEDIAN") && !text.includes("✓"));
  ok(text.endsWith("\n\n✗ 1 record was not delivered: no"));
  deepEqual(failuresOf({ ...result, runs: [result.runs[0]!, failing.runs[0]!] }), [
    "a, run 1: 1 record was not delivered: no",
  ]);
});
