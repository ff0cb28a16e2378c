import { ok } from "node:assert/strict";
import { ClientMeter } from "./client_meter.ts";

Deno.test("ClientMeter counts the work of this thread within that of the process", () => {
  const meter = new ClientMeter();
  let sum = 0;
  for (let at = 0; at < 20_000_000; at++) sum += at % 7;
  ok(sum > 0);
  const { cpuSeconds, callerSeconds, callerNanosecondsPerRecord } = meter.read(1000);
  ok(cpuSeconds > 0);
  ok(callerSeconds !== undefined && callerSeconds > 0 && callerSeconds <= cpuSeconds + 0.05);
  ok(Math.abs(callerNanosecondsPerRecord! - callerSeconds * 1e6) < 1);
});
