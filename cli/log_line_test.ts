import { quietTerminal } from "./testing/quiet_terminal.ts";
import { deepEqual, equal } from "node:assert/strict";
import { logLine, terminalLogger } from "./log_line.ts";

Deno.test("logLine has the time in UTC, the level and the message in one line", () => {
  equal(
    logLine(Date.UTC(2026, 0, 2, 3, 4, 5, 678), "info", "message\nof two lines"),
    "2026-01-02T03:04:05.678Z INFO message of two lines",
  );
});

Deno.test("terminalLogger keeps debug lines to itself unless MILENA_DEBUG is set", () => {
  const lines: string[] = [];
  const terminal = {
    ...quietTerminal,
    report: (text: string) => void lines.push(text.slice(25)),
  };
  const quiet = terminalLogger({ ...terminal, environment: {} });
  quiet("debug", "a");
  quiet("warn", "b");
  terminalLogger({ ...terminal, environment: { MILENA_DEBUG: "1" } })("debug", "c");
  deepEqual(lines, ["WARN b", "DEBUG c"]);
});
