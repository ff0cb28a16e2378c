import { equal, throws } from "node:assert/strict";
import { CommandFailure } from "../command.ts";
import { patternOf } from "./find_partitions.ts";

Deno.test("patternOf matches whole names, by any of its patterns", () => {
  const pattern = patternOf(["a|b", "orders-.*"]);
  for (const name of ["a", "b", "orders-", "orders-eu"]) equal(pattern.test(name), true, name);
  for (const name of ["ab", "orders", "my-orders-eu", ""]) equal(pattern.test(name), false, name);
});

Deno.test("patternOf refuses what is no pattern by itself, whatever it would be among others", () => {
  for (const texts of [["("], ["a)", "(b"], ["a", "[z-a]"]]) throws(() => patternOf(texts), CommandFailure);
});
