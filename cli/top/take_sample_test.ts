import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Cluster } from "../../client/cluster.ts";
import { ClusterAwayError } from "../../client/connection_error.ts";
import { testBatch } from "../../tests/support/test_batch.ts";
import { TinyCluster } from "../../tests/support/tiny_cluster.ts";
import { metricsSource } from "./metrics_source.ts";
import { takeSample } from "./take_sample.ts";

const noMetrics = metricsSource("none");

Deno.test("takeSample has gaps where brokers are away or can't be asked, and all else", async () => {
  // These brokers know nothing of log directories and of lists of groups.
  await using brokers = new TinyCluster();
  brokers.create("orders", 3);
  using cluster = new Cluster({ bootstrap: brokers.bootstrap, clientId: "test", patienceMs: 50 });
  brokers.broker(1).append("orders", 0, testBatch().bytes);
  const whole = await takeSample(cluster, noMetrics);
  deepEqual(whole.topics.map(({ name, partitions }) => [name, partitions.map(({ end }) => end)]), [[
    "orders",
    [1, 0, 0],
  ]]);
  deepEqual(whole.brokers.map(({ id, size }) => [id, size]), [[1, undefined], [2, undefined], [
    3,
    undefined,
  ]]);
  match(whole.gaps.join("\n"), /DescribeLogDirs/);
  await brokers.stop(2);
  const { topics, gaps } = await takeSample(cluster, noMetrics);
  deepEqual(topics[0]!.partitions.map(({ end }) => end), [1, undefined, 0]);
  match(gaps.join("\n"), /1 partition gives no offsets/);
});

Deno.test("takeSample fails where no broker answers", async () => {
  const brokers = new TinyCluster();
  const { bootstrap } = brokers;
  await brokers[Symbol.asyncDispose]();
  using cluster = new Cluster({ bootstrap, clientId: "test" });
  await rejects(takeSample(cluster, noMetrics), ClusterAwayError);
  equal(bootstrap.length, 3);
});
