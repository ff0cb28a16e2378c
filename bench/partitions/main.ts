/**
 * `deno task bench:partitions`: what partitions cost, Milena beside Apache Kafka, in one run on one machine. A broker that
 * can't do with a number of partitions is told of, and not tried with more.
 * @module
 */
import { announce, kafka, type Launcher, milena } from "../peers/launchers.ts";
import { readOptions } from "../peers/read_options.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import { Turns } from "../peers/turns.ts";
import { measure, type PartitionsRun } from "./measure.ts";
import { parseOptions, type PartitionsOptions, usage } from "./options.ts";
import { describeRun, partitionsCsv, partitionsTable } from "./report.ts";

const notes = `Each cell: the values of all rounds, in the order in which they ran. MB are of 1,000,000 bytes.
After kill -9 Kafka's controller does not let the broker in before it takes the killed one for dead
(broker.session.timeout.ms, 9 s by default): that is in its time, and not in its CPU.`;

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, parseOptions, usage);
  if (typeof options === "number") return options;
  const launchers = [milena(options.milena), ...options.milenaOnly ? [] : [kafka]];
  await announce(launchers);
  const runs = await measureAll(launchers, options);
  console.log(`\n${notes}\n\n${partitionsTable(runs)}`);
  if (options.csv !== undefined) await Deno.writeTextFile(options.csv, partitionsCsv(runs));
  return 0;
}

async function measureAll(
  launchers: readonly Launcher[],
  { counts, rounds, lock, ...options }: PartitionsOptions,
): Promise<PartitionsRun[]> {
  await using keep = new AsyncDisposableStack();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => void keep.disposeAsync().finally(() => Deno.exit(1)));
  }
  const turns = new Turns(lock);
  const runs: PartitionsRun[] = [];
  const failed = new Set<Launcher>();
  for (const partitions of counts) {
    for (const launcher of schedule(launchers, rounds)) {
      if (failed.has(launcher)) continue;
      const run = await turns.take(() => measure(launcher, partitions, { ...options, keep }));
      console.log(describeRun(run));
      if (run.problem !== undefined) failed.add(launcher);
      runs.push(run);
    }
  }
  return runs;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
