import { deepEqual, equal } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { Peaks } from "./peaks.ts";

Deno.test("Peaks has the largest value of each span in which one came", () => {
  const peaks = new Peaks(1000);
  peaks.add(1000, 3);
  peaks.add(1049, 7);
  peaks.add(1049, 5);
  peaks.add(1110, 0);
  deepEqual(peaks.points(), [{ seconds: 0.025, value: 7 }, { seconds: 0.125, value: 0 }]);
});

Deno.test("Peaks of a long time is that of a model with spans that are as long", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const peaks = new Peaks(0);
  const values = Array.from(
    { length: 2000 },
    () => ({ atMs: random.below(100_000), value: random.below(1000) }),
  );
  for (const { atMs, value } of values) peaks.add(atMs, value);
  peaks.add(99_999, 1);
  const points = peaks.points();
  const spanMs = 800;
  const model = new Map<number, number>();
  for (const { atMs, value } of [...values, { atMs: 99_999, value: 1 }]) {
    const span = Math.floor(atMs / spanMs);
    model.set(span, Math.max(model.get(span) ?? 0, value));
  }
  equal(points.length, model.size, `seed ${seed}`);
  for (const { seconds, value } of points) {
    equal(value, model.get(Math.floor(seconds * 1000 / spanMs)), `seed ${seed}`);
  }
});
