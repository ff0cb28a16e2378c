/**
 * `deno task bench:sessions`: what fetches of a thousand partitions cost the broker that have next to nothing to give, with a
 * fetch session and without one, Milena beside Apache Kafka, in one run on one machine.
 * @module
 */
import { parseArgs } from "node:util";
import type { BrokerProcess } from "../peers/broker_process.ts";
import { announce, kafka, launch, milena } from "../peers/launchers.ts";
import { readOptions } from "../peers/read_options.ts";
import { table } from "../peers/report.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import { Turns } from "../peers/turns.ts";
import { wholeNumber } from "../peers/whole_number.ts";
import { measures, measureSessions, type SessionsRun, wokenFetchMicros } from "./measure.ts";

const usage =
  `deno task bench:sessions: what fetches of many partitions cost that have next to nothing to give

Both brokers run all the time, one rests while the other works, in alternating order. Prints microseconds of the broker's
processor time for each request, every value in the order of the runs.

  --partitions N  partitions of each fetch (1000)
  --requests N    requests of each kind that are counted, after as many that are not (5000)
  --rounds N      runs of each broker (4)
  --quick         one round of 100 partitions and 200 requests
  --milena PATH   the executable to measure, such as dist/milena (default: from source)
  --milena-only   without Apache Kafka
  --lock FILE     lock FILE (flock) while a run lasts, so that measurements on one machine take turns

PEERS names the script that installs and starts Apache Kafka.`;

/** Throws with one sentence for a person if the command line can't be meant. */
function parseOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      "partitions": { type: "string" },
      "requests": { type: "string" },
      "rounds": { type: "string" },
      "quick": { type: "boolean", default: false },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "lock": { type: "string" },
      "help": { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  return {
    partitions: wholeNumber("partitions", values.partitions ?? (quick ? "100" : "1000"), 10_000),
    requests: wholeNumber("requests", values.requests ?? (quick ? "200" : "5000"), 1_000_000),
    rounds: wholeNumber("rounds", values.rounds ?? (quick ? "1" : "4"), 100),
    milena: values.milena,
    milenaOnly: values["milena-only"],
    lock: values.lock,
    help: values.help,
  };
}

/** A row for each kind of request, a column for each broker: the values of all rounds. */
export function sessionsTable(runs: readonly SessionsRun[]): string {
  const columns = [...Map.groupBy(runs, ({ broker }) => broker)];
  const row = (title: string, valueOf: (run: SessionsRun) => number) => [
    title,
    ...columns.map(([, own]) => own.map((run) => valueOf(run).toFixed(0)).join(" / ")),
  ];
  return table(["broker CPU, µs each", ...columns.map(([broker]) => broker)], [
    ...measures.map((measure) => row(measure, ({ cpuMicros }) => cpuMicros[measure])),
    row("difference of the two: the fetch that was woken", wokenFetchMicros),
  ]);
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args, parseOptions, usage);
  if (typeof options === "number") return options;
  const launchers = [milena(options.milena), ...options.milenaOnly ? [] : [kafka]];
  await announce(launchers);
  await using running = new AsyncDisposableStack();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => void running.disposeAsync().finally(() => Deno.exit(1)));
  }
  const brokers: BrokerProcess[] = [];
  for (const launcher of launchers) brokers.push(running.use(await launch(launcher)));
  const turns = new Turns(options.lock);
  const runs: SessionsRun[] = [];
  for (const broker of schedule(brokers, options.rounds)) {
    const run = await turns.take(() => measureSessions(broker, options));
    runs.push(run);
    console.log(`\n${sessionsTable([run])}`);
  }
  console.log(`\n${options.partitions} partitions, ${options.requests} requests of each kind\n`);
  console.log(sessionsTable(runs));
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
