/**
 * The comparison of clients (`deno task bench:clients`) at a tiny size and without Apache Kafka: that each client sends and
 * reads what it is told to, and that every figure is there. Never how fast it was.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { clients } from "../bench/clients/clients.ts";
import { compare } from "../bench/clients/main.ts";
import {
  type ClientRun,
  goals,
  NATIVE,
  runCells,
  runColumns,
  summaryTable,
} from "../bench/clients/summary.ts";
import { directions } from "../bench/clients/workload.ts";
import { launch, milena } from "../bench/peers/launchers.ts";
import { whyNoRdkafkaPerformance } from "../bench/peers/rdkafka_performance.ts";
import { Turns } from "../bench/peers/turns.ts";

const compared = clients.filter(({ name }) => name !== NATIVE || whyNoRdkafkaPerformance() === undefined);

Deno.test("bench:clients has every figure of each client, in both directions", async () => {
  await using broker = await launch(milena(Deno.env.get("MILENA_BINARY")));
  const told: ClientRun[] = [];
  const { signal } = new AbortController();
  const measuring = {
    ...{ rounds: 1, attempts: 1, partitions: 2, scale: 0.002, turns: new Turns(), signal },
    onRun: (run: ClientRun) => void told.push(run),
  };
  const runs: ClientRun[] = [];
  for (const direction of directions) {
    runs.push(...await compare([broker], compared, { recordBytes: 100, codec: "lz4" }, direction, measuring));
  }
  deepEqual(runs, told);
  equal(runs.length, 2 * compared.length - 1, "one client is only told to produce");
  for (const run of runs) {
    ok(run.recordsPerSecond > 0, run.client);
    equal(run.callerNanoseconds === undefined, run.client === NATIVE);
    equal(runCells(run).length, runColumns.length);
  }
  match(summaryTable(runs), /^\| consume +\| 100 B, lz4 +\| Milena/m);
  ok(goals(runs).length >= 3);
  deepEqual([...Deno.readDirSync(broker.logDirectory)].filter(({ name }) => name.startsWith("bench-")), []);
});
