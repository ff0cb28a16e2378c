/**
 * The command line of the comparison of clients.
 * @module
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../peers/whole_number.ts";

export const usage =
  `deno task bench:clients: this project's client beside kafkajs, @platformatic/kafka and librdkafka

Each client in a process of its own, in alternating order, against Milena and Apache Kafka, which both run all the time.
Prints every run, then medians, ratios and which goals are met. A default run takes some eight minutes.

  --rounds N      runs of each client for each workload and broker (2)
  --attempts N    runs disturbed by other processes are repeated, up to N in all; the least disturbed counts (1)
  --quick         one round of 100-byte records that are not compressed, a fifth of them: about a minute
  --only TEXT     only workloads whose description has TEXT in it, such as "100 B" or "lz4"
  --direction D   produce or consume (both)
  --partitions N  of each topic (6)
  --milena PATH   the broker's executable (default: dist/milena if it is there, else from source)
  --milena-only   without Apache Kafka
  --json FILE     write all figures to FILE too
  --lock FILE     lock FILE (flock) while a client runs, so that measurements on one machine take turns

PEERS names the script that installs and starts Apache Kafka; RDKAFKA_PERFORMANCE names librdkafka's program.`;

export type ClientsOptions = ReturnType<typeof parseOptions>;

/** Throws with one sentence for a person if it can't be meant. */
export function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "rounds": { type: "string" },
      "attempts": { type: "string", default: "1" },
      "quick": { type: "boolean", default: false },
      "only": { type: "string" },
      "direction": { type: "string" },
      "partitions": { type: "string", default: "6" },
      "milena": { type: "string" },
      "milena-only": { type: "boolean", default: false },
      "json": { type: "string" },
      "lock": { type: "string" },
      "help": { type: "boolean", default: false },
    },
  });
  const { quick, direction } = values;
  if (direction !== undefined && direction !== "produce" && direction !== "consume") {
    throw new Error(`--direction is "${direction}", but must be produce or consume`);
  }
  return {
    rounds: wholeNumber("rounds", values.rounds ?? (quick ? "1" : "2"), 100),
    attempts: wholeNumber("attempts", values.attempts, 100),
    quick,
    only: values.only ?? (quick ? "100 B, not compressed" : ""),
    direction,
    partitions: wholeNumber("partitions", values.partitions, 1000),
    milena: values.milena,
    milenaOnly: values["milena-only"],
    json: values.json,
    lock: values.lock,
    help: values.help,
  };
}
