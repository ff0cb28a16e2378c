import assert from "node:assert/strict";
import { parseOptions } from "./options.ts";

Deno.test("parseOptions takes numbers of partitions in any order", () => {
  assert.deepEqual(parseOptions([]).counts, [1, 100, 1000, 10_000]);
  assert.deepEqual(parseOptions(["--partitions", "1000,1,20"]).counts, [1, 20, 1000]);
  assert.deepEqual(parseOptions(["--quick"]).counts, [1, 100]);
});

Deno.test("parseOptions refuses what it can't do", () => {
  for (const counts of ["0", "1,", "1.5", "many", "", "20001"]) {
    assert.throws(
      () => parseOptions([`--partitions=${counts}`]),
      /--partitions has .* but wants whole numbers/,
    );
  }
  assert.throws(() => parseOptions(["--partition", "3"]), /--partition/);
});
