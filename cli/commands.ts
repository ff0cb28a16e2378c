/**
 * Every command there is. What one needs is loaded when it is run, so that `milena help` does not load a broker.
 * @module
 */
import { followPath } from "./args.ts";
import { cluster } from "./cluster/cluster_command.ts";
import { type Command, CommandFailure, ExitCode } from "./command.ts";
import { completeCommand, completion } from "./completion/completion_command.ts";
import { config } from "./config/config_command.ts";
import { doctor } from "./doctor/doctor_command.ts";
import { group } from "./group/group_command.ts";
import { helpText } from "./help.ts";
import { perf } from "./perf/perf_command.ts";
import { topic } from "./topic/topic_command.ts";
import { records } from "./records/records_command.ts";
import { produce } from "./produce/produce_command.ts";
import { consume } from "./consume/consume_command.ts";
import { gatewayFlags, settingsFlags } from "./settings_flags.ts";
import { top } from "./top/top_command.ts";
import { versionLine } from "./version.ts";

const serve: Command = {
  name: "serve",
  summary: "start a broker",
  description:
    "Serves Kafka clients and HTTP until SIGTERM or SIGINT, which let answers in flight be sent and logs be flushed.\n" +
    "No format step and no configuration are needed. Settings have Kafka's names: a flag goes before the environment " +
    "(KAFKA_LOG_SEGMENT_BYTES=…, as with the apache/kafka image), that before the file, that before the default.\n" +
    'When it is up, the last line on standard output is "milena ready kafka=HOST:PORT http=HOST:PORT".',
  flags: settingsFlags,
  examples: [
    { line: "milena serve", summary: "on 127.0.0.1:9092, HTTP on 127.0.0.1:8080, data in ./data" },
    {
      line: "milena serve --data-dir /var/lib/milena --sync",
      summary: "nothing is acknowledged before it is on disk",
    },
    {
      line: "milena serve --listen 0.0.0.0:9092 --http-listen none --set num.partitions=6",
      summary: "for the whole network, without HTTP, new topics with 6 partitions",
    },
  ],
  run: async (invocation) => (await import("./serve.ts")).serve(invocation),
};

const gateway: Command = {
  name: "gateway",
  summary: "serve HTTP in front of a Kafka cluster",
  description:
    "The HTTP interface of milena serve, in front of brokers that run elsewhere: Milena's, Apache Kafka's, or any that " +
    "speak its protocol. It keeps nothing, so there may be many of them. Settings are those of milena serve, as far as " +
    'they are about HTTP. When the cluster has answered, the last line on standard output is "milena ready http=HOST:PORT"; ' +
    "GET /readyz tells whether it still does. SIGTERM and SIGINT let answers in flight be sent.",
  flags: gatewayFlags,
  examples: [
    {
      line: "milena gateway --bootstrap kafka-1:9092,kafka-2:9092",
      summary: "HTTP on 127.0.0.1:8080, in front of the cluster that these two belong to",
    },
    {
      line: "milena gateway --bootstrap 10.0.0.1:9092 --http-listen 0.0.0.0:8080",
      summary: "for the whole network",
    },
  ],
  run: async (invocation) => (await import("./gateway.ts")).gateway(invocation),
};

const verify: Command = {
  name: "verify",
  summary: "check every byte of a data directory",
  description:
    "Checks each batch's checksum and records, each index entry, snapshot and checkpoint, and how they fit together.\n" +
    "Takes the directory of a broker that is stopped, of Apache Kafka's too, or a copy of one that runs; changes nothing.\n" +
    "Copy the files at the top before the partitions, or checkpoints may be ahead of logs.\n" +
    "Exits with 0 if all is well, 1 if it has found a problem, 2 if that is no data directory. Notes are no problems: " +
    "torn ends after a crash, indexes that recovery will make again, files on their way out.",
  operands: "DATA_DIR",
  flags: [{ name: "json", summary: "a JSON object a line: problem, note, and in the end summary" }],
  examples: [
    { line: "milena verify data", summary: "what is wrong, by file, and how much was checked" },
    { line: "milena verify --json /var/lib/milena", summary: "the same for a program" },
  ],
  run: async (invocation) => (await import("./verify.ts")).verify(invocation),
};

const dump: Command = {
  name: "dump",
  summary: "show what is in the files of a data directory",
  description:
    "Knows logs, indexes (.index, .timeindex, .txnindex), producer snapshots, checkpoints, partition.metadata, " +
    "meta.properties and milena.topics.jsonl; a partition's directory stands for its logs. Takes Apache Kafka's, too.\n" +
    "It is what kafka-dump-log is to Kafka: --records stands for its --print-data-log and --deep-iteration, operands for " +
    "--files; its --index-sanity-check and --verify-index-only are part of milena verify.\n" +
    "Where something is wrong it says so and goes on behind it, and exits with 1.",
  operands: "FILE …",
  flags: [
    { name: "records", summary: "the records of each batch, too" },
    { name: "json", summary: "a JSON object a line; keys and values that are no text in base64" },
    { name: "from", value: "OFFSET", summary: "nothing before this offset" },
    { name: "limit", value: "N", summary: "at most so many batches (with --records: records) or entries" },
  ],
  examples: [
    { line: "milena dump data/greetings-0", summary: "its batches, a line each" },
    {
      line: "milena dump --records --json --from 1000 --limit 10 data/greetings-0",
      summary: "ten records as JSON, from offset 1000 on",
    },
    { line: "milena dump data/greetings-0/00000000000000000000.index", summary: "the entries of an index" },
  ],
  run: async (invocation) => (await import("./dump.ts")).dump(invocation),
};

const versionCommand: Command = {
  name: "version",
  summary: "which version this is",
  examples: [{ line: "milena version", summary: "prints name, version and platform" }],
  run({ terminal }) {
    terminal.print(versionLine());
    return ExitCode.OK;
  },
};

const help: Command = {
  name: "help",
  summary: "what a command does and which flags it takes",
  operands: "COMMAND …",
  areOperandsOptional: true,
  examples: [{ line: "milena help config print", summary: "the same as milena config print --help" }],
  run({ operands, terminal }) {
    const path = followPath([root], operands);
    if (path.length <= operands.length) {
      throw new CommandFailure(`there is no command "${operands.join(" ")}"`, ExitCode.USAGE);
    }
    terminal.print(helpText(path));
    return ExitCode.OK;
  },
};

export const root: Command = {
  name: "milena",
  summary: "a message broker that speaks Kafka",
  commands: [
    serve,
    gateway,
    produce,
    consume,
    topic,
    records,
    group,
    cluster,
    config,
    top,
    doctor,
    perf,
    verify,
    dump,
    completion,
    versionCommand,
    help,
    completeCommand(() => root),
  ],
  examples: [
    { line: "milena serve", summary: "starts a broker on 127.0.0.1:9092, and HTTP on 127.0.0.1:8080" },
  ],
};
