import { testSeed } from "../../support/random.ts";
import { ConsumerGroupSimulation } from "./consumer_group_simulation.ts";

const SEEDS = Number(Deno.env.get("MILENA_TEST_SEEDS") ?? 200);

Deno.test("consumer groups keep their promises through random lives", () => {
  const first = testSeed();
  for (let index = 0; index < SEEDS; index++) {
    const seed = (first + index) >>> 0;
    try {
      new ConsumerGroupSimulation(seed).run();
    } catch (error) {
      throw new Error(`MILENA_TEST_SEED=${seed} MILENA_TEST_SEEDS=1 brings this again: ${error}`, {
        cause: error,
      });
    }
  }
});
