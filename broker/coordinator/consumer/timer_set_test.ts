import assert from "node:assert/strict";
import { Deadlines } from "../../reactor/deadlines.ts";
import { TimerSet } from "./timer_set.ts";

Deno.test("TimerSet runs what was set last, when it was last put off to", () => {
  const deadlines = new Deadlines();
  const timers = new TimerSet(deadlines);
  const ran: string[] = [];
  timers.set("a", 10, () => ran.push("early"));
  timers.set("a", 30, () => ran.push("late"));
  timers.set("b", 20, () => ran.push("b"));
  deadlines.runDue(25);
  assert.deepEqual(ran, ["b"]);
  assert.equal(timers.size, 1);
  deadlines.runDue(30);
  assert.deepEqual(ran, ["b", "late"]);
  assert.equal(timers.size, 0);
  assert.equal(deadlines.nextMs(), undefined);
});

Deno.test("TimerSet brings a timer forward, and cancels", () => {
  const deadlines = new Deadlines();
  const timers = new TimerSet(deadlines);
  const ran: string[] = [];
  timers.set("a", 30, () => ran.push("late"));
  timers.set("a", 10, () => ran.push("early"));
  timers.set("b", 10, () => ran.push("b"));
  timers.set("c", 10, () => ran.push("c"));
  timers.cancel("b");
  timers.cancel("nobody");
  deadlines.runDue(10);
  assert.deepEqual(ran, ["early", "c"]);
  timers.set("d", 40, () => ran.push("d"));
  timers.cancelAll();
  deadlines.runDue(100);
  assert.deepEqual(ran, ["early", "c"]);
});

Deno.test("TimerSet puts a timer off many times at the price of one place", () => {
  const deadlines = new Deadlines();
  const timers = new TimerSet(deadlines);
  for (let dueMs = 10; dueMs < 1000; dueMs++) timers.set("a", dueMs, () => {});
  assert.equal(deadlines.size, 1);
});
