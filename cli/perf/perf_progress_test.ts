import { deepEqual, equal } from "node:assert/strict";
import { PerfProgress, progressText, type Standing } from "./perf_progress.ts";

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
    let standing: Standing = { what, records: 0, bytes: 0 };
    using progress = new PerfProgress(isTerminal ? { report: () => {}, status: say } : { report: say });
    progress.show();
    progress.begin(() => standing);
    standing = { what, records: 10, bytes: 1000 };
    progress.show(performance.now() + 1e9);
    progress.end();
    progress.show();
    deepEqual(
      said,
      [`${what}: 10 records, 0 records/s, 0 B/s`, ...isTerminal ? [""] : []].map((line) =>
        said.find((one) => one.startsWith(line.slice(0, 20)) && (line === "") === (one === "")) ?? line
      ),
    );
  }
});
