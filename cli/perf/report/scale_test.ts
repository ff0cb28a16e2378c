import { deepEqual, equal, ok } from "node:assert/strict";
import { linearScale, logScale, percentileScale, type Scale, timeScale } from "./scale.ts";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";

Deno.test("linearScale ends with a round number, and its marks are round", () => {
  deepEqual(linearScale(1_234_567).ticks, [0, 500_000, 1_000_000, 1_500_000]);
  deepEqual(linearScale(100).ticks, [0, 50, 100]);
  deepEqual(linearScale(0.37).ticks, [0, 0.1, 0.2, 0.3, 0.4]);
  deepEqual(linearScale(0).ticks, [0, 0.5, 1]);
});

Deno.test("timeScale ends with the time itself", () => {
  const scale = timeScale(10.7);
  deepEqual(scale.ticks, [0, 2, 4, 6, 8, 10]);
  equal(scale.place(10.7), 1);
});

Deno.test("logScale has marks that are as dense as there is room", () => {
  deepEqual(logScale(0.8, 3).ticks, [0.5, 1, 2, 5]);
  deepEqual(logScale(0.8, 30).ticks, [1, 3, 10, 30]);
  deepEqual(logScale(0.05, 900).ticks, [0.1, 1, 10, 100, 1000]);
  deepEqual(logScale(2, 2).ticks, [2, 5]);
});

Deno.test("percentileScale puts each further nine as far as the one before", () => {
  const scale = percentileScale(99.99);
  deepEqual(scale.ticks, [0, 50, 90, 99, 99.9, 99.99]);
  ok(Math.abs(scale.place(99) - 0.5) < 1e-9);
  ok(Math.abs(scale.place(90) - 0.25) < 1e-9);
});

Deno.test("Scale places what is on it between 0 and 1, in order, whatever it is made of", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const holds = (scale: Scale, min: number, max: number) => {
    const says = `seed ${seed}: ${min} … ${max}, marks ${scale.ticks.join(" ")}`;
    for (const value of [min, (min + max) / 2, max, ...scale.ticks]) {
      const place = scale.place(value);
      ok(place >= -1e-9 && place <= 1 + 1e-9, `${says}: ${value} is at ${place}`);
    }
    ok(scale.place(min) < scale.place(max), says);
    ok(scale.ticks.length >= 1 && scale.ticks.length <= 14, says);
  };
  for (let round = 0; round < 1000; round++) {
    const min = 10 ** (random.uint32() / 2 ** 32 * 10 - 5);
    const max = min * (1 + 10 ** (random.uint32() / 2 ** 32 * 8 - 4));
    holds(linearScale(max), 0, max);
    holds(timeScale(max), 0, max);
    holds(logScale(min, max), min, max);
  }
});
