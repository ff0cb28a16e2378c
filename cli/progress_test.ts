import { deepEqual, equal } from "node:assert/strict";
import { Progress } from "./progress.ts";

Deno.test("Progress says how far work is, now and then, once it is long, and clears its line", () => {
  const shown: string[] = [];
  let nowMs = 0;
  {
    using progress = new Progress({ status: (text) => void shown.push(text) }, () => nowMs);
    progress.update(1, 1000);
    nowMs = 1000;
    progress.update(250_000_000, 1_000_000_000);
    nowMs = 1100;
    progress.update(260_000_000, 1_000_000_000);
    nowMs = 2000;
    progress.update(2_000_000_000, 1_000_000_000);
    nowMs = 3000;
    progress.update(1, 100);
    nowMs = 4000;
    progress.update(1001, 1200);
    equal(progress.elapsedSeconds, 4);
  }
  deepEqual(shown, [
    "[=====>              ] 25.0% of 1.00 GB, 250 MB/s, 3.00 s left",
    "[====================] 100.0% of 1.00 GB, 1.00 GB/s, 0.00 s left",
    "[>                   ] 1.0% of 100 bytes, 0 bytes/s",
    "[================>   ] 83.4% of 1.20 kB, 250 bytes/s, 0.80 s left",
    "",
  ]);
});

Deno.test("Progress is silent where nobody watches", () => {
  using progress = new Progress({}, () => 1e9);
  progress.update(1, 2);
});
