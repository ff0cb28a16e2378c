import { testSeed } from "../../support/random.ts";
import { runSeeds } from "../run_seeds.ts";

/** Many more by `deno task sim:members`. */
const SEEDS = Number(Deno.env.get("MILENA_TEST_SEEDS") ?? 300);

Deno.test("members of a group own nothing together, through losses, isolation and crashes of the coordinator", () => {
  const failure = runSeeds("members", testSeed(), SEEDS);
  if (failure === undefined) return;
  throw new Error(
    `MILENA_TEST_SEED=${failure.seed} MILENA_TEST_SEEDS=1 brings this again: ${failure.error}`,
    { cause: failure.error },
  );
});
