/**
 * `milena perf` as a process, tiny: what it measures is the benchmarks' matter, here it must come to an end, find what was
 * sent, tell it in each format, and leave nothing behind. Runs against the source, or the binary that MILENA_BINARY names.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Admin } from "../../client/admin/admin.ts";
import type { PerfResult } from "../../cli/perf/result.ts";
import { milenaProgram, startMilena } from "../support/milena_process.ts";
import { Key, PseudoTerminal } from "../support/pseudo_terminal.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { tryCommand } from "../support/run_command.ts";

async function perf(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [milena, ...first] = milenaProgram();
  const { code, stdout, stderr } = await tryCommand(milena, [...first, "perf", ...args], {
    environment: { NO_COLOR: "1" },
  });
  return { code, out: new TextDecoder().decode(stdout), err: stderr };
}

async function measured(...args: string[]): Promise<PerfResult> {
  const { code, out, err } = await perf(...args, "--format", "json");
  equal(code, 0, err);
  return JSON.parse(out);
}

async function topicNames(bootstrap: string): Promise<string[]> {
  using admin = new Admin({ "bootstrap.servers": bootstrap });
  return (await admin.listTopics()).map(({ name }) => name);
}

Deno.test("perf produce sends, reads back, deletes its topic and writes a page that needs nothing else", async () => {
  await using broker = await startMilena();
  const report = await Deno.makeTempFile({ suffix: ".html" });
  try {
    const { bootstrap } = broker;
    const twice = ["--against", `one=${bootstrap}`, "--against", `two=${bootstrap}`, "--runs", "2"];
    const result = await measured(
      ...["produce", "--records", "3k", "-z", "lz4", "--partitions", "3", "--report", report],
      ...["--broker-pid", `two=${broker.pid}`, ...twice],
    );
    deepEqual(result.runs.map(({ broker, round }) => `${broker} ${round}`), [
      "one 1",
      "two 1",
      "two 2",
      "one 2",
    ]);
    for (
      const { records, bytes, check, failures, latencies, timeline, client, usage, broker: name } of result
        .runs
    ) {
      deepEqual([records, bytes, failures], [3000, 300_000, []]);
      deepEqual([check!.acknowledged, check!.readBack, check!.missing, check!.doubled], [3000, 3000, 0, 0]);
      // What was sent to warm up.
      equal(check!.foreign, 300);
      equal(latencies[0]!.count, 3000);
      equal(latencies[0]!.cells.reduce((sum, { count }) => sum + count, 0), 3000);
      ok(timeline.length > 0 && client.cpuSeconds > 0 && client.callerNanosecondsPerRecord! > 0);
      match(usage!.source, name === "two" ? /^process \d+$/ : /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    }
    deepEqual(await topicNames(bootstrap), []);
    const page = await Deno.readTextFile(report);
    const withoutCommand = page.replaceAll(/http:\/\/127\.0\.0\.1:\d+\/metrics/g, "");
    equal(/https?:|src=|href=|<script|<link|url\(|NaN|undefined/.exec(withoutCommand), null);
    ok(page.includes("Exactly once</strong>: each of 12,000 acknowledged records"));
    for (const { recordsPerSecond } of result.runs) {
      ok(page.includes(`<td>${Math.round(recordsPerSecond).toLocaleString("en")}</td>`));
    }
  } finally {
    await Deno.remove(report);
  }
});

Deno.test("perf produce to a topic that is there finds its own records among others, and leaves them", async () => {
  await using broker = await startMilena();
  const { bootstrap } = broker;
  using admin = new Admin({ "bootstrap.servers": bootstrap });
  await admin.createTopic({ name: "mine", partitionCount: 2 });
  for (const records of ["700", "500"]) {
    const flags = ["--topic", "mine", "--records", records, "--rate", "50k", "--record-size", "1Ki"];
    const { code, out, err } = await perf(
      "produce",
      ...flags,
      "-b",
      bootstrap,
      "-X",
      "acks=all",
      "-X",
      "fetch.max.wait.ms=100",
    );
    equal(code, 0, err);
    match(out, new RegExp(`✓ each of ${records} acknowledged records was read back exactly once`));
    match(out, /due → acknowledged/);
  }
  const [run] = (await measured("consume", "--topic", "mine", "-b", bootstrap)).runs;
  deepEqual([run!.records, run!.bytes, run!.check], [1200, 1200 * 1024, undefined]);
  deepEqual(await topicNames(bootstrap), ["mine"]);
});

Deno.test("perf consume fills a topic and gets each record once; perf latency sends and reads in one process", async () => {
  await using broker = await startMilena();
  const { bootstrap } = broker;
  const [consumed] =
    (await measured("consume", "--records", "5k", "--payload", "text", "-b", bootstrap)).runs;
  deepEqual([consumed!.records, consumed!.check!.readBack, consumed!.failures], [5000, 5000, []]);
  const result = await measured(
    "latency",
    "--records",
    "200",
    "--rate",
    "1k",
    "--warm-up",
    "20",
    "-b",
    bootstrap,
  );
  const [run] = result.runs;
  deepEqual(run!.latencies.map(({ name, count }) => [name, count]), [
    ["due → acknowledged", 200],
    ["due → consumed", 200],
  ]);
  deepEqual([run!.check!.readBack, run!.failures], [200, []]);
  ok(run!.latencies[1]!.minMs > 0);
  deepEqual(await topicNames(bootstrap), []);
});

Deno.test("perf produce notices what somebody has deleted meanwhile, says which records, and ends with 1", async () => {
  await using broker = await startMilena();
  const { bootstrap } = broker;
  using admin = new Admin({ "bootstrap.servers": bootstrap });
  await admin.createTopic({ name: "mine", partitionCount: 1 });
  const running = perf("produce", "--topic", "mine", "--records", "1k", "--rate", "1k", "-b", bootstrap);
  // There is nothing to delete, and the answer says so, until ten records have come.
  for (;;) {
    const [outcome] = await admin.deleteRecords([{ topic: "mine", partition: 0, before: 10 }]);
    if (outcome!.start === 10) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { code, out } = await running;
  equal(code, 1);
  match(
    out,
    /^✗ partition 0: 10 acknowledged records are missing \(of 1,000 records sent, number 0, 1, 2, 3, 4, …\)$/m,
  );
});

testNeeding(
  [program("python3")],
  "perf draws how it goes over one line of a terminal, and keeps what is done when it is interrupted",
  async () => {
    await using broker = await startMilena();
    const { bootstrap } = broker;
    const [milena, ...first] = milenaProgram();
    const flags = ["--duration", "1100ms", "--rate", "1k", "--runs", "50", "-b", bootstrap];
    await using terminal = new PseudoTerminal(milena, [...first, "perf", "produce", ...flags], {
      size: { columns: 160, rows: 40 },
    });
    await terminal.waitFor(/run 2 of 50: sending: [\d.]+k? records, .* records\/s, .*B\/s, p99 /, 30_000);
    equal(terminal.screen.text.match(/run \d of 50/g)?.length, 1);
    await terminal.send(Key.CTRL_C);
    equal(await terminal.exitCode(), 130);
    match(terminal.screen.text, /^BROKER +RUN +RECORDS/m);
    match(terminal.screen.text, /each of [\d,]+ acknowledged records was read back exactly once/);
    match(terminal.screen.text, /run 2 of 50: interrupted, nothing is left behind/);
    ok(!terminal.screen.text.includes("sending"), "the line is cleared");
    deepEqual(await topicNames(bootstrap), []);
  },
);

Deno.test("perf says what can't be done, and does nothing then", async () => {
  await using broker = await startMilena();
  const { bootstrap } = broker;
  const nowhere = await perf("produce", "-b", "127.0.0.1:1");
  equal(nowhere.code, 1);
  match(nowhere.err, /^milena: no connection to a broker at 127\.0\.0\.1:1.*--bootstrap/);
  const noTopic = await perf("produce", "--topic", "none", "-b", bootstrap);
  equal(noTopic.code, 1);
  match(noTopic.err, /^milena: there is no topic none: without --topic one is made for the run/);
  const noReport = await perf("produce", "--report", "/proc/report.html", "-b", bootstrap);
  equal(noReport.code, 1);
  match(noReport.err, /^milena: the report can't be written to \/proc\/report\.html/);
  const misuse = await perf("latency", "--rate", "0", "-b", bootstrap);
  equal(misuse.code, 2);
  deepEqual(await topicNames(bootstrap), []);
});
