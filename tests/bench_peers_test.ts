/**
 * The comparison with Apache Kafka (`deno task bench:peers`) at a tiny size and without Apache Kafka: that it starts a
 * broker, that every record arrives, and that its figures are of the right shape. Never how fast it was.
 * @module
 */
import assert from "node:assert/strict";
import { launch, milena } from "../bench/peers/launchers.ts";
import { measure } from "../bench/peers/measure.ts";
import { whyNoRdkafkaPerformance } from "../bench/peers/rdkafka_performance.ts";
import { runCells, runColumns, summaryTable } from "../bench/peers/report.ts";
import { summarize } from "../bench/peers/summary.ts";
import { Turns } from "../bench/peers/turns.ts";

// Unlike other tools this one is ignored in continuous integration too: it comes from crates.io and a C compiler.
const missing = whyNoRdkafkaPerformance();

Deno.test({
  name: `bench:peers measures each phase of a workload${missing ? ` (ignored: ${missing})` : ""}`,
  ignore: missing !== undefined,
  fn: async () => {
    await using broker = await launch(milena(Deno.env.get("MILENA_BINARY")));
    assert.ok(broker.startMs > 0);
    const workload = { recordBytes: 100, records: 5000, partitions: 3, batchBytes: 16_384, lingerMs: 1 };
    const { signal } = new AbortController();
    const options = { turns: new Turns(), settleMs: 0, patienceMs: 0, signal };
    const runs = await measure(broker, workload, options);
    assert.deepEqual(runs.map(({ phase, complaints }) => ({ phase, complaints })), [
      { phase: "produce", complaints: [] },
      { phase: "consume", complaints: [] },
    ]);
    for (const run of runs) {
      assert.ok(run.recordsPerSecond > 0);
      assert.ok(run.residentBytes > 10_000_000);
      assert.equal(runCells(run).length, runColumns.length);
    }
    assert.match(summaryTable(summarize(runs)), /^\| 100 B, 3 partitions, 16384\/1 +\| consume \|/m);
    const left = [...Deno.readDirSync(broker.logDirectory)].filter(({ name }) => name.startsWith("bench-"));
    assert.deepEqual(left, []);
  },
});

Deno.test("Turns gives a measurement the lock for as long as it lasts", async () => {
  const path = await Deno.makeTempFile();
  try {
    const events: string[] = [];
    const first = Promise.withResolvers<void>();
    const one = new Turns(path).take(async () => {
      events.push("first begins");
      await first.promise;
      events.push("first ends");
    });
    const two = new Turns(path).take(() => Promise.resolve(events.push("second")));
    first.resolve();
    await Promise.all([one, two]);
    assert.equal(events.indexOf("first ends"), events.indexOf("first begins") + 1, events.join());
  } finally {
    await Deno.remove(path);
  }
});
