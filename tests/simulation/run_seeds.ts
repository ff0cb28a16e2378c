/**
 * Runs simulations, one for each seed, and says at which seed one failed: that seed brings the same failure again.
 * @module
 */
import { type SimulationName, simulations } from "./simulations.ts";

export interface SeedFailure {
  readonly seed: number;
  readonly error: unknown;
}

/** Runs `count` simulations of a kind from `firstSeed` on; returns the first failure, if there is one. */
export function runSeeds(
  name: SimulationName,
  firstSeed: number,
  count: number,
  onDone: (done: number) => void = () => {},
): SeedFailure | undefined {
  for (let index = 0; index < count; index++) {
    const seed = (firstSeed + index) >>> 0;
    try {
      simulations[name](seed);
    } catch (error) {
      return { seed, error };
    }
    onDone(index + 1);
  }
}
