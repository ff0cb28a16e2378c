import assert from "node:assert/strict";
import { HISTOGRAM_CELLS, observe, readHistogram } from "../../metrics/histogram.ts";
import { Exposition } from "./exposition.ts";

Deno.test("Exposition keeps the samples of a metric together under its help and type", () => {
  const exposition = new Exposition();
  exposition.sample("kafka_topic_partitions", 3, ["a"]);
  exposition.sample("milena_connections", 7);
  exposition.sample("kafka_topic_partitions", 1, ["b"]);
  assert.equal(
    exposition.text(),
    "# HELP kafka_topic_partitions Partitions of a topic.\n# TYPE kafka_topic_partitions gauge\n" +
      'kafka_topic_partitions{topic="a"} 3\nkafka_topic_partitions{topic="b"} 1\n' +
      "# HELP milena_connections Connections of the Kafka protocol, and of HTTP on its port.\n" +
      "# TYPE milena_connections gauge\nmilena_connections 7\n",
  );
});

Deno.test("Exposition escapes labels, so that a line stays one line", () => {
  const exposition = new Exposition();
  exposition.sample("kafka_consumergroup_members", 1, ['a"b\\c\nd']);
  assert.ok(exposition.text().includes(String.raw`{consumergroup="a\"b\\c\nd"} 1` + "\n"));
});

Deno.test("Exposition adds up the buckets of a histogram, and leaves out one that is empty", () => {
  const cells = new Float64Array(HISTOGRAM_CELLS);
  const exposition = new Exposition();
  exposition.histogram("milena_loop_lag_seconds", readHistogram(cells, 0));
  assert.equal(exposition.text(), "");
  for (const seconds of [0.00001, 0.00005, 0.003, 99]) observe(cells, 0, seconds);
  exposition.histogram("milena_loop_lag_seconds", readHistogram(cells, 0));
  const text = exposition.text();
  for (
    const line of [
      '_bucket{le="0.00005"} 2',
      '_bucket{le="0.0025"} 2',
      '_bucket{le="0.005"} 3',
      '_bucket{le="10"} 3',
      '_bucket{le="+Inf"} 4',
      "_count 4",
    ]
  ) assert.ok(text.includes(`milena_loop_lag_seconds${line}\n`), `${line} is not in\n${text}`);
});

Deno.test("Exposition gives a long text in pieces that are the same when they are put together", () => {
  const exposition = new Exposition();
  for (let i = 0; i < 100; i++) {
    const labels = ["topic", i];
    exposition.sample("milena_partition_log_bytes", i, labels);
    exposition.sample("kafka_topic_partition_oldest_offset", 2 * i, labels);
  }
  const pieces = [...exposition.pieces(300)];
  assert.ok(pieces.length > 10 && pieces.every((piece) => piece.length < 500));
  const text = pieces.join("");
  assert.equal(text, exposition.text());
  assert.ok(text.includes('milena_partition_log_bytes{topic="topic",partition="99"} 99\n'));
  assert.ok(text.includes('kafka_topic_partition_oldest_offset{topic="topic",partition="99"} 198\n'));
});
