import { deepEqual } from "node:assert/strict";
import { parseDuration, parseQuantity } from "./quantity.ts";

Deno.test("parseQuantity knows thousands and powers of 1024", () => {
  const texts = "0|12|1k|5M|1.5m|2G|4Ki|1MiB|1_000_000|1,000|2.3k|1Mi".split("|");
  deepEqual(texts.map(parseQuantity), [
    ...[0, 12, 1000, 5e6, 1.5e6, 2e9, 4096, undefined, 1e6, 1000, 2300, 1_048_576],
  ]);
});

Deno.test("parseQuantity refuses what is no whole number", () => {
  const texts = ["", "k", "-1", "1.5", "1i", "1e6", "0x10", "ten", "1 000", "99999999G"];
  deepEqual(texts.map(parseQuantity), texts.map(() => undefined));
});

Deno.test("parseDuration gives seconds", () => {
  const texts = ["30", "1.5s", "250ms", "5m", "2h", "", "s", "-1s", "1d"];
  deepEqual(texts.map(parseDuration), [30, 1.5, 0.25, 300, 7200, undefined, undefined, undefined, undefined]);
});
