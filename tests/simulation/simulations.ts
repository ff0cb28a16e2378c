/**
 * What is simulated: each from a seed, throwing if something is wrong.
 * @module
 */
import { ConsumerGroupSimulation } from "./consumer_groups/consumer_group_simulation.ts";
import { GroupSimulation } from "./groups/group_simulation.ts";
import { MemberSimulation } from "./members/member_simulation.ts";
import { Simulation } from "./simulation.ts";
import { BrokerSimulation } from "./transactions/broker_simulation.ts";
import { MachineSimulation } from "./transactions/machine_simulation.ts";

export const simulations = {
  log: (seed: number) => new Simulation(seed).run(),
  consumer: (seed: number) => new ConsumerGroupSimulation(seed).run(),
  members: (seed: number) => new MemberSimulation(seed).run(),
  groups: (seed: number) => new GroupSimulation(seed).run(),
  transactions: (seed: number) => new MachineSimulation(seed).run(),
  broker: (seed: number) => new BrokerSimulation(seed).run(),
} as const;

export type SimulationName = keyof typeof simulations;
