import { testSeed } from "../../support/random.ts";
import { runSeeds } from "../run_seeds.ts";

/** Many more by `deno task sim:consumer`. */
const SEEDS = Number(Deno.env.get("MILENA_TEST_SEEDS") ?? 200);

Deno.test("consumer groups keep their promises through random lives, failures and restarts", () => {
  const failure = runSeeds("consumer", testSeed(), SEEDS);
  if (failure === undefined) return;
  const { seed, error } = failure;
  throw new Error(`MILENA_TEST_SEED=${seed} MILENA_TEST_SEEDS=1 brings this again: ${error}`, {
    cause: error,
  });
});
