/**
 * The command line of the figures by number of partitions.
 * @module
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../peers/whole_number.ts";

export interface PartitionsOptions {
  /** Numbers of partitions, ascending. */
  readonly counts: readonly number[];
  /** Runs of each broker for each number. */
  readonly rounds: number;
  /** Most appends that are timed once every partition has had its first. */
  readonly appends: number;
  /** How long a broker is left alone before it is looked at, milliseconds. */
  readonly restMs: number;
  /** The executable to measure; undefined: from source. */
  readonly milena: string | undefined;
  readonly milenaOnly: boolean;
  /** Where to write all figures as CSV. */
  readonly csv: string | undefined;
  /** A file to lock while a run lasts. */
  readonly lock: string | undefined;
  readonly help: boolean;
}

/** What `milena.max.partitions` is by default. */
const MOST_PARTITIONS = 20_000;

export const usage = `deno task bench:partitions: what partitions cost, Milena beside Apache Kafka 4.3

One broker at a time, in alternating order, on a new data directory: its start, the making of the topics, what it holds
at rest, the latency of small appends one after the other over all partitions, then a start after a clean stop and one
after kill -9. Prints every value, in the order of the runs.

  --partitions N,N  numbers of partitions (1,100,1000,10000)
  --rounds N        runs of each broker for each number (2)
  --quick           one round of 1 and 100 partitions, few appends
  --milena PATH     the executable to measure, such as dist/milena (default: from source)
  --milena-only     without Apache Kafka
  --csv FILE        write all figures to FILE too
  --lock FILE       lock FILE (flock) while a run lasts, so that measurements on one machine take turns

PEERS names the script that installs and starts Apache Kafka.`;

/** Reads the command line. Throws with one sentence for a person if it can't be meant. */
export function parseOptions(args: readonly string[]): PartitionsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "partitions": { type: "string" },
      "rounds": { type: "string" },
      "quick": { type: "boolean", default: false },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "csv": { type: "string" },
      "lock": { type: "string" },
      "help": { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const counts = (values.partitions ?? (quick ? "1,100" : "1,100,1000,10000")).split(",");
  return {
    counts: counts.map((text) => wholeNumber("partitions", text, MOST_PARTITIONS)).toSorted((a, b) => a - b),
    rounds: wholeNumber("rounds", values.rounds ?? (quick ? "1" : "2"), 100),
    appends: quick ? 500 : 10_000,
    restMs: quick ? 1000 : 5000,
    milena: values.milena,
    milenaOnly: values["milena-only"],
    csv: values.csv,
    lock: values.lock,
    help: values.help,
  };
}
