import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { metricsSource, parseMetrics, parseProcess, processSource } from "./usage_source.ts";

Deno.test("parseProcess counts fields behind a program's name that has spaces and parentheses", () => {
  const stat = "12 (a (b) c d) S 1 12 12 0 -1 4194560 1000 0 0 0 250 50 0 0 20 0 3 0 100 1 2";
  deepEqual(parseProcess(stat, "Name:\tx\nVmRSS:\t   2000 kB\n"), {
    cpuSeconds: 3,
    residentBytes: 2_048_000,
  });
});

Deno.test("parseMetrics takes them with and without labels", () => {
  deepEqual(
    parseMetrics("# HELP x\nprocess_cpu_seconds_total 12.5\nprocess_resident_memory_bytes 1.5e+08\n"),
    {
      cpuSeconds: 12.5,
      residentBytes: 150_000_000,
    },
  );
  deepEqual(parseMetrics('process_cpu_seconds_total{job="a"} 1\nprocess_resident_memory_bytes{} 2'), {
    cpuSeconds: 1,
    residentBytes: 2,
  });
  equal(parseMetrics("process_cpu_seconds_total 1\n"), undefined);
});

Deno.test("processSource reads this process, and says of which one it can't", async () => {
  const { cpuSeconds, residentBytes } = await processSource(Deno.pid).read();
  ok(cpuSeconds > 0 && residentBytes > 1_000_000);
  await rejects(processSource(2 ** 30).read(), /the figures of process 1073741824 can't be read/);
});

Deno.test("metricsSource says what an address has instead of metrics", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/metrics") {
      return new Response("process_cpu_seconds_total 3\nprocess_resident_memory_bytes 4\n");
    }
    return pathname === "/empty" ? new Response("up 1\n") : new Response("no", { status: 404 });
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  deepEqual(await metricsSource(`${base}/metrics`).read(), { cpuSeconds: 3, residentBytes: 4 });
  await rejects(metricsSource(`${base}/empty`).read(), /has no process_cpu_seconds_total/);
  await rejects(metricsSource(`${base}/other`).read(), /status 404, wanted 200/);
});
