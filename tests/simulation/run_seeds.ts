/**
 * Runs simulations, one for each seed, and says at which seed one failed: that seed brings the same failure again.
 * @module
 */
import { Simulation } from "./simulation.ts";

export interface SeedFailure {
  readonly seed: number;
  readonly error: unknown;
}

/** Runs `count` simulations from `firstSeed` on; returns the first failure, if there is one. */
export function runSeeds(
  firstSeed: number,
  count: number,
  onDone: (done: number) => void = () => {},
): SeedFailure | undefined {
  for (let index = 0; index < count; index++) {
    const seed = (firstSeed + index) >>> 0;
    try {
      new Simulation(seed).run();
    } catch (error) {
      return { seed, error };
    }
    onDone(index + 1);
  }
}
