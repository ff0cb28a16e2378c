import { equal, ok } from "node:assert/strict";
import { Pace } from "./pace.ts";

Deno.test("Pace has a record due when its time has come, and not before", () => {
  const pace = new Pace(100, 1000);
  equal(pace.dueBy(99), 0);
  equal(pace.dueBy(100), 1);
  equal(pace.dueBy(100.5), 1);
  equal(pace.dueBy(1100), 1001);
  for (const index of [0, 1, 999, 123_456]) {
    ok(pace.dueBy(pace.dueMs(index) + 1e-6) > index);
    ok(pace.dueBy(pace.dueMs(index) - 1e-6) <= index);
  }
});

Deno.test("Pace without a rate has everything due at once", () => {
  const pace = new Pace(100, 0);
  equal(pace.isLimited, false);
  equal(pace.dueBy(0), Infinity);
  equal(pace.dueMs(1_000_000), 100);
});
