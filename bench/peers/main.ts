/**
 * `deno task bench:peers`: Milena side by side with Apache Kafka, in one run on one machine.
 *
 * What makes it fair: both brokers run all the time, each with its own defaults, and one rests while the other works;
 * both are warmed up alike before anything counts; the order turns around from round to round; each run has a new topic
 * that is gone from the disk before the next run; every raw value is printed.
 * @module
 */
import { fileURLToPath } from "node:url";
import { describeMachine, type Machine, thisMachine } from "../../cli/perf/machine.ts";
import { kafka, type Launcher, milena, whyNoKafka } from "./launchers.ts";
import { isDisturbed, measure, type Measurement } from "./measure.ts";
import { parseOptions, type PeersOptions, usage } from "./options.ts";
import { librdkafkaVersion, whyNoRdkafkaPerformance } from "./rdkafka_performance.ts";
import { runCells, runColumns, startTable, summaryTable, tableRow, tableRule } from "./report.ts";
import { runAll } from "./run_all.ts";
import { type RestFigures, restOf, startAll, type StartFigures } from "./start.ts";
import { summarize, type Summary } from "./summary.ts";
import { Turns } from "./turns.ts";
import { allWorkloads, describe, quickWorkloads, warmUpWorkloads, type Workload } from "./workload.ts";

/** All figures of a comparison: what `--json` writes. */
export interface Comparison {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly starts: readonly StartFigures[];
  readonly rests: readonly RestFigures[];
  readonly runs: readonly Measurement[];
  readonly summaries: readonly Summary[];
}

const STARTS = 3;
/** Longer than Milena's log.flush.interval.ms, whose fdatasync belongs to the producing. */
const SETTLE_MS = 1500;
const compiled = fileURLToPath(new URL("../../dist/milena", import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  let options: PeersOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const workloads = (options.quick ? quickWorkloads : allWorkloads)
    .filter((workload) => describe(workload).includes(options.only));
  const missing = whyNoRdkafkaPerformance() ?? (options.milenaOnly ? undefined : whyNoKafka()) ??
    (workloads.length > 0 ? undefined : `no workload has "${options.only}" in it; they are:\n${allNames()}`);
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  let comparison: Comparison;
  try {
    comparison = await compare(options, workloads);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, `${JSON.stringify(comparison, undefined, 2)}\n`);
  }
  return 0;
}

async function compare(options: PeersOptions, workloads: readonly Workload[]): Promise<Comparison> {
  const { milenaOnly, quick } = options;
  const loaded = [milena(options.milena), ...milenaOnly ? [] : [kafka]];
  // The executable is what users start, so its start counts, whatever is under load.
  const alsoStarted = options.milena === undefined && exists(compiled) ? [milena(compiled)] : [];
  const launchers = [...loaded, ...alsoStarted];
  const machine = await thisMachine();
  const versions = await versionsOf(launchers);
  console.log(`${describeMachine(machine)}; ${new Date().toISOString()}`);
  for (const [name, version] of Object.entries(versions)) console.log(`${name}: ${version}`);
  if (!launchers.some(({ name }) => name.includes("compiled"))) {
    console.log(
      "There is no dist/milena (deno task compile makes it): the start-up time is that from source.",
    );
  }

  await using running = new AsyncDisposableStack();
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      interrupted.abort();
      void running.disposeAsync().finally(() => Deno.exit(1));
    });
  }
  const measuring = {
    turns: new Turns(options.lock),
    settleMs: SETTLE_MS,
    patienceMs: options.patienceSeconds * 1000,
    signal: interrupted.signal,
  };
  const { brokers, starts } = await startAll(launchers, quick ? 1 : STARTS, running, measuring);
  const rests = await restOf(brokers);
  console.log(`\nStart and rest\n\n${startTable(starts, rests)}\n`);
  const compared = brokers.slice(0, loaded.length);
  for (const resting of brokers.slice(loaded.length)) await resting[Symbol.asyncDispose]();

  for (const workload of quick ? workloads : warmUpWorkloads) {
    for (const broker of compared) await measure(broker, workload, measuring);
  }
  const widths = runColumns.map((title) => title.length);
  console.log(
    `Runs, in the order in which they ran\n\n${tableRow(runColumns, widths)}\n${tableRule(widths)}`,
  );
  const { runs, counted } = await runAll(compared, workloads, { ...options, ...measuring }, (run) => {
    console.log(tableRow(runCells(run), widths));
    for (const complaint of run.complaints) console.error(`${run.broker}, client: ${complaint}`);
  });
  const summaries = summarize(counted);
  console.log(
    runs.some(isDisturbed)
      ? "\n*: somebody else had more than a little of the processors. Such runs were repeated; the least disturbed count.\n"
      : "",
  );
  console.log(summaryTable(summaries));
  return { date: new Date().toISOString(), machine, versions, starts, rests, runs, summaries };
}

async function versionsOf(launchers: readonly Launcher[]): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const launcher of launchers) versions[launcher.name] = await launcher.version();
  return { ...versions, librdkafka: await librdkafkaVersion() };
}

function allNames(): string {
  return allWorkloads.map((workload) => `  ${describe(workload)}`).join("\n");
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
