import { deepEqual } from "node:assert/strict";
import { shortBytes, shortCount, shortMs } from "./numbers.ts";

Deno.test("shortCount has three digits and the largest suffix that leaves a whole part", () => {
  deepEqual([0, 0.5, 999, 999.7, 1000, 1_250_000, 340_499, 2e12, 3e16].map(shortCount), [
    ..."0|0.5|999|1 k|1 k|1.25 M|340 k|2 T|30000 T".split("|"),
  ]);
});

Deno.test("shortMs goes from microseconds to seconds", () => {
  deepEqual([0, 0.001, 0.0994, 0.25, 12.34, 999.4, 999.6, 15_000].map(shortMs), [
    ..."0 ms|1 µs|99.4 µs|0.25 ms|12.3 ms|999 ms|1 s|15 s".split("|"),
  ]);
});

Deno.test("shortBytes counts in powers of 1000", () => {
  deepEqual([12, 1500, 250e6, 1.5e9].map(shortBytes), ["12 B", "1.5 kB", "250 MB", "1.5 GB"]);
});
