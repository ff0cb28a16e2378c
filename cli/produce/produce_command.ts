/**
 * `milena produce`, as data.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";

export const produce: Command = {
  name: "produce",
  summary: "write records to a topic",
  description:
    "Writes a record for each line of standard input, or of files, and says in the end how many were delivered. What can't " +
    "be written ends it, with the number of its line; all before it is delivered. Ctrl-C delivers what was read.\n" +
    "--input text: a line is a value, or with --key-delimiter a key and a value.\n" +
    '--input json: a line is a record, as the HTTP API and milena consume --format json have it: {"key":"a", "value":{"b":1}, ' +
    '"headers":[{"key":"trace", "value":"x"}], "partition":0, "timestamp":1700000000000}, all optional. A value is stored as it ' +
    'stands; "value_format":"text" or "base64" beside it says that it is a text, or bytes.',
  operands: "TOPIC [FILE …]",
  flags: [
    { name: "input", value: "text|json", summary: "what a line is: a value, or a record as JSON (text)" },
    { name: "key", short: "k", value: "TEXT", summary: "the key of all records" },
    {
      name: "key-delimiter",
      short: "K",
      value: "TEXT",
      summary: "what stands between key and value of a line: , or \\t",
    },
    {
      name: "delimiter",
      short: "D",
      value: "BYTE",
      summary: "what ends a record: \\0 (a line feed, a carriage return before it)",
    },
    {
      name: "header",
      short: "H",
      value: "NAME=VALUE",
      isRepeatable: true,
      summary: "a header of all records; NAME alone: null",
    },
    { name: "partition", short: "p", value: "N", summary: "where to; else by the key, or to fill batches" },
    { name: "tombstone", short: "Z", summary: "an empty value is null" },
    { name: "whole-file", summary: "each file is one record" },
    {
      name: "compression",
      short: "z",
      value: "CODEC",
      completes: ["none", "gzip", "snappy", "lz4", "zstd"],
      summary: "none, gzip, snappy, lz4 or zstd (none)",
    },
    {
      name: "acks",
      value: "N",
      completes: ["all", "1", "0"],
      summary: "who must have a record: all, 1 or 0 (all)",
    },
    { name: "quiet", short: "q", summary: "no word about what was delivered" },
    ...clusterFlags,
  ],
  examples: [
    { line: "milena produce orders orders.txt -z lz4", summary: "a record a line" },
    {
      line: "milena produce orders -K , -H source=shop",
      summary: 'lines of standard input such as user-1,{"id":1}',
    },
    {
      line: "milena produce orders --input json orders.ndjson",
      summary: "keys, headers, partitions as the lines say",
    },
  ],
  run: async (invocation) => (await import("./produce.ts")).produce(invocation),
};
