import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";

Deno.test("Deadlines run in the order of a sorted list, and never after cancel", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const deadlines = new Deadlines();
  const model = new Map<number, { due: number; deadline: Deadline }>();
  const ran: number[] = [];
  let now = 0;
  for (let id = 0; id < 5_000; id++) {
    const due = now + random.below(1000);
    model.set(id, { due, deadline: deadlines.add(due, () => ran.push(id)) });
    if (random.below(10) < 6) {
      const ids = [...model.keys()];
      const victim = random.pick(ids);
      model.get(victim)!.deadline.cancel();
      model.get(victim)!.deadline.cancel();
      model.delete(victim);
    }
    if (random.below(10) === 0) {
      now += random.below(300);
      ran.length = 0;
      deadlines.runDue(now);
      const expected = [...model].filter(([, item]) => item.due <= now);
      assert.deepEqual([...ran].sort((a, b) => a - b), expected.map(([key]) => key), `seed ${seed}`);
      const dues = ran.map((key) => model.get(key)!.due);
      assert.deepEqual(dues, [...dues].sort((a, b) => a - b), `seed ${seed}`);
      for (const [key] of expected) model.delete(key);
    }
    const first = Math.min(...[...model.values()].map((item) => item.due));
    assert.equal(deadlines.nextMs() ?? Infinity, first, `seed ${seed}, step ${id}`);
  }
});

Deno.test("Deadlines stay small though a client asks for waits of weeks and is woken each time", () => {
  const deadlines = new Deadlines();
  for (let i = 0; i < 100_000; i++) deadlines.add(2 ** 31, () => {}).cancel();
  assert.ok(deadlines.size < 200, `holds ${deadlines.size}`);
});
