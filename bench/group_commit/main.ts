/**
 * `deno task bench:sync`: acknowledged batches a second where an acknowledgement waits for fdatasync, by number of
 * connections, Milena beside Apache Kafka and both beside a bare loop of append and fdatasync on the same disk.
 * @module
 */
import { parseArgs } from "node:util";
import { type BrokerProcess } from "../peers/broker_process.ts";
import { announce, kafkaWith, launch, milena } from "../peers/launchers.ts";
import { readOptions } from "../peers/read_options.ts";
import { table } from "../peers/report.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import { wholeNumber } from "../peers/whole_number.ts";
import { acknowledged, bareLoop, type CommitRun, synced } from "./measure.ts";

const usage = `deno task bench:sync: acknowledged batches a second when each waits for fdatasync

  --connections N,N  connections, each with one batch of 4 KiB on its way (1,8,64)
  --partitions N     partitions that they are spread over (1)
  --seconds N        length of each run (3)
  --rounds N         runs of each broker (2)
  --milena PATH      the executable to measure, such as dist/milena (default: from source)
  --milena-only      without Apache Kafka

PEERS names the script that installs and starts Apache Kafka.`;

const WARM_UP_MS = 2000;

/** Throws with one sentence for a person if the command line can't be meant. */
function parseOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      "connections": { type: "string", default: "1,8,64" },
      "partitions": { type: "string", default: "1" },
      "seconds": { type: "string", default: "3" },
      "rounds": { type: "string", default: "2" },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  return {
    connections: values.connections.split(",").map((text) => wholeNumber("connections", text, 1000)),
    partitions: wholeNumber("partitions", values.partitions, 10_000),
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
  const launchers = [milena(options.milena, synced), ...options.milenaOnly ? [] : [kafkaWith(synced)]];
  await announce(launchers);
  await using running = new AsyncDisposableStack();
  const brokers: BrokerProcess[] = [];
  for (const launcher of launchers) brokers.push(running.use(await launch(launcher)));

  const { partitions, ms } = options;
  for (const broker of brokers) await acknowledged(broker, { connections: 8, partitions, ms: WARM_UP_MS });
  const runs: CommitRun[] = [];
  const bare: number[] = [];
  for (const connections of options.connections) {
    for (const broker of schedule(brokers, options.rounds)) {
      bare.push(bareLoop(broker.logDirectory, ms / 3));
      runs.push(await acknowledged(broker, { connections, partitions, ms }));
    }
  }
  console.log(`\n${commitTable(runs, bare)}`);
  return 0;
}

/** Every run, in the order in which they ran, each with the bare loop right before it. */
export function commitTable(runs: readonly CommitRun[], bare: readonly number[]): string {
  const header = [
    "connections",
    "partitions",
    "broker",
    "acknowledged batches/s",
    "bare loop/s",
    "ratio",
    "broker CPU, µs each",
  ];
  return table(
    header,
    runs.map(({ broker, connections, partitions, batchesPerSecond, cpuMicroseconds }, at) => [
      String(connections),
      String(partitions),
      broker,
      Math.round(batchesPerSecond).toLocaleString("en-US"),
      Math.round(bare[at]!).toLocaleString("en-US"),
      (batchesPerSecond / bare[at]!).toFixed(2),
      cpuMicroseconds.toFixed(0),
    ]),
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
