import { equal, ok } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { Histogram } from "../histogram.ts";
import { latencyResult } from "../latency_result.ts";
import { latencyBars } from "./latency_shape.ts";

Deno.test("latencyBars have every value in one bar, close to where it lies", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 50; round++) {
    const histogram = new Histogram();
    const values = Array.from({ length: 500 }, () => 1 + Math.floor(2 ** (random.uint32() / 2 ** 32 * 25)));
    for (const value of values) histogram.record(value);
    const { cells } = latencyResult("any", histogram);
    const count = 1 + random.below(80);
    const bars = latencyBars(cells, { fromMs: 0.001, toMs: 100_000, count });
    equal(bars.length, count);
    const sum = bars.reduce((sum, { share }) => sum + share, 0);
    ok(Math.abs(sum - 1) < 1e-9, `seed ${seed}: all shares make ${sum}`);
    // Half a cell may lie on the other side of any bound.
    for (const { toMs } of bars) {
      const below = bars.filter((bar) => bar.toMs <= toMs).reduce((sum, { share }) => sum + share, 0);
      const least = values.filter((value) => value / 1000 < toMs * 0.98 - 0.001).length / values.length;
      const most = values.filter((value) => value / 1000 < toMs * 1.02 + 0.001).length / values.length;
      ok(below >= least - 1e-9 && below <= most + 1e-9, `seed ${seed}: ${below} below ${toMs}`);
    }
  }
});

Deno.test("latencyBars have what lies outside of them in the first or the last", () => {
  const cells = [{ fromMs: 0, toMs: 0.001, count: 1 }, { fromMs: 50, toMs: 51, count: 3 }];
  const bars = latencyBars(cells, { fromMs: 1, toMs: 10, count: 4 });
  equal(bars[0]!.share, 0.25);
  equal(bars[3]!.share, 0.75);
});
