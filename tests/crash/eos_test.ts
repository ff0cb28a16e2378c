import { testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { eosNeeds, eosRun } from "./eos_run.ts";

testNeeding(
  eosNeeds,
  "kill -9, 5 times, under consume-transform-produce leaves each input in the output exactly once",
  async () => void await eosRun({ kills: 5, seed: testSeed() }),
);
