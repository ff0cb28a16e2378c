import { testSeed } from "../../support/random.ts";
import { runSeeds } from "../run_seeds.ts";

/** Many more by `deno task sim:groups`. */
const SEEDS = Number(Deno.env.get("MILENA_TEST_SEEDS") ?? 1000);

Deno.test("classic groups keep their promises through random lives, crashes and failures of the journal", () => {
  const failure = runSeeds("groups", testSeed(), SEEDS);
  if (failure === undefined) return;
  throw new Error(
    `MILENA_TEST_SEED=${failure.seed} MILENA_TEST_SEEDS=1 brings this again: ${failure.error}`,
    { cause: failure.error },
  );
});
