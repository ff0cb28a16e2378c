/**
 * `deno task soak:client [--seconds N] [--seed N]`: the client through everything at once, see `soak.ts`. Prints its
 * figures; exit code 1 if a promise was broken.
 * @module
 */
import { parseArgs } from "node:util";
import { testSeed } from "../support/random.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(testSeed()) },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
try {
  const figures = await soak({ seconds: Number(values.seconds), seed, say: console.log });
  console.log(JSON.stringify({ seed, ...figures }, null, 2));
  Deno.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
