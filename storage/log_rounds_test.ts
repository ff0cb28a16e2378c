import assert from "node:assert/strict";
import { LogRounds } from "./log_rounds.ts";

Deno.test("LogRounds visits every log once a round, few at a time, and pauses between rounds", () => {
  const visits: number[] = [];
  const logs = Array.from({ length: 1000 }, (_, index) => index);
  const rounds = new LogRounds<number>({
    intervalMs: 1000,
    firstMs: 500,
    logs: () => logs,
    visit: (log) => visits.push(log),
  });
  assert.equal(rounds.tick(499), 500);
  let nowMs = 500;
  let turns = 0;
  while (visits.length < 1000) {
    const before = visits.length;
    nowMs = rounds.tick(nowMs);
    assert.ok(visits.length - before <= 100, "others have their turn");
    turns++;
  }
  assert.deepEqual(visits, logs);
  assert.ok(turns > 5);
  assert.ok(nowMs >= 1500 && nowMs < 2000);
  assert.equal(rounds.tick(nowMs - 1), nowMs);
  rounds.tick(nowMs);
  assert.ok(visits.length > 1000);
});

Deno.test("LogRounds.hurry begins the next round at once, without logs too", () => {
  let visits = 0;
  const rounds = new LogRounds<number>({
    intervalMs: 1000,
    firstMs: 0,
    logs: () => visits < 3 ? [1] : [],
    visit: () => visits++,
  });
  assert.equal(rounds.tick(0), 1000);
  rounds.hurry();
  assert.equal(rounds.tick(1), 1001);
  rounds.hurry();
  rounds.tick(2);
  rounds.hurry();
  assert.equal(rounds.tick(3), 1003);
  assert.equal(visits, 3);
});
