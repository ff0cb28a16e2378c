/**
 * `deno task crash:eos [--kills N] [--seed N]`: consume, transform, produce, exactly once, through kills. Against the executable
 * with MILENA_BINARY. Prints its figures; exit code 1 if a promise was broken.
 * @module
 */
import { parseArgs } from "node:util";
import { testSeed } from "../support/random.ts";
import { eosNeeds, eosRun } from "./eos_run.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: String(testSeed()) },
  },
});
const missing = eosNeeds.flatMap((need) => need.missing ?? []);
if (missing.length > 0) {
  console.error(`crash:eos: ${missing.join(", ")}`);
  Deno.exit(1);
}
const seed = Number(values.seed);
try {
  const figures = await eosRun({ kills: Number(values.kills), seed, say: console.log });
  console.log(JSON.stringify({ seed, ...figures }, null, 2));
  Deno.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
