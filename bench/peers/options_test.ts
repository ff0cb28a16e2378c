import assert from "node:assert/strict";
import { parseOptions } from "./options.ts";

Deno.test("parseOptions has two rounds by default, and one when it is to be quick", () => {
  assert.equal(parseOptions([]).rounds, 2);
  assert.equal(parseOptions(["--quick"]).rounds, 1);
  assert.equal(parseOptions(["--quick", "--rounds", "3"]).rounds, 3);
});

Deno.test("parseOptions refuses what it can't do", () => {
  for (const rounds of ["0", "-1", "1.5", "many", ""]) {
    assert.throws(
      () => parseOptions([`--rounds=${rounds}`]),
      /--rounds is .* but must be a whole number/,
    );
  }
  assert.throws(() => parseOptions(["--round", "3"]), /--round/);
  assert.throws(() => parseOptions(["extra"]), /extra/);
});
