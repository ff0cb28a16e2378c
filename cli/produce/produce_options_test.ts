import { deepEqual, equal, match } from "node:assert/strict";
import { FlagValues } from "../command.ts";
import { milena } from "../testing/milena.ts";
import { quietTerminal } from "../testing/quiet_terminal.ts";
import { type ProduceOptions, produceOptions } from "./produce_options.ts";

function options(
  flags: Readonly<{ [name: string]: string | string[] }>,
  ...operands: string[]
): ProduceOptions {
  const values = new Map(Object.entries(flags).map(([name, value]) => [name, [value].flat()]));
  return produceOptions({ flags: new FlagValues(values), operands, terminal: quietTerminal });
}

Deno.test("produceOptions has lines of standard input as values unless told otherwise", () => {
  const { files, shape, config, maxBytes } = options({}, "orders");
  deepEqual(files, ["-"]);
  equal(shape.isJson, false);
  deepEqual(shape.headers, []);
  equal(maxBytes, 1_048_576);
  equal(config["batch.size"], 262_144);
});

Deno.test("produceOptions takes delimiters with escapes, headers with and without a value, configs by flag and by name", () => {
  const { shape, delimiter, config, maxBytes } = options({
    "key-delimiter": "\\t",
    "delimiter": "\\0",
    "header": ["a=b=c", "none", "empty="],
    "compression": "lz4",
    "acks": "1",
    "config-opt": ["max.request.size=5000", "batch.size=1"],
  }, "orders");
  deepEqual(shape.keyDelimiter, Uint8Array.of(9));
  equal(delimiter, 0);
  deepEqual(shape.headers, [{ key: "a", value: "b=c" }, { key: "none", value: null }, {
    key: "empty",
    value: "",
  }]);
  equal(config["compression.type"], "lz4");
  equal(config.acks, "1");
  equal(config["batch.size"], "1");
  equal(maxBytes, 5000);
});

Deno.test("milena produce refuses what makes no sense, before it reads or asks anything", async () => {
  const refused = async (args: string[], message: RegExp) => {
    const { code, err } = await milena(["produce", ...args, "-b", "127.0.0.1:1"]);
    equal(code, 2, `${args}: ${err}`);
    match(err, message);
  };
  await refused([], /produce wants a topic/);
  await refused(["t", "--input", "xml"], /--input is "xml", but must be text or json/);
  await refused(["t", "--input", "json", "-k", "a"], /--key is for --input text/);
  await refused(["t", "-K", ",", "-k", "a"], /--key-delimiter can't go with --key/);
  await refused(["t", "-K", ",", "--whole-file"], /--key-delimiter can't go with --whole-file/);
  await refused(["t", "-D", "ab"], /--delimiter is "ab", but must be one byte/);
  await refused(["t", "-D", "\\q"], /where a backslash may begin only/);
  await refused(["t", "-H", "=x"], /--header is "=x", but must be NAME=VALUE/);
  await refused(["t", "-p", "x"], /--partition is "x", but must be a whole number/);
  await refused(
    ["t", "-z", "brotli"],
    /--compression is "brotli", but must be one of none, gzip, snappy, lz4, zstd/,
  );
  await refused(["t", "-X", "linger=1"], /has no config "linger"; did you mean linger.ms\?/);
  await refused(["t", "/no/such/file"], /\/no\/such\/file: there is no such file/);
  await refused(["t", "/tmp"], /\/tmp: it is a directory/);
});
