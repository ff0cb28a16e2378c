/**
 * `milena top` as the command line has it.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";
import { formatFlag } from "../output/format_flag.ts";

/** Those of all tabs. Written down here too, since the tabs themselves are loaded when the command runs. */
const SORT_COLUMNS = [
  ...["topic", "partitions", "under-replicated", "records-in", "bytes-in", "records", "size", "history"],
  ...["group", "state", "members", "topics", "lag", "trend", "consumed"],
  ...["address", "id", "role", "rack", "leaders", "replicas", "free"],
];

export const top: Command = {
  name: "top",
  summary: "a live view of rates, lag, brokers and connections",
  description:
    "Topics by records and bytes that come in, consumer groups by how far they are behind and whether that grows, and " +
    "brokers by what they lead and hold. Rates are what has changed between two looks at offsets and sizes, so any broker " +
    "of the Kafka protocol will do. A Milena's HTTP port adds connections, requests, durations, processor and memory.\n" +
    "Where the result is no terminal, or with --once or --format, one measurement is written and that is all.",
  flags: [
    { name: "interval", short: "i", value: "SECONDS", summary: "from one look to the next (2)" },
    { name: "once", summary: "one measurement over an interval, as tables, and no live view" },
    { name: "tab", value: "topics|groups|brokers", summary: "what is shown first; with --once nothing else" },
    {
      name: "sort",
      value: "COLUMN",
      completes: SORT_COLUMNS,
      summary: "of the tab: records-in, bytes-in, lag, trend, size, …",
    },
    { name: "filter", value: "TEXT", summary: "only rows of the tab with this in their names" },
    {
      name: "metrics",
      value: "URL|none",
      completes: ["none"],
      summary: "a Milena's figures (port 8080 of the first broker's host)",
    },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena top", summary: "the broker on this machine; ? tells the keys, q quits" },
    {
      line: "milena top --bootstrap kafka-1:9092 --tab groups --sort trend",
      summary: "groups whose lag grows fastest",
    },
    { line: "milena top --once --format json", summary: "one measurement for a program" },
  ],
  run: async (invocation) => (await import("./top.ts")).runTop(invocation),
};
