import assert from "node:assert/strict";
import { MetricsHistory, quantile } from "./client/metrics_history.js";

Deno.test("MetricsHistory gives rates of counters, over restarts too, and adds up what it does not tell apart", () => {
  const history = new MetricsHistory();
  const name = "kafka_topic_partition_current_offset";
  const told = (a: number, b: number) =>
    `${name}{topic="t",partition="0"} ${a}\n${name}{topic="t",partition="1"} ${b}\n`;
  history.add(told(0, 0), 0);
  history.add(told(10, 10), 2000);
  history.add(told(30, 20), 4000);
  assert.deepEqual(history.rates(name, { topic: "t" }).map(([, rate]) => rate), [10, 15]);
  assert.equal(history.rate(name, { topic: "t" }), 12.5);
  assert.equal(history.last(name), 50);
  assert.equal(history.rate(name, { topic: "other" }), undefined);
  // The broker began anew: what it counts now is what has come since.
  history.add(told(1, 1), 6000);
  assert.deepEqual(history.rates(name).at(-1), [6000, 1]);
});

Deno.test("MetricsHistory keeps ten minutes, and nothing that is not shown", () => {
  const history = new MetricsHistory();
  for (let i = 0; i < 700; i++) {
    history.add(
      `process_resident_memory_bytes ${i}\nunknown_metric 1\n${i === 0 ? "milena_unflushed_bytes 1\n" : ""}`,
      i * 2000,
    );
  }
  assert.equal(history.times.length, 300);
  assert.equal(history.values("process_resident_memory_bytes").length, 300);
  assert.deepEqual(history.values("process_resident_memory_bytes")[0], [400 * 2000, 400]);
  assert.equal(history.has("unknown_metric"), false);
  assert.equal(history.has("milena_unflushed_bytes"), false, "what is told no more is forgotten");
});

Deno.test("quantile lies in the bucket where so many are below it", () => {
  const history = new MetricsHistory();
  const name = "milena_fdatasync_duration_seconds_bucket";
  const told = (...counts: number[]) =>
    [0.001, 0.01, "+Inf"].map((le, i) => `${name}{le="${le}"} ${counts[i]}`).join("\n");
  history.add(told(5, 5, 5), 0);
  history.add(told(5, 105, 110), 2000);
  const buckets = history.buckets(name);
  assert.deepEqual(buckets, [{ bound: 0.001, count: 0 }, { bound: 0.01, count: 100 }, {
    bound: Infinity,
    count: 5,
  }]);
  const median = quantile(buckets, 0.5)!;
  assert.ok(median > 0.001 && median < 0.01);
  assert.equal(quantile(buckets, 0.99), 0.01, "above the last bound nothing is known");
  assert.equal(quantile([], 0.5), undefined);
});
