import { deepEqual } from "node:assert/strict";
import { type ClientRun, goals } from "./summary.ts";

function run(client: string, recordsPerSecond: number, callerNanoseconds?: number): ClientRun {
  return {
    workload: { recordBytes: 100, codec: "none" },
    ...{ direction: "produce", broker: "B", client, recordsPerSecond, callerNanoseconds },
    ...{ cpuSecondsPerMillion: 1, othersShare: 0 },
  };
}

Deno.test("goals holds medians against the better of the others, and the native client", () => {
  const runs = [
    ...[run("milena", 1_100_000, 250), run("milena", 900_000, 350), run("kafkajs", 100_000)],
    ...[run("platformatic", 400_000), run("rdkafka_performance", 1_900_000)],
  ];
  deepEqual(goals(runs), [
    "met  produce, 100 B, not compressed, B: 1,000,000 records/s, goal 1,000,000",
    "MISSED produce, 100 B, not compressed, B: 2.50 times the better JavaScript client, goal 3",
    "met  produce, 100 B, not compressed, B: 0.53 of rdkafka_performance, goal 0.5",
    "met  produce, 100 B, not compressed, B: 300 ns of the caller's thread, goal 400",
  ]);
});
