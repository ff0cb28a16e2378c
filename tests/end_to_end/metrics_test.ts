/** What Prometheus is told by a broker that is used, and that telling it costs the broker's loop nothing. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { definitions } from "../../broker/http/metrics/definitions.ts";
import { parseHostPort } from "../../broker/listeners.ts";
import { commitOffsets } from "../../client/admin/group_offsets.ts";
import { Cluster } from "../../client/cluster.ts";
import { HttpClient } from "../support/http_client.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { program, testNeeding } from "../support/requirement.ts";

async function scrape({ http: { host, port } }: MilenaProcess): Promise<string> {
  const response = await fetch(`http://${host}:${port}/metrics`);
  equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return await response.text();
}

function valueOf(text: string, sample: string): number | undefined {
  const line = text.split("\n").find((line) => line.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

/** Names of new rows come by a message to the thread that answers. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

Deno.test("GET /metrics tells what was written, read and committed, and forgets a topic that is deleted", async () => {
  await using broker = await startMilena();
  const http = new HttpClient(broker);
  await http.ask("PUT", "/topics/orders", { body: { partitions: 2 }, status: 201 });
  const records = Array.from({ length: 10 }, (_, i) => ({ value: i, partition: i % 2 }));
  await http.ask("POST", "/topics/orders", { body: { records } });
  await http.ask("GET", "/topics/orders/partitions/0/records");
  await http.ask("GET", "/topics/nothing", { status: 404 });
  await settled();
  const text = await scrape(broker);
  equal(valueOf(text, 'milena_topic_produced_records_total{topic="orders"}'), 10);
  equal(valueOf(text, 'kafka_topic_partition_current_offset{topic="orders",partition="1"}'), 5);
  equal(valueOf(text, 'kafka_topic_partition_oldest_offset{topic="orders",partition="1"}'), 0);
  equal(valueOf(text, 'kafka_topic_partitions{topic="orders"}'), 2);
  equal(valueOf(text, 'milena_topic_produced_batches_total{topic="orders"}'), 2);
  ok(valueOf(text, 'milena_partition_log_bytes{topic="orders",partition="0"}')! > 0);
  equal(valueOf(text, "kafka_brokers"), 1);
  equal(valueOf(text, "milena_ready"), 1);
  ok(valueOf(text, 'milena_topic_fetched_bytes_total{topic="orders"}')! > 0);
  ok(valueOf(text, 'milena_requests_total{api="Produce"}')! >= 1);
  ok(valueOf(text, 'milena_client_connections{software="milena",version="0.1.0"}')! >= 1);
  equal(valueOf(text, 'milena_http_requests_total{route="/topics/{topic}",method="GET",status="404"}'), 1);
  await http.ask("DELETE", "/topics/orders", { status: 204 });
  await settled();
  equal(valueOf(await scrape(broker), 'kafka_topic_partitions{topic="orders"}'), undefined);
});

Deno.test("GET /metrics a hundred times does not turn the broker's loop, whatever there is to tell", async () => {
  await using broker = await startMilena();
  const http = new HttpClient(broker);
  await http.ask("PUT", "/topics/orders", { body: { partitions: 20 }, status: 201 });
  for (const group of ["a", "b", "c"]) await commit(broker, group, "orders", 0, 0);
  const turns = async () => valueOf(await scrape(broker), "milena_loop_turns_total")!;
  // What was written is flushed within a second, and then there is nothing to do for minutes.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const before = await turns();
  for (let i = 0; i < 100; i++) await scrape(broker);
  // The loop looks for idle connections once a second.
  const after = await turns();
  ok(after - before <= 5, `${after - before} turns`);
});

Deno.test("GET /metrics tells how far groups are behind, whatever they are called", async () => {
  await using broker = await startMilena();
  const http = new HttpClient(broker);
  await http.ask("PUT", "/topics/orders", { body: { partitions: 2 }, status: 201 });
  const records = Array.from({ length: 10 }, (_, i) => ({ value: i, partition: i % 2 }));
  await http.ask("POST", "/topics/orders", { body: { records } });
  const names = ["plain", 'quotes " and \\ slashes', "line\nbreak", "größe 🎉"];
  for (const [i, group] of names.entries()) await commit(broker, group, "orders", 1, i);
  await settled();
  const text = await scrape(broker);
  for (const [i, group] of names.entries()) {
    const name = JSON.stringify(group);
    equal(valueOf(text, `kafka_consumergroup_members{consumergroup=${name}}`), 0);
    const place = `consumergroup=${name},topic="orders"`;
    equal(valueOf(text, `kafka_consumergroup_current_offset{${place},partition="1"}`), i);
    equal(valueOf(text, `kafka_consumergroup_lag{${place},partition="1"}`), 5 - i);
    equal(valueOf(text, `kafka_consumergroup_lag_sum{${place}}`), 5 - i);
  }
  await http.ask("POST", "/topics/orders/partitions/1", { body: { records: [{ value: 0 }] } });
  const place = 'consumergroup="plain",topic="orders",partition="1"';
  equal(valueOf(await scrape(broker), `kafka_consumergroup_lag{${place}}`), 6, "at once");
});

Deno.test("GET /metrics of a gateway tells of its cluster what the broker there tells of itself", async () => {
  await using broker = await startMilena();
  await using gateway = await startMilena({ gatewayTo: broker.bootstrap });
  const http = new HttpClient(broker);
  await http.ask("PUT", "/topics/orders", { body: { partitions: 3 }, status: 201 });
  await http.ask("POST", "/topics/orders", { body: { records: [{ value: 1, partition: 2 }] } });
  await commit(broker, "readers", "orders", 2, 0);
  await settled();
  const ofCluster = (text: string) => text.split("\n").filter((line) => line.startsWith("kafka_")).sort();
  const told = ofCluster(await scrape(broker));
  ok(told.length > 20, told.join("\n"));
  deepEqual(ofCluster(await scrape(gateway)), told);
  await http.ask("PUT", "/topics/more", { body: { partitions: 1 }, status: 201 });
  deepEqual(ofCluster(await scrape(gateway)), told, "it asks its cluster seldom");
});

Deno.test("GET /livez is answered by a broker whose loop sleeps", async () => {
  await using broker = await startMilena();
  const http = new HttpClient(broker);
  deepEqual(await http.ask("GET", "/livez"), { status: "alive", node_id: 1 });
});

testNeeding(
  [program("promtool")],
  "promtool finds nothing to complain about in metrics and alert rules",
  async () => {
    await using broker = await startMilena();
    const http = new HttpClient(broker);
    await http.ask("PUT", "/topics/a.b-c_d", { body: { partitions: 1 }, status: 201 });
    await http.ask("POST", "/topics/a.b-c_d", { body: { records: [{ value: 1 }] } });
    await commit(broker, 'a "group"\nof two lines', "a.b-c_d", 0, 1);
    await settled();
    const text = await scrape(broker);
    // The name is kafka_exporter's, and what dashboards ask for.
    const complaint =
      'kafka_consumergroup_lag_sum non-histogram and non-summary metrics should not have "_sum" suffix\n';
    equal(await run(["check", "metrics"], text, 3), complaint);
    match(
      await run(["check", "rules", new URL("../../docs/alerts.yml", import.meta.url).pathname]),
      /SUCCESS/,
    );
    for (const [, name] of text.matchAll(/^# TYPE (\w+)/gm)) ok(name! in definitions, name);
  },
);

/** What promtool says. */
async function run(args: readonly string[], input = "", wantedCode = 0): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  equal(code, wantedCode, said);
  return said;
}

/** Commits as a consumer does that is in no group. */
async function commit(
  { bootstrap }: MilenaProcess,
  group: string,
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  using cluster = new Cluster({ bootstrap: [parseHostPort(bootstrap)!], clientId: "test" });
  const answers = await commitOffsets(cluster, group, [{ topic, partition, offset }]);
  equal(answers[0]!.errorCode, 0);
}
