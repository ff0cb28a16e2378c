import assert from "node:assert/strict";
import { parseBusyTicks } from "./machine.ts";
import { isDisturbed, leastDisturbed, type Measurement } from "./measure.ts";
import { summaryTable, table } from "./report.ts";
import { summarize } from "./summary.ts";
import { allWorkloads, describe } from "./workload.ts";

function run(broker: string, change: Partial<Measurement>): Measurement {
  return {
    broker,
    phase: "produce",
    workload: allWorkloads[0]!,
    recordsPerSecond: 1000,
    megabytesPerSecond: 0.1,
    brokerUserSeconds: 1,
    brokerSystemSeconds: 3,
    brokerSecondsPerGigabyte: 8,
    clientSeconds: 1,
    othersShare: 0,
    residentBytes: 1,
    complaints: [],
    ...change,
  };
}

Deno.test("summarize takes the most records and the least processor time for best", () => {
  const summaries = summarize([
    run("a", { recordsPerSecond: 1000, brokerSecondsPerGigabyte: 8 }),
    run("b", { recordsPerSecond: 500 }),
    run("b", { recordsPerSecond: 400 }),
    run("a", { recordsPerSecond: 3000, brokerSecondsPerGigabyte: 4 }),
    run("a", { phase: "consume" }),
    run("a", { workload: allWorkloads[1]! }),
  ]);
  assert.deepEqual(
    summaries.map(({ phase, workload, brokers }) => [phase, describe(workload), brokers.length]),
    [
      ["produce", "100 B, 1 partition, 16384/5", 2],
      ["produce", "100 B, 1 partition, 262144/10", 1],
      ["consume", "100 B, 1 partition, 16384/5", 1],
    ],
  );
  const [a, b] = summaries[0]!.brokers;
  assert.deepEqual(a, {
    broker: "a",
    recordsPerSecond: { median: 2000, best: 3000 },
    brokerSecondsPerGigabyte: { median: 6, best: 4 },
    // A quarter of the processor time was spent in user mode.
    brokerUserSecondsPerGigabyte: { median: 1.5, best: 1 },
  });
  assert.deepEqual(b!.recordsPerSecond, { median: 450, best: 500 });
});

Deno.test("summarize does not divide by a broker that took no measurable time", () => {
  const idle = run("a", { brokerUserSeconds: 0, brokerSystemSeconds: 0, brokerSecondsPerGigabyte: 0 });
  assert.deepEqual(summarize([idle])[0]!.brokers[0]!.brokerUserSecondsPerGigabyte, { median: 0, best: 0 });
});

Deno.test("summaryTable gives the ratio of the first broker to the second", () => {
  const text = summaryTable(summarize([
    run("Milena", { recordsPerSecond: 3000 }),
    run("Kafka", { recordsPerSecond: 2000 }),
  ]));
  const [header, , row] = text.split("\n\n")[1]!.split("\n").map((line) =>
    line.split("|").map((cell) => cell.trim())
  );
  const column = header!.indexOf("ratio");
  assert.deepEqual(header!.slice(column - 2, column), ["records/s: Milena", "records/s: Kafka"]);
  assert.equal(row![column], "1.50 / 1.50");
});

Deno.test("summaryTable of one broker has no ratio", () => {
  assert.ok(!summaryTable(summarize([run("Milena", {})])).includes("ratio"));
});

Deno.test("table makes every line of a column equally wide", () => {
  assert.equal(
    table(["a", "b"], [["long", "1"], ["x", "22"]]),
    "| a    | b  |\n|------|----|\n| long | 1  |\n| x    | 22 |",
  );
});

Deno.test("parseBusyTicks counts everything but idle and iowait, and guests once", () => {
  assert.equal(parseBusyTicks("cpu  1 2 4 1000 2000 8 16 32 1 2\ncpu0 9 9 9 9 9 9 9 9 9 9\n"), 63);
});

Deno.test("leastDisturbed is the run in which others took least", () => {
  const runs = [0.4, 0.2, 0.3].map((othersShare) => run("a", { othersShare }));
  assert.equal(leastDisturbed(runs).othersShare, 0.2);
  assert.ok(isDisturbed(runs[0]!));
  assert.ok(!isDisturbed(run("a", { othersShare: 0.02 })));
});
