import { deepEqual } from "node:assert/strict";
import { showBytes, showCount, showMany, showSeconds } from "./units.ts";

Deno.test("units are as people read them", () => {
  deepEqual([0, 1, 999, 1000, 999_600, 1_500_000, 2e12, 3e15].map(showBytes), [
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1.00 kB",
    "1.00 MB",
    "1.50 MB",
    "2.00 TB",
    "3.00e+3 TB",
  ]);
  deepEqual([0, 999, 1000, 1_234_567].map(showCount), ["0", "999", "1,000", "1,234,567"]);
  deepEqual([showMany(1, "batch", "batches"), showMany(2000, "batch", "batches"), showMany(0, "note")], [
    "1 batch",
    "2,000 batches",
    "0 notes",
  ]);
  deepEqual([0.123, 9.99, 42, 61, 3600].map(showSeconds), [
    "0.12 s",
    "9.99 s",
    "42 s",
    "1 min 1 s",
    "60 min 0 s",
  ]);
});
