/**
 * The short kill loop with real clients; `deno task crash` is the long one. MILENA_TEST_SEED has a run again.
 * @module
 */
import assert from "node:assert/strict";
import { testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { clientNeeds } from "./client_producer.ts";
import { crashRun } from "./crash_run.ts";

testNeeding(
  clientNeeds,
  "kill -9, 20 times, under real clients loses, doubles and reorders nothing acknowledged, in any mode",
  async () => {
    const figures = await crashRun({ kills: 20, seed: testSeed(), freezeMs: 0 });
    assert.ok(figures.kills >= 20);
    for (const [client, acknowledged] of Object.entries(figures.acknowledgedBy)) {
      assert.ok(acknowledged > 1000, `${client} had only ${acknowledged} records acknowledged: no load`);
    }
  },
);
