import { deepEqual } from "node:assert/strict";
import { OffsetCheck } from "./consume.ts";
import { Ledger } from "./ledger.ts";

function findings(offsets: readonly number[], isWhole = true): readonly string[] {
  const ledger = new Ledger(1);
  ledger.partitions[0]!.send(5, 0);
  ledger.settle({ partition: 0, recordCount: 5, error: undefined });
  const check = new OffsetCheck([{ partition: 0, from: 0, to: 5 }]);
  for (const offset of offsets) check.take(0, offset);
  return check.result(ledger, offsets.length, isWhole).findings;
}

Deno.test("OffsetCheck notices records that come twice, or not at all", () => {
  deepEqual(findings([0, 1, 2, 3, 4]), []);
  deepEqual(findings([0, 1, 3, 4]), [
    "partition 0: the record at offset 3 came where 2 was next",
    "1 acknowledged record did not come",
  ]);
  deepEqual(findings([0, 1, 2, 2, 3, 4]), ["partition 0: the record at offset 2 came where 3 was next"]);
  deepEqual(findings([0, 1, 2]), ["2 acknowledged records did not come"]);
});

Deno.test("OffsetCheck misses nothing of a topic that was not read to its end", () => {
  deepEqual(findings([0, 1, 2], false), []);
});
