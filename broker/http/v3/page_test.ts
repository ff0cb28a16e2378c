import { deepEqual, ok, throws } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { ApiError } from "../api_error.ts";
import { pageOf } from "./page.ts";

Deno.test("pageOf() gives all where no size is given", () => {
  deepEqual(pageOf(["a", "b"], { page_size: undefined, page_token: undefined }, (one) => one), {
    items: ["a", "b"],
    next: undefined,
  });
});

Deno.test("pageOf() has what stays exactly once, while other elements come and go", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const staying = Array.from({ length: 1 + random.below(50) }, (_, i) => i * 10);
    const seen: number[] = [];
    const page_size = 1 + random.below(10);
    let token: string | undefined;
    do {
      const passing = Array.from({ length: 20 }, () => random.below(500)).filter((one) => one % 10 > 0);
      const items = [...staying, ...new Set(passing)].sort((a, b) => a - b);
      const page = pageOf(items, { page_size, page_token: token }, (one) => one);
      ok(page.items.length <= page_size, `seed ${seed}`);
      seen.push(...page.items.filter((one) => one % 10 === 0));
      token = page.next;
    } while (token !== undefined);
    deepEqual(seen, staying, `seed ${seed}, round ${round}`);
  }
});

Deno.test("pageOf() refuses a token that it did not give", () => {
  for (const page_token of ["", "nonsense", btoa("{}"), btoa("null")]) {
    throws(
      () => pageOf(["a"], { page_size: 1, page_token }, (one) => one),
      (error) => error instanceof ApiError && error.status === 400,
    );
  }
});
