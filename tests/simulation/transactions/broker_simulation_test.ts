import { testSeed } from "../../support/random.ts";
import { BrokerSimulation } from "./broker_simulation.ts";

const SEEDS = 40;

Deno.test(`BrokerSimulation holds for ${SEEDS} seeds`, () => {
  const first = testSeed();
  for (let index = 0; index < SEEDS; index++) {
    const seed = (first + index) >>> 0;
    try {
      new BrokerSimulation(seed).run();
    } catch (error) {
      throw new Error(`seed ${seed}: MILENA_TEST_SEED=${seed} brings it again`, { cause: error });
    }
  }
});
