import { deepEqual, equal, ok } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { Histogram } from "./histogram.ts";

const percents = [0, 1, 10, 50, 75, 90, 99, 99.9, 99.99, 100];

/** By definition: the smallest value that at least `percent` of all do not exceed. */
function percentileOf(sorted: readonly number[], percent: number): number {
  const least = sorted.findIndex((_, at) => (at + 1) * 100 >= percent * sorted.length * (1 - 1e-15));
  return sorted[least]!;
}

Deno.test("Histogram gives the percentiles of a sorted array to within 1 %", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 30; round++) {
    // Sizes from a few to 2^40, evenly over the powers of two, which is where cells change their width.
    const bits = 1 + random.below(40);
    const values = Array.from({ length: 1 + random.below(3000) }, () => {
      return Math.floor(2 ** (random.uint32() / 2 ** 32 * bits));
    });
    const histogram = new Histogram();
    for (const value of values) histogram.record(value);
    values.sort((a, b) => a - b);
    for (const percent of percents) {
      const wanted = percentileOf(values, percent);
      const found = histogram.percentile(percent);
      ok(
        Math.abs(found - wanted) <= wanted * 0.01,
        `seed ${seed}, round ${round}: percentile ${percent} of ${values.length} values is ${found}, wanted ${wanted}`,
      );
    }
    equal(histogram.min, values[0]);
    equal(histogram.max, values.at(-1));
    equal(histogram.count, values.length);
    const sum = values.reduce((sum, value) => sum + value, 0);
    ok(Math.abs(histogram.mean - sum / values.length) <= 1e-9 * sum);
  }
});

Deno.test("Histogram has each value in a cell that holds it, and cells that follow one another", () => {
  for (const value of [0, 1, 255, 256, 257, 511, 512, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 12345]) {
    const histogram = new Histogram();
    histogram.record(value);
    const [cell, ...more] = histogram.cells();
    deepEqual(more, []);
    ok(cell!.from <= value && value < cell!.to, `${value} is in ${cell!.from} … ${cell!.to}`);
    const next = new Histogram();
    next.record(cell!.to);
    equal([...next.cells()][0]!.from, cell!.to);
  }
});

Deno.test("Histogram of two is that of all their values", () => {
  const [left, right, both] = [new Histogram(), new Histogram(), new Histogram()];
  for (let value = 0; value < 5000; value++) {
    (value % 3 === 0 ? left : right).record(value * value);
    both.record(value * value);
  }
  left.add(right);
  deepEqual([...left.cells()], [...both.cells()]);
  for (const percent of percents) equal(left.percentile(percent), both.percentile(percent));
  equal(left.mean, both.mean);
});

Deno.test("Histogram takes one value many times at once", () => {
  const histogram = new Histogram();
  histogram.record(10, 990);
  histogram.record(4000, 10);
  histogram.record(7, 0);
  equal(histogram.count, 1000);
  equal(histogram.percentile(99), 10);
  equal(histogram.percentile(99.9), 4000);
  equal(histogram.min, 10);
});

Deno.test("Histogram of nothing is all zeros, and values out of bounds are taken as the bound", () => {
  const histogram = new Histogram();
  deepEqual([histogram.count, histogram.min, histogram.max, histogram.mean, histogram.percentile(50)], [
    0,
    0,
    0,
    0,
    0,
  ]);
  histogram.record(-5);
  histogram.record(Infinity);
  equal(histogram.min, 0);
  ok(histogram.max > 2 ** 40);
});
