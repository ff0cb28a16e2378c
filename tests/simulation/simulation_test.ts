import { testSeed } from "../support/random.ts";
import { runSeeds } from "./run_seeds.ts";

/** Many more by `deno task sim`. */
const SEEDS = Number(Deno.env.get("MILENA_TEST_SEEDS") ?? 300);

Deno.test("the log engine agrees with a model through random lives, crashes and disk failures", () => {
  const failure = runSeeds("log", testSeed(), SEEDS);
  if (failure === undefined) return;
  throw new Error(
    `MILENA_TEST_SEED=${failure.seed} MILENA_TEST_SEEDS=1 brings this again: ${failure.error}`,
    {
      cause: failure.error,
    },
  );
});
