/**
 * The benchmarks that start brokers (`deno task bench:partitions`, `bench:recovery`, `bench:sync`,
 * `bench:sessions`, `bench:commits`) at a tiny size and without
 * Apache Kafka: that they come to their end and give every figure. Never how fast it was.
 * @module
 */
import assert from "node:assert/strict";
import { sessionsTable } from "../bench/fetch_sessions/main.ts";
import { measures as sessionMeasures, measureSessions } from "../bench/fetch_sessions/measure.ts";
import { commitTable } from "../bench/group_commit/main.ts";
import { acknowledged, bareLoop, synced } from "../bench/group_commit/measure.ts";
import { commitsTable } from "../bench/offset_commits/main.ts";
import { commits } from "../bench/offset_commits/measure.ts";
import { measure, measures } from "../bench/partitions/measure.ts";
import { partitionsCsv, partitionsTable } from "../bench/partitions/report.ts";
import { launch, milena } from "../bench/peers/launchers.ts";
import { recoveryTable } from "../bench/recovery/main.ts";
import { measureRecovery, neverFlushed } from "../bench/recovery/measure.ts";
// Opens the C library before the first test, whose leak check would count it.
import "../ffi/test_support.ts";

const binary = Deno.env.get("MILENA_BINARY");

Deno.test("bench:partitions has every figure of a broker with three partitions", async () => {
  const run = await measure(milena(binary), 3, { appends: 20, restMs: 10 });
  assert.equal(run.problem, undefined);
  assert.deepEqual(Object.keys(run.figures).toSorted(), measures.toSorted());
  for (const name of measures) {
    if (!name.includes("CPU")) assert.ok(run.figures[name]! > 0, `${name}: ${run.figures[name]}`);
  }
  assert.match(partitionsTable([run]), /^\| at rest: file handles +\| \d/m);
  assert.equal(partitionsCsv([run]).trimEnd().split("\n").length, 1 + measures.length);
});

Deno.test("bench:partitions tells why a broker came no further", async () => {
  const run = await measure(milena(binary, { "milena.max.partitions": "2" }), 3, { appends: 1, restMs: 1 });
  assert.match(run.problem!, /^CreateTopics partitions-0: /);
  assert.deepEqual(Object.keys(run.figures), ["new directory: first answer, ms"]);
  assert.match(partitionsTable([run]), /^\| appends: p50, ms +\| – +\|$/m);
});

Deno.test("bench:recovery starts a killed broker on what it has not flushed", async () => {
  const workload = { mebibytes: 1, partitions: 2, batchBytes: 16_384 };
  const run = await measureRecovery(milena(binary, neverFlushed), workload);
  assert.ok(run.logBytes >= 2 ** 20 && run.logBytes < 2 ** 20 + 2 * 16_384, `${run.logBytes} bytes`);
  assert.ok(run.recoveredStartMs > 0);
  assert.match(recoveryTable([run]), /^\| 16384 +\| 2 +\| Milena/m);
});

Deno.test("bench:sync counts what connections get acknowledged", async () => {
  await using broker = await launch(milena(binary, synced));
  const bare = bareLoop(broker.logDirectory, 1);
  assert.ok(bare > 0);
  const run = await acknowledged(broker, { connections: 3, partitions: 2, ms: 20 });
  assert.ok(run.batchesPerSecond > 0);
  assert.match(commitTable([run], [bare]), /^\| 3 +\| 2 +\| Milena/m);
});

Deno.test("bench:commits counts what one client gets acknowledged, and finds it committed", async () => {
  await using broker = await launch(milena(binary));
  const run = await commits(broker, { inFlight: 8, partitions: 3, ms: 20 });
  assert.ok(run.commitsPerSecond > 0);
  assert.match(commitsTable([run]), /^\| 8 +\| 3 +\| Milena/m);
});

Deno.test("bench:sessions has every figure of a session with five partitions", async () => {
  await using broker = await launch(milena(binary));
  const run = await measureSessions(broker, { partitions: 5, requests: 10 });
  assert.deepEqual(Object.keys(run.cpuMicros), [...sessionMeasures]);
  for (const value of Object.values(run.cpuMicros)) assert.ok(value >= 0);
  assert.match(sessionsTable([run, run]), /^\| the append alone +\| \d+ \/ \d+ +\|$/m);
});
