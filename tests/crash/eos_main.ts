/**
 * `deno task crash:eos [--kills N] [--seed N]`: exactly once under fire, see `eos_run.ts`. Prints its figures; exit code 1 if
 * a record was lost or doubled.
 * @module
 */
import { parseArgs } from "node:util";
import { confluentPackage } from "../clients/confluent.ts";
import { testSeed } from "../support/random.ts";
import { eosRun } from "./eos_run.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: String(testSeed()) },
  },
});
const seed = Number(values.seed);
if (confluentPackage.missing !== undefined) {
  console.error(`crash:eos: ${confluentPackage.missing}`);
  Deno.exit(1);
}
try {
  const figures = await eosRun({ kills: Number(values.kills), seed, say: console.log });
  console.log(JSON.stringify({ seed, ...figures }, null, 2));
  Deno.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
