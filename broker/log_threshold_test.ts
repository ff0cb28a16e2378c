import assert from "node:assert/strict";
import { logLevelOf, LogThreshold } from "./log_threshold.ts";

Deno.test("LogThreshold passes on lines of its level and above, as it is at the time", () => {
  const lines: string[] = [];
  const threshold = new LogThreshold("info", (level, message) => lines.push(`${level} ${message}`));
  const { log } = threshold;
  const all = (message: string) => {
    for (const level of ["debug", "info", "warn", "error"] as const) log(level, message);
    return lines.splice(0).map((line) => line.split(" ")[0]);
  };
  assert.deepEqual(all("a"), ["info", "warn", "error"]);
  threshold.level = "debug";
  assert.deepEqual(all("b"), ["debug", "info", "warn", "error"]);
  threshold.level = "error";
  assert.deepEqual(all("c"), ["error"]);
});

Deno.test("logLevelOf knows Kafka's names of levels, and no others", () => {
  assert.deepEqual(["TRACE", "DEBUG", "WARN", "FATAL"].map(logLevelOf), ["debug", "debug", "warn", "error"]);
  assert.deepEqual(["debug", "LOUD", "", "toString"].map(logLevelOf), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
