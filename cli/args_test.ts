import { deepEqual, equal } from "node:assert/strict";
import { parseLine, pathName } from "./args.ts";
import type { Command } from "./command.ts";

const run = () => 0;
const examples = [{ line: "tool go", summary: "goes" }];
const root: Command = {
  name: "tool",
  summary: "a tool",
  examples,
  commands: [
    {
      name: "go",
      summary: "goes",
      examples,
      run,
      flags: [
        { name: "fast", short: "f", summary: "faster" },
        { name: "to", short: "t", value: "PLACE", summary: "where" },
        { name: "via", value: "PLACE", isRepeatable: true, summary: "on the way" },
      ],
    },
    { name: "say", summary: "speaks", examples, operands: "WORD …", run },
    {
      name: "road",
      summary: "about roads",
      examples,
      commands: [{ name: "list", summary: "all of them", examples, run }],
    },
  ],
};

/** What a line comes to, short enough to compare. */
function parse(...args: string[]) {
  const line = parseLine(root, args);
  const path = pathName(line.path);
  if (line.kind === "misuse") return `${path}: ${line.message}`;
  if (line.kind === "help") return `help of ${path}`;
  const { flags, operands } = line;
  return { path, fast: flags.isOn("fast"), to: flags.text("to"), via: flags.texts("via"), operands };
}

const nothing = { fast: false, to: undefined, via: [], operands: [] };

Deno.test("parseLine finds commands, flags and words", () => {
  deepEqual(parse("go"), { ...nothing, path: "tool go" });
  deepEqual(parse("go", "--to", "Prague", "--fast", "--via=a", "--via", "b=c"), {
    path: "tool go",
    fast: true,
    to: "Prague",
    via: ["a", "b=c"],
    operands: [],
  });
  deepEqual(parse("road", "list"), { ...nothing, path: "tool road list" });
  deepEqual(parse("say", "one", "two"), { ...nothing, path: "tool say", operands: ["one", "two"] });
  deepEqual(parse("go", "--to=--odd"), { ...nothing, path: "tool go", to: "--odd" });
});

Deno.test("parseLine takes one letter for a flag, with its value behind it in any of the usual ways", () => {
  const there = { ...nothing, path: "tool go", to: "Prague" };
  deepEqual(parse("go", "-t", "Prague"), there);
  deepEqual(parse("go", "-tPrague"), there);
  deepEqual(parse("go", "-t=Prague"), there);
  deepEqual(parse("go", "-ft", "Prague"), { ...there, fast: true });
  deepEqual(parse("go", "-t", "-10"), { ...there, to: "-10" }, "an offset from the end");
  deepEqual(parse("go", "-t", "-"), { ...there, to: "-" }, "standard input");
  deepEqual(parse("go", "-t", "a=b"), { ...there, to: "a=b" });
});

Deno.test("parseLine says what is wrong with one letter", () => {
  equal(parse("go", "-t"), "tool go: -t wants a value: -t PLACE");
  equal(parse("go", "-t", "-f"), "tool go: -t wants a value: -t PLACE");
  equal(parse("go", "-t", "a", "--to", "b"), "tool go: --to is given more than once");
});

Deno.test("parseLine gives help wherever it is asked for", () => {
  equal(parse("--help"), "help of tool");
  equal(parse("-h"), "help of tool");
  equal(parse("--help", "go"), "help of tool go");
  equal(parse("go", "--help"), "help of tool go");
  equal(parse("go", "--to", "x", "-h"), "help of tool go");
  equal(parse("road", "--help"), "help of tool road");
  equal(parse("road", "list", "--help"), "help of tool road list");
});

Deno.test("parseLine names the command that was probably meant", () => {
  equal(parse("sya"), "tool: sya is no command of tool; did you mean say?");
  equal(parse("road", "lst"), "tool road: lst is no command of tool road; did you mean list?");
  equal(parse("zzzzz"), "tool: zzzzz is no command of tool");
});

Deno.test("parseLine names the flag that was probably meant", () => {
  equal(parse("go", "--fats"), "tool go: --fats is no flag of tool go; did you mean --fast?");
  equal(parse("go", "--fsat=1"), "tool go: --fsat is no flag of tool go; did you mean --fast?");
  equal(parse("--fast", "go"), "tool: --fast is no flag of tool");
  equal(parse("go", "-x"), "tool go: -x is no flag of tool go");
});

Deno.test("parseLine refuses a flag without its value, and a switch with one", () => {
  equal(parse("go", "--to"), "tool go: --to wants a value: --to PLACE");
  equal(parse("go", "--to", "--fast"), "tool go: --to wants a value: --to PLACE");
  equal(parse("go", "--fast=yes"), 'tool go: --fast takes no value, but was given "yes"');
});

Deno.test("parseLine refuses a flag that comes twice, unless it may", () => {
  equal(parse("go", "--to", "a", "--to", "b"), "tool go: --to is given more than once");
});

Deno.test("parseLine refuses words where none are taken, and finds the flag in them", () => {
  equal(
    parse("go", "fast"),
    'tool go: tool go takes no words but flags, and was given "fast"; did you mean --fast?',
  );
  equal(parse("go", "west"), 'tool go: tool go takes no words but flags, and was given "west"');
});

Deno.test("parseLine says which commands there are where one is missing", () => {
  equal(parse("road"), "tool road: tool road wants a command: list");
});
