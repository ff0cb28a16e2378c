import { equal } from "node:assert/strict";
import { type Command, ExitCode } from "../command.ts";
import { milena } from "../testing/milena.ts";
import { printResult } from "./format.ts";
import { formatFlag } from "./format_flag.ts";
import { tableText } from "./table.ts";

const tree: Command = {
  name: "tool",
  summary: "a tool",
  examples: [],
  commands: [{
    name: "go",
    summary: "goes",
    flags: [formatFlag],
    examples: [],
    run(invocation) {
      printResult(invocation, {
        value: [{ name: "a", size: 1, gone: undefined }],
        text: (style) => tableText(["NAME", "SIZE"], [["a", 1]], { style }),
      });
      return ExitCode.OK;
    },
  }],
};

async function said(...args: string[]): Promise<string> {
  const { code, out, err } = await milena(["go", ...args], {}, tree);
  return `${code} ${out}${err}`;
}

Deno.test("printResult writes a table, JSON or YAML, as --format says", async () => {
  equal(await said(), "0 NAME  SIZE\na        1");
  equal(await said("--format", "table"), "0 NAME  SIZE\na        1");
  equal(await said("--format=json"), '0 [\n  {\n    "name": "a",\n    "size": 1\n  }\n]');
  equal(await said("--format", "yaml"), "0 - name: a\n  size: 1");
});

Deno.test("printResult refuses another format, as a misuse", async () => {
  equal(
    await said("--format", "yml"),
    '2 milena: --format is "yml", but must be one of table, json, yaml; did you mean yaml?\nTry: tool go --help',
  );
});
