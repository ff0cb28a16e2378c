import { equal } from "node:assert/strict";
import { schedule } from "./schedule.ts";

Deno.test("schedule turns the order around from round to round", () => {
  equal(schedule(["A", "B"], 4).join(""), "ABBAABBA");
  equal(schedule(["A", "B"], 1).join(""), "AB");
  equal(schedule(["A"], 2).join(""), "AA");
});
