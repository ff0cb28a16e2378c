import { deepEqual, equal } from "node:assert/strict";
import { metricsFigures, quantile } from "./metrics_figures.ts";
import { readMetrics } from "./metrics_sample.ts";

const text = (connections: number, [fast, slow]: readonly [number, number]) =>
  [
    "# HELP milena_connections Connections.",
    "# TYPE milena_connections gauge",
    `milena_connections ${connections}`,
    "process_resident_memory_bytes 1.5e+08",
    "process_cpu_seconds_total 12.5",
    'milena_requests_total{api="Produce"} 100',
    'milena_requests_total{api="Fetch"} 50',
    `milena_request_duration_seconds_bucket{api="Produce",le="0.001"} ${fast}`,
    `milena_request_duration_seconds_bucket{api="Produce",le="0.01"} ${fast + slow}`,
    `milena_request_duration_seconds_bucket{api="Produce",le="+Inf"} ${fast + slow}`,
    'milena_request_duration_seconds_bucket{api="Metadata",le="+Inf"} 9',
    'kafka_topic_partitions{topic="orders"} 3',
    'kafka_topic_partitions{topic="a\\"b"} 1',
    'kafka_topic_partition_current_offset{topic="orders",partition="0"} 7',
    "",
  ].join("\n");

Deno.test("readMetrics reads the series that are wanted, and sums those of all APIs", () => {
  const sample = readMetrics(text(5, [90, 10]), { url: "http://x", atMs: 0 });
  equal(sample.connections, 5);
  equal(sample.rssBytes, 150_000_000);
  equal(sample.requests, 150);
  deepEqual([...sample.produce], [[0.001, 90], [0.01, 100], [Infinity, 100]]);
  deepEqual([...sample.fetch], []);
  deepEqual([...sample.topics], ["orders", 'a"b']);
});

Deno.test("readMetrics knows nothing of what is not told", () => {
  const sample = readMetrics("go_goroutines 7\n", { url: "http://x", atMs: 0 });
  equal(sample.connections, undefined);
  equal(sample.cpuSeconds, undefined);
});

Deno.test("metricsFigures are of the time between two samples", () => {
  const before = readMetrics(text(5, [90, 10]), { url: "http://x", atMs: 0 });
  const now = {
    ...readMetrics(text(6, [90, 110]), { url: "http://x", atMs: 2000 }),
    requests: 350,
    cpuSeconds: 13.5,
  };
  const figures = metricsFigures(now, before);
  equal(figures.connections, 6);
  equal(figures.requests, 100);
  equal(figures.cpus, 0.5);
  equal(figures.produceP99!.toFixed(5), "0.00991", "all 100 that were new took 1 ms to 10 ms");
  equal(figures.fetchP99, undefined);
  equal(metricsFigures({ ...now, requests: 3 }, before).requests, undefined, "the broker has begun anew");
  equal(metricsFigures(now, undefined).requests, undefined);
});

Deno.test("quantile is within a bucket, and the last bound where there is none above", () => {
  const counts = new Map([[1, 0], [2, 100], [Infinity, 100]]);
  const none = new Map([[1, 0], [2, 0], [Infinity, 0]]);
  equal(quantile(0.5, counts, none), 1.5);
  equal(quantile(0.99, new Map([[1, 0], [2, 0], [Infinity, 5]]), none), 2);
  equal(quantile(0.99, counts, counts), undefined, "nothing came in between");
});
