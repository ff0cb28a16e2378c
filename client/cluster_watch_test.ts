import assert from "node:assert/strict";
import { TinyCluster } from "../tests/support/tiny_cluster.ts";
import { Cluster } from "./cluster.ts";
import { ClusterWatch } from "./cluster_watch.ts";

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isSo());
}

Deno.test("ClusterWatch tells each change once, and the first answer", async () => {
  await using brokers = new TinyCluster({ brokerCount: 2 });
  using cluster = new Cluster({ bootstrap: brokers.bootstrap, clientId: "test" });
  const changes: boolean[] = [];
  using watch = new ClusterWatch(cluster, { intervalMs: 10, onChange: (answers) => changes.push(answers) });
  assert.equal(watch.answers, false);
  assert.equal((await watch.first).brokers.length, 2);
  await until(() => watch.answers);
  await brokers.stop(1);
  await brokers.stop(2);
  await until(() => !watch.answers);
  brokers.start(2);
  await until(() => watch.answers);
  assert.deepEqual(changes, [true, false, true]);
});

Deno.test("ClusterWatch says that the cluster answers no more when an answer is overdue", async () => {
  await using brokers = new TinyCluster({ brokerCount: 1 });
  using cluster = new Cluster({ bootstrap: brokers.bootstrap, clientId: "test" });
  using watch = new ClusterWatch(cluster, { intervalMs: 10_000, staleMs: 50 });
  await watch.first;
  await until(() => watch.answers);
  await until(() => !watch.answers);
});
