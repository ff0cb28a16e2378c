import { ok } from "node:assert/strict";
import { TurnClock } from "./turn_clock.ts";

/** Keeps the thread busy. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

Deno.test("TurnClock is due soon, however few and slow the records are", async () => {
  const clock = new TurnClock();
  await clock.turn();
  for (let i = 0; i < 1000; i++) clock.isDue();
  let slow = 0;
  do work(20); while (!clock.isDue() && ++slow < 100);
  ok(slow <= 32, `${slow} records of 20 ms`);
  // It has learnt that they are slow.
  await clock.turn();
  work(20);
  ok(clock.isDue() || clock.isDue());
});

Deno.test("TurnClock.turn() lets timers fire", async () => {
  const clock = new TurnClock();
  let hasFired = false;
  setTimeout(() => hasFired = true, 0);
  while (!hasFired) await clock.turn();
  ok(hasFired);
});
