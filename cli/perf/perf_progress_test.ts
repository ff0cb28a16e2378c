import { deepEqual, equal } from "node:assert/strict";
import { PerfProgress, progressText } from "./perf_progress.ts";

const what = "Milena: sending";

Deno.test("progressText tells the rate since the line before, and of all what there is", () => {
  equal(
    progressText({ what, records: 3_000_000, bytes: 3e8, p99Ms: 12.34 }, {
      what,
      records: 1_000_000,
      bytes: 1e8,
    }, 2),
    "Milena: sending: 3 M records, 1 M records/s, 100 MB/s, p99 12.3 ms",
  );
  equal(
    progressText({ what, records: 0, bytes: 0 }, { what, records: 0, bytes: 0 }, 1),
    `${what}: 0 records, 0 records/s, 0 B/s`,
  );
});

Deno.test("PerfProgress writes over one line on a terminal, and says a line elsewhere", () => {
  for (const isTerminal of [true, false]) {
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    let records = 0;
    using progress = new PerfProgress(isTerminal ? { report: () => {}, status: say } : { report: say });
    // Nothing has begun.
    progress.show();
    const beginMs = performance.now();
    progress.begin(() => ({ what, records, bytes: records * 100 }));
    records = 10_000;
    progress.show(beginMs + 3_600_000);
    progress.end();
    progress.show();
    const line = `${what}: 10 k records, 2.78 records/s, 278 B/s`;
    deepEqual(said, isTerminal ? [line, ""] : [line]);
  }
});
