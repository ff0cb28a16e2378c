/**
 * `deno task bench:recovery`: seconds of recovery for each GiB that was not flushed when the broker was killed, Milena
 * beside Apache Kafka. What was written is still in the page cache, as it is after a kill; a power cut adds the disk's time.
 * @module
 */
import { parseArgs } from "node:util";
import { announce, kafkaWith, milena, quickReturn } from "../peers/launchers.ts";
import { readOptions } from "../peers/read_options.ts";
import { table } from "../peers/report.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import { wholeNumber } from "../peers/whole_number.ts";
import { measureRecovery, neverFlushed, type RecoveryRun } from "./measure.ts";

const usage = `deno task bench:recovery: seconds of recovery for each GiB that was not flushed

  --mebibytes N     bytes written before the kill, MiB (1024)
  --partitions N    partitions they are spread over (8)
  --batches N,N     bytes of the batches, a run of each (1024,16384,262144)
  --rounds N        runs of each broker (2)
  --milena PATH     the executable to measure, such as dist/milena (default: from source)
  --milena-only     without Apache Kafka

PEERS names the script that installs and starts Apache Kafka.`;

/** Throws with one sentence for a person if the command line can't be meant. */
function parseOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      "mebibytes": { type: "string", default: "1024" },
      "partitions": { type: "string", default: "8" },
      "batches": { type: "string", default: "1024,16384,262144" },
      "rounds": { type: "string", default: "2" },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  return {
    mebibytes: wholeNumber("mebibytes", values.mebibytes, 1 << 20),
    partitions: wholeNumber("partitions", values.partitions, 10_000),
    batches: values.batches.split(",").map((text) => wholeNumber("batches", text, 1 << 20)),
    rounds: wholeNumber("rounds", values.rounds, 100),
    milena: values.milena,
    milenaOnly: values["milena-only"],
    help: values.help,
  };
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args, parseOptions, usage);
  if (typeof options === "number") return options;
  const launchers = [
    milena(options.milena, neverFlushed),
    ...options.milenaOnly ? [] : [kafkaWith({ ...neverFlushed, ...quickReturn })],
  ];
  await announce(launchers);
  const runs: RecoveryRun[] = [];
  for (const batchBytes of options.batches) {
    const workload = { mebibytes: options.mebibytes, partitions: options.partitions, batchBytes };
    for (const launcher of schedule(launchers, options.rounds)) {
      runs.push(await measureRecovery(launcher, workload));
    }
  }
  console.log(`\n${recoveryTable(runs)}`);
  return 0;
}

/** Every run, in the order in which they ran. */
export function recoveryTable(runs: readonly RecoveryRun[]): string {
  const header = [
    "batches of",
    "partitions",
    "broker",
    "MiB not flushed",
    "start, empty, ms",
    "start, recovering, ms",
    "CPU-s until then",
    "s per GiB beyond the empty start",
  ];
  return table(
    header,
    runs.map(({ broker, workload, logBytes, emptyStartMs, recoveredStartMs, cpuSeconds }) => [
      String(workload.batchBytes),
      String(workload.partitions),
      broker,
      (logBytes / 2 ** 20).toFixed(0),
      emptyStartMs.toFixed(0),
      recoveredStartMs.toFixed(0),
      cpuSeconds.toFixed(2),
      ((recoveredStartMs - emptyStartMs) / 1000 / (logBytes / 2 ** 30)).toFixed(2),
    ]),
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
