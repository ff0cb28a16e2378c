/**
 * `deno task crash [--kills N] [--seed N] [--freeze-seconds N]`: the long kill loop, and a broker that is frozen for half
 * a minute. Against the executable with MILENA_BINARY. Prints its figures; exit code 1 if a promise was broken.
 * @module
 */
import { parseArgs } from "node:util";
import { testSeed } from "../support/random.ts";
import { clientNeeds } from "./client_producer.ts";
import { crashRun } from "./crash_run.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(testSeed()) },
    "freeze-seconds": { type: "string", default: "30" },
  },
});
const seed = Number(values.seed);
const missing = clientNeeds.flatMap((need) => need.missing ?? []);
if (missing.length > 0) {
  console.error(`crash: ${missing.join(", ")}`);
  Deno.exit(1);
}
try {
  const figures = await crashRun({
    kills: Number(values.kills),
    seed,
    freezeMs: Number(values["freeze-seconds"]) * 1000,
    say: console.log,
  });
  console.log(JSON.stringify({ seed, ...figures }, null, 2));
  Deno.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
