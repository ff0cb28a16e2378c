import { equal } from "node:assert/strict";
import { LoopLiveness } from "./loop_liveness.ts";

Deno.test("LoopLiveness wakes a loop that sleeps, and finds it alive", async () => {
  let turns = 7;
  const liveness = new LoopLiveness({ turns: () => turns, wake: () => setTimeout(() => turns++, 10) });
  equal(await liveness.isAlive(), true);
});

Deno.test("LoopLiveness takes a loop for alive until it has stood for long since somebody asked first", async () => {
  let turns = 7;
  const liveness = new LoopLiveness({ turns: () => turns, wake: () => {}, lookMs: 20, stallMs: 100 });
  equal(await liveness.isAlive(), true, "it may have a long turn");
  await new Promise((resolve) => setTimeout(resolve, 110));
  equal(await liveness.isAlive(), false);
  equal(await liveness.isAlive(), false);
  turns++;
  equal(await liveness.isAlive(), true);
  equal(await liveness.isAlive(), true, "its time begins anew");
});

Deno.test("LoopLiveness does not count the time in which nobody asked of a loop that went round", async () => {
  let turns = 7;
  const liveness = new LoopLiveness({ turns: () => turns, wake: () => {}, lookMs: 10, stallMs: 50 });
  equal(await liveness.isAlive(), true);
  turns++;
  await new Promise((resolve) => setTimeout(resolve, 60));
  equal(await liveness.isAlive(), true);
});
