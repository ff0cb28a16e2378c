/**
 * `deno task bench:commits`: committed offsets a second that one client gets acknowledged, Milena beside Apache Kafka.
 * @module
 */
import { parseArgs } from "node:util";
import type { BrokerProcess } from "../peers/broker_process.ts";
import { announce, kafka, launch, milena } from "../peers/launchers.ts";
import { readOptions } from "../peers/read_options.ts";
import { table } from "../peers/report.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import { wholeNumber } from "../peers/whole_number.ts";
import { type CommitRun, commits } from "./measure.ts";

const usage = `deno task bench:commits: committed offsets a second of one client

  --in-flight N,N    commits on their way at once (2,64,1024)
  --partitions N     partitions that are committed by turns (16)
  --seconds N        length of each run (5)
  --rounds N         runs of each broker (3)
  --milena PATH      the executable to measure, such as dist/milena (default: from source)
  --milena-only      without Apache Kafka

PEERS names the script that installs and starts Apache Kafka.`;

const WARM_UP_MS = 5000;

/** Throws with one sentence for a person if the command line can't be meant. */
function parseOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      "in-flight": { type: "string", default: "2,64,1024" },
      "partitions": { type: "string", default: "16" },
      "seconds": { type: "string", default: "5" },
      "rounds": { type: "string", default: "3" },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  return {
    inFlight: values["in-flight"].split(",").map((text) => wholeNumber("in-flight", text, 8192)),
    partitions: wholeNumber("partitions", values.partitions, 100),
    ms: wholeNumber("seconds", values.seconds, 3600) * 1000,
    rounds: wholeNumber("rounds", values.rounds, 100),
    milena: values.milena,
    milenaOnly: values["milena-only"],
    help: values.help,
  };
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args, parseOptions, usage);
  if (typeof options === "number") return options;
  const launchers = [milena(options.milena), ...options.milenaOnly ? [] : [kafka]];
  await announce(launchers);
  await using running = new AsyncDisposableStack();
  const brokers: BrokerProcess[] = [];
  for (const launcher of launchers) brokers.push(running.use(await launch(launcher)));

  const { partitions, ms } = options;
  for (const broker of brokers) await commits(broker, { inFlight: 1024, partitions, ms: WARM_UP_MS });
  const runs: CommitRun[] = [];
  for (const inFlight of options.inFlight) {
    for (const broker of schedule(brokers, options.rounds)) {
      runs.push(await commits(broker, { inFlight, partitions, ms }));
    }
  }
  console.log(`\n${commitsTable(runs)}`);
  return 0;
}

/** Every run, in the order in which they ran. */
export function commitsTable(runs: readonly CommitRun[]): string {
  const header = [
    "in flight",
    "partitions",
    "broker",
    "commits/s",
    "broker CPU, µs each",
    "client CPU, µs each",
  ];
  return table(
    header,
    runs.map(({ broker, inFlight, partitions, commitsPerSecond, cpuMicroseconds, clientMicroseconds }) => [
      String(inFlight),
      String(partitions),
      broker,
      Math.round(commitsPerSecond).toLocaleString("en-US"),
      cpuMicroseconds.toFixed(1),
      clientMicroseconds.toFixed(1),
    ]),
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
