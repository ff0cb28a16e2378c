import { deepEqual, equal, match } from "node:assert/strict";
import { FlagValues } from "../command.ts";
import { milena } from "../testing/milena.ts";
import { quietTerminal } from "../testing/quiet_terminal.ts";
import { type ConsumeOptions, consumeOptions } from "./consume_options.ts";

function options(
  flags: Readonly<{ [name: string]: string | string[] }>,
  ...operands: string[]
): ConsumeOptions {
  const values = new Map(Object.entries(flags).map(([name, value]) => [name, [value].flat()]));
  return consumeOptions({ flags: new FlagValues(values), operands, terminal: quietTerminal }, 0);
}

Deno.test("consumeOptions reads all from the start on, for ever, unless told otherwise", () => {
  const { topics, range, maxRecords, isUntilEnd, partitions, isReadCommitted } = options({}, "a", "b", "a");
  deepEqual(topics, ["a", "b"]);
  deepEqual(range, { from: { kind: "start" }, to: undefined });
  deepEqual([maxRecords, isUntilEnd, partitions, isReadCommitted], [Infinity, false, undefined, false]);
});

Deno.test("consumeOptions takes lists of partitions, and the isolation by flag or by Kafka's name", () => {
  deepEqual(options({ partition: ["3,1", "1"] }, "a").partitions, [1, 3]);
  equal(options({ isolation: "read_committed" }, "a").isReadCommitted, true);
  equal(options({ "config-opt": "isolation.level=read_committed" }, "a").isReadCommitted, true);
});

Deno.test("milena consume refuses what makes no sense, before it asks anything", async () => {
  const refused = async (args: string[], message: RegExp) => {
    const { code, err } = await milena(["consume", ...args, "-b", "127.0.0.1:1"]);
    equal(code, 2, `${args}: ${err}`);
    match(err, message);
  };
  await refused([], /consume wants a topic/);
  await refused(["t", "-o", "yesterday"], /--offset is "yesterday", but must be start, end, N/);
  await refused(["t", "-n", "0"], /--num is "0", but must be a whole number of at least 1/);
  await refused(["t", "-p", "0,x"], /--partition is "x"/);
  await refused(["t", "-g", "g", "-p", "0"], /--group and --partition/);
  await refused(["t", "-g", "g", "-o", "-5"], /milena group seek/);
  await refused(
    ["t", "-f", "jsn"],
    /--format is "jsn", but must be text, hex, json, or a template.*did you mean json/,
  );
  await refused(["t", "-f", "%q"], /at column 1 there is no %q/);
  await refused(["t", "-f", "%v", "--meta-only"], /--meta-only shows JSON/);
  await refused(["t", "--filter", "value >"], /--filter cannot be read at column/);
  await refused(["t", "--isolation", "none"], /--isolation is "none"/);
  await refused(["(", "-r"], /"\(" is no regular expression/);
});
