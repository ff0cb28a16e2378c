/**
 * `milena consume`, as data.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";

export const consume: Command = {
  name: "consume",
  summary: "read records of topics",
  description:
    "Writes the records of topics to standard output, as they come, until --num, --until-end or Ctrl-C. With --group what " +
    "was written is committed, and partitions are shared with the other members.\n" +
    "--format is text (values, a line each), json (as the HTTP API has it, which milena produce --input json takes), hex, " +
    'or a template: "%t-%p@%o %k=%v\\n", where %t is the topic, %p the partition, %o the offset, %k the key, %v the value, ' +
    "%T the timestamp, %h the headers, %K %V %H how long or many they are; %k{hex} %v{base64} %T{iso}; %h{%k=%v }; " +
    "\\n \\t \\0 \\xHH; %% is a percent sign.\n" +
    "--offset is start, end, N, +N (after the start), -N (before the end), or @TIME: seconds or milliseconds since 1970, " +
    "2026-11-25T12:00 (UTC), -1h (ago). Two with a colon between are a range: 100:200, @-1h:end.",
  operands: "TOPIC …",
  flags: [
    {
      name: "offset",
      short: "o",
      value: "OFFSET",
      summary: "where to begin, or which range to read (start)",
    },
    { name: "partition", short: "p", value: "N[,…]", isRepeatable: true, summary: "only these partitions" },
    { name: "num", short: "n", value: "N", summary: "end after so many records" },
    { name: "until-end", short: "e", summary: "end where the partitions end now" },
    {
      name: "group",
      short: "g",
      value: "GROUP",
      summary: "as a member of this group: commits what was written",
    },
    { name: "regex", short: "r", summary: "topics are regular expressions that match whole names" },
    {
      name: "filter",
      value: "EXPRESSION",
      summary: 'only records of which this is true: value.total > 100 && key == "eu"',
    },
    {
      name: "format",
      short: "f",
      value: "FORMAT",
      completes: ["text", "json", "hex"],
      summary: "text, json, hex or a template (text)",
    },
    { name: "meta-only", summary: "JSON without keys and values, but with their sizes" },
    {
      name: "isolation",
      value: "LEVEL",
      completes: ["read_committed", "read_uncommitted"],
      summary: "read_committed: none of open or aborted transactions (read_uncommitted)",
    },
    ...clusterFlags,
  ],
  examples: [
    { line: "milena consume orders", summary: "all of it, and then what comes" },
    {
      line: "milena consume orders -o -10 -e -f json",
      summary: "the last ten records of each partition, as JSON",
    },
    {
      line: "milena consume orders -o @-1h:end -f %o:%v\\n",
      summary: "what came in the last hour, with offsets",
    },
  ],
  run: async (invocation) => (await import("./consume.ts")).consume(invocation),
};
