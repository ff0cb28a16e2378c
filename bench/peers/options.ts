/**
 * The command line of the comparison.
 * @module
 */
import { parseArgs } from "node:util";

export interface PeersOptions {
  /** Runs of each broker for each workload. */
  readonly rounds: number;
  /** Most runs that are made to get one in which nobody else disturbed. */
  readonly attempts: number;
  /** Most seconds to wait for a quiet moment before each client. */
  readonly patienceSeconds: number;
  /** One small workload, one round, one start: does it work, and about how fast. */
  readonly quick: boolean;
  /** Only workloads whose description has this in it. */
  readonly only: string;
  /** The executable to measure under load; undefined: from source. */
  readonly milena: string | undefined;
  readonly milenaOnly: boolean;
  /** Where to write all figures. */
  readonly json: string | undefined;
  /** A file to lock while a client runs, so that measurements on one machine take turns. */
  readonly lock: string | undefined;
  readonly help: boolean;
}

export const usage = `deno task bench:peers: Milena side by side with Apache Kafka 4.3

Each workload is produced and consumed by rdkafka_performance, with one broker and then the other, in alternating order,
both brokers running all the time. Prints every run, then medians and bests with the ratio Milena to Kafka.

  --rounds N      runs of each broker for each workload (2)
  --attempts N    runs disturbed by other processes are repeated, up to N in all for each that is wanted (3)
  --patience S    wait up to S seconds for the machine to be quiet before each client (0)
  --quick         one small workload, one round
  --only TEXT     only workloads whose description has TEXT in it, such as "1024 B, 1 partition" or "16384"
  --milena PATH   the executable to measure, such as dist/milena (default: from source)
  --milena-only   without Apache Kafka
  --json FILE     write all figures to FILE too
  --lock FILE     lock FILE (flock) while a client runs, so that measurements on one machine take turns

PEERS names the script that installs and starts Apache Kafka; RDKAFKA_PERFORMANCE names that program.`;

/** Reads the command line. Throws with one sentence for a person if it can't be meant. */
export function parseOptions(args: readonly string[]): PeersOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "rounds": { type: "string" },
      "attempts": { type: "string", default: "3" },
      "patience": { type: "string", default: "0" },
      "quick": { type: "boolean", default: false },
      "only": { type: "string", default: "" },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "json": { type: "string" },
      "lock": { type: "string" },
      "help": { type: "boolean", default: false },
    },
  });
  const quick = values.quick;
  const count = (name: string, text: string, least: number) => {
    const value = Number(text);
    if (text !== "" && Number.isInteger(value) && value >= least) return value;
    throw new Error(`--${name} is "${text}", but must be a whole number, ${least} or more`);
  };
  return {
    rounds: count("rounds", values.rounds ?? (quick ? "1" : "2"), 1),
    attempts: count("attempts", values.attempts, 1),
    patienceSeconds: count("patience", values.patience, 0),
    quick,
    only: values.only,
    milena: values.milena,
    milenaOnly: values["milena-only"],
    json: values.json,
    lock: values.lock,
    help: values.help,
  };
}
