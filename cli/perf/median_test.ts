import { equal } from "node:assert/strict";
import { median } from "./median.ts";

Deno.test("median is the middle value or the mean of both in the middle", () => {
  equal(median([3, 1, 20]), 3);
  equal(median([4, 1, 20, 2]), 3);
  equal(median([7]), 7);
});
