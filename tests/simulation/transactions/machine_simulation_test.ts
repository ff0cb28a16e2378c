import { testSeed } from "../../support/random.ts";
import { MachineSimulation } from "./machine_simulation.ts";

const SEEDS = 50_000;

Deno.test(`MachineSimulation holds for ${SEEDS} seeds`, () => {
  const first = testSeed();
  for (let index = 0; index < SEEDS; index++) {
    const seed = (first + index) >>> 0;
    try {
      new MachineSimulation(seed).run();
    } catch (error) {
      throw new Error(`seed ${seed}: MILENA_TEST_SEED=${seed} brings it again`, { cause: error });
    }
  }
});
