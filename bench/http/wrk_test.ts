import assert from "node:assert/strict";
import { parseWrk } from "./wrk.ts";

Deno.test("parseWrk() reads the figures that the script prints, and refuses a run with errors", () => {
  const output = "Running 1s test\nfigures 30000 2000000 0 150 2500\n";
  assert.deepEqual(parseWrk(output), { requestsPerSecond: 15_000, p50Ms: 0.15, p99Ms: 2.5 });
  assert.throws(() => parseWrk("figures 30000 2000000 7 150 2500"), /7 of 30000 requests failed/);
  assert.throws(() => parseWrk("unable to connect"), /no figures/);
});
