/**
 * All runs of a comparison, one after the other.
 * @module
 */
import type { BrokerProcess } from "./broker_process.ts";
import {
  isDisturbed,
  leastDisturbed,
  measure,
  type Measurement,
  type MeasureOptions,
  phases,
} from "./measure.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import type { Workload } from "./workload.ts";

export interface RunAllOptions extends MeasureOptions {
  /** Runs that count, of each broker for each workload. */
  readonly rounds: number;
  /** Most runs made to get one in which nobody else disturbed. */
  readonly attempts: number;
}

export interface AllRuns {
  /** In the order in which they ran. */
  readonly runs: readonly Measurement[];
  /** Those that count: of each run that was repeated, the least disturbed. */
  readonly counted: readonly Measurement[];
}

/** Runs each of `workloads` with each of `brokers`, in alternating order; tells of every run as soon as it ends. */
export async function runAll(
  brokers: readonly BrokerProcess[],
  workloads: readonly Workload[],
  options: RunAllOptions,
  onRun: (run: Measurement) => void,
): Promise<AllRuns> {
  const runs: Measurement[] = [];
  const counted: Measurement[] = [];
  for (const workload of workloads) {
    const order = schedule(brokers, options.rounds);
    // Small writes and large ones take pages of different sizes from the kernel. Whoever is first with a workload finds
    // them cold and pays for them (2.4 instead of 0.7 CPU-s/GB with 256 KiB batches), so that run does not count.
    await measure(order.at(-1)!, workload, options);
    for (const broker of order) {
      const tried: Measurement[] = [];
      for (let attempt = 1; attempt <= options.attempts; attempt++) {
        const both = await measure(broker, workload, options);
        both.forEach(onRun);
        tried.push(...both);
        if (!both.some(isDisturbed)) break;
      }
      runs.push(...tried);
      counted.push(...phases.map((phase) => leastDisturbed(tried.filter((run) => run.phase === phase))));
    }
  }
  return { runs, counted };
}
