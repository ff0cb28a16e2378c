/** What Prometheus is told by a broker that is used, and that telling it costs the broker's loop nothing. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { definitions } from "../../broker/http/metrics/definitions.ts";
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

/** Offsets are brought up to date twice a second. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 1200));

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

Deno.test("GET /metrics a hundred times turns the broker's loop no more than the questions about groups do", async () => {
  await using broker = await startMilena();
  const turns = async () => valueOf(await scrape(broker), "milena_loop_turns_total")!;
  await turns();
  await settled();
  const before = await turns();
  const startMs = performance.now();
  for (let i = 0; i < 100; i++) await scrape(broker);
  const seconds = (performance.now() - startMs) / 1000;
  // Timers of its own, and one round of questions in 5 s.
  ok(await turns() - before < 40 + 20 * seconds, `${await turns() - before} turns in ${seconds} s`);
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
    await settled();
    const text = await scrape(broker);
    const checked = await run(["check", "metrics"], text);
    equal(checked, "", "promtool check metrics");
    match(
      await run(["check", "rules", new URL("../../docs/alerts.yml", import.meta.url).pathname]),
      /SUCCESS/,
    );
    for (const [, name] of text.matchAll(/^# TYPE (\w+)/gm)) ok(name! in definitions, name);
  },
);

/** What promtool says; it must end well. */
async function run(args: readonly string[], input = ""): Promise<string> {
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
  equal(code, 0, said);
  return said;
}
