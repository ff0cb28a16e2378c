/**
 * What several runs of the same kind come to. Memory that was cold makes a run dear and slow, for either broker and by
 * chance, so that the best run of each tells of the broker and the median of the machine as well: both are given.
 * @module
 */
import { median } from "../../cli/perf/median.ts";
import { type Measurement, type Phase, phases } from "./measure.ts";
import { describe, type Workload } from "./workload.ts";

export interface Spread {
  readonly median: number;
  readonly best: number;
}

/** All runs of one broker in one phase of one workload. */
export interface BrokerSummary {
  readonly broker: string;
  readonly recordsPerSecond: Spread;
  readonly brokerSecondsPerGigabyte: Spread;
  readonly brokerUserSecondsPerGigabyte: Spread;
}

export interface Summary {
  readonly workload: Workload;
  readonly phase: Phase;
  /** One for each broker, in the order in which they first ran. */
  readonly brokers: readonly BrokerSummary[];
}

/** Sums up each phase of each workload, workloads in the order in which they first ran. */
export function summarize(runs: readonly Measurement[]): Summary[] {
  return phases.flatMap((phase) => {
    const groups = Map.groupBy(
      runs.filter((run) => run.phase === phase),
      ({ workload }) => describe(workload),
    );
    return [...groups.values()].map((group) => ({
      workload: group[0]!.workload,
      phase,
      brokers: [...Map.groupBy(group, ({ broker }) => broker)].map(([broker, own]) =>
        summarizeOne(broker, own)
      ),
    }));
  });
}

function summarizeOne(broker: string, runs: readonly Measurement[]): BrokerSummary {
  const userSecondsPerGigabyte = (
    { brokerUserSeconds, brokerSystemSeconds, brokerSecondsPerGigabyte }: Measurement,
  ) => {
    const seconds = brokerUserSeconds + brokerSystemSeconds;
    return seconds === 0 ? 0 : brokerSecondsPerGigabyte * brokerUserSeconds / seconds;
  };
  return {
    broker,
    recordsPerSecond: spread(runs.map((run) => run.recordsPerSecond), Math.max),
    brokerSecondsPerGigabyte: spread(runs.map((run) => run.brokerSecondsPerGigabyte), Math.min),
    brokerUserSecondsPerGigabyte: spread(runs.map(userSecondsPerGigabyte), Math.min),
  };
}

function spread(values: readonly number[], best: (...values: number[]) => number): Spread {
  return { median: median(values), best: best(...values) };
}
