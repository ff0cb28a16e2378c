/**
 * What is simulated: each from a seed, throwing if something is wrong.
 * @module
 */
import { GroupSimulation } from "./groups/group_simulation.ts";
import { Simulation } from "./simulation.ts";

export const simulations = {
  log: (seed: number) => new Simulation(seed).run(),
  groups: (seed: number) => new GroupSimulation(seed).run(),
} as const;

export type SimulationName = keyof typeof simulations;
