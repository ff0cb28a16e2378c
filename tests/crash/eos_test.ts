/**
 * A few kills of `deno task crash:eos`.
 * @module
 */
import assert from "node:assert/strict";
import { confluentPackage } from "../clients/confluent.ts";
import { testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { eosRun } from "./eos_run.ts";

const KILLS = 3;

testNeeding(
  [confluentPackage],
  `each record is consumed, changed and produced exactly once, though the broker is killed ${KILLS} times`,
  async () => {
    const { kills, records, committedTransactions } = await eosRun({ kills: KILLS, seed: testSeed() });
    assert.equal(kills, KILLS);
    assert.ok(records > 0 && committedTransactions > 0);
  },
);
