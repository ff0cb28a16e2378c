/**
 * `milena perf` as data.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command, Flag } from "../command.ts";
import { formatFlag } from "../output/format_flag.ts";

const load: readonly Flag[] = [
  {
    name: "topic",
    value: "NAME",
    summary: "a topic that is there (one is made for each run, and deleted after it)",
  },
  { name: "partitions", value: "N", summary: "of the topic that is made (6)" },
  { name: "replication-factor", value: "N", summary: "of the topic that is made (the cluster's default)" },
  { name: "record-size", value: "BYTES", summary: "of a record's value, at least 16 (100)" },
  {
    name: "payload",
    value: "random|text|json-like",
    summary: "what values look like to a codec (json-like)",
  },
  {
    name: "compression",
    short: "z",
    value: "CODEC",
    completes: ["none", "gzip", "snappy", "lz4", "zstd"],
    summary: "none, gzip, snappy, lz4 or zstd (none)",
  },
];

const measuring: readonly Flag[] = [
  { name: "runs", value: "N", summary: "how often each cluster is measured, the order turning around (1)" },
  {
    name: "against",
    value: "NAME=HOST:PORT[,…]",
    isRepeatable: true,
    summary: "a cluster to measure, by a name of one's own; several are compared",
  },
  {
    name: "warm-up",
    value: "N",
    summary: "records before each run that do not count (up to 100k; none with --topic)",
  },
  {
    name: "broker-pid",
    value: "[NAME=]PID",
    isRepeatable: true,
    summary: "the broker's process on this machine, for its CPU and memory",
  },
  {
    name: "metrics",
    value: "[NAME=]URL",
    isRepeatable: true,
    summary: "or its metrics (a Milena on this machine is found by itself)",
  },
  { name: "report", value: "FILE", summary: "one HTML page with everything that was measured" },
  formatFlag,
];

const noVerify: Flag = { name: "no-verify", summary: "do not read back what was acknowledged" };

const amounts = (records: string, duration: string): readonly Flag[] => [
  { name: "records", value: "N", summary: `such as 5M ${records}`.trimEnd() },
  { name: "duration", value: "TIME", summary: `such as 30s or 5m ${duration}`.trimEnd() },
];

const produce: Command = {
  name: "produce",
  summary: "how fast records go in",
  description:
    "Sends records by batches, as fast as it can or at a rate, and tells how long it took until each was " +
    "acknowledged. Then it reads the topic back: every acknowledged record must be there exactly once, in order, byte for " +
    "byte. If one is not, it says which and exits with 1.",
  flags: [
    ...amounts("(2M)", ""),
    {
      name: "rate",
      value: "N",
      summary: "records a second; latency counts from when one was due (0: all at once)",
    },
    ...load,
    noVerify,
    ...measuring,
    ...clusterFlags,
  ],
  examples: [
    {
      line: "milena perf produce --records 5M -z lz4",
      summary: "five million records of 100 bytes to the local broker",
    },
    {
      line: "milena perf produce --against ours=milena-1:9092 --against old=kafka-1:9092 --report perf.html",
      summary: "two clusters side by side, in turns, on one page",
    },
    {
      line: "milena perf produce -b kafka-1:9092 --topic orders --duration 1m --rate 20k -X acks=1",
      summary: "a minute of 20,000 records a second to a topic that is there",
    },
  ],
  run: async (invocation) => (await import("./perf.ts")).perf("produce", invocation),
};

const consume: Command = {
  name: "consume",
  summary: "how fast records come out",
  description:
    "Reads all partitions of a topic, from their beginning to where they end now. Without --topic it fills one " +
    "first, which does not count, and then each of its records must come exactly once.",
  flags: [
    ...amounts("(2M to fill; with --topic all there are)", ""),
    ...load,
    ...measuring,
    ...clusterFlags,
  ],
  examples: [
    {
      line: "milena perf consume --records 5M --record-size 1Ki",
      summary: "fills a topic of its own, and reads it",
    },
    {
      line: "milena perf consume --topic orders --duration 10s",
      summary: "ten seconds of a topic that is there",
    },
  ],
  run: async (invocation) => (await import("./perf.ts")).perf("consume", invocation),
};

const latency: Command = {
  name: "latency",
  summary: "how long a record is on its way",
  description:
    "Sends records at a rate and reads them in the same process. The time of each counts from when it was due, not " +
    "from when it could be sent, so that a broker that stands still for a second is seen in all the records it held up. It is " +
    "taken when the record is acknowledged, and when the consumer has it. linger.ms is 0 unless -X says otherwise.",
  flags: [
    ...amounts("", "(10s)"),
    { name: "rate", value: "N", summary: "records a second (1000)" },
    ...load,
    noVerify,
    ...measuring,
    ...clusterFlags,
  ],
  examples: [
    {
      line: "milena perf latency",
      summary: "ten seconds of 1,000 records a second, to the local broker and back",
    },
    {
      line: "milena perf latency --rate 20k --duration 1m -X linger.ms=5 --report latency.html",
      summary: "as a page, with the whole distribution",
    },
  ],
  run: async (invocation) => (await import("./perf.ts")).perf("latency", invocation),
};

export const perf: Command = {
  name: "perf",
  summary: "measure a cluster: how fast, how long, and whether it keeps what it acknowledges",
  commands: [produce, consume, latency],
  examples: [
    {
      line: "milena perf produce --report produce.html",
      summary: "two million records, and a page of what came of it",
    },
  ],
};
