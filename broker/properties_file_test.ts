import { deepEqual, equal } from "node:assert/strict";
import { parseProperties } from "./properties_file.ts";

function asObject(text: string): Record<string, string> {
  return Object.fromEntries(parseProperties(text).map(({ name, value }) => [name, value]));
}

Deno.test("parseProperties reads what Kafka's own server.properties is made of", () => {
  deepEqual(
    parseProperties(
      "# The role\nprocess.roles=broker,controller\n\n! also a comment\nnode.id = 1\n  num.partitions: 3\n",
    ),
    [
      { name: "process.roles", value: "broker,controller", line: 2 },
      { name: "node.id", value: "1", line: 5 },
      { name: "num.partitions", value: "3", line: 6 },
    ],
  );
});

Deno.test("parseProperties keeps the separators that belong to a value", () => {
  deepEqual(asObject("listeners=PLAINTEXT://:9092\na b=c\n"), { listeners: "PLAINTEXT://:9092", a: "b=c" });
});

Deno.test("parseProperties joins continued lines and tells the line they start on", () => {
  deepEqual(parseProperties("a=1\nlisteners=A://:1,\\\n    B://:2\nb=2"), [
    { name: "a", value: "1", line: 1 },
    { name: "listeners", value: "A://:1,B://:2", line: 2 },
    { name: "b", value: "2", line: 4 },
  ]);
});

Deno.test("parseProperties takes an even number of backslashes as backslashes", () => {
  deepEqual(asObject("path=C:\\\\\nnext=1"), { path: "C:\\", next: "1" });
});

Deno.test("parseProperties understands escapes", () => {
  deepEqual(asObject("a\\=b\\:c\\ d=\\tx\\u0041\\q"), { "a=b:c d": "\txAq" });
});

Deno.test("parseProperties does not continue a comment", () => {
  deepEqual(asObject("# comment \\\na=1"), { a: "1" });
});

Deno.test("parseProperties reads names without values, carriage returns and a last line without an end", () => {
  deepEqual(asObject("empty=\r\nbare\r\nlast=x\\"), { empty: "", bare: "", last: "x" });
  equal(parseProperties("").length, 0);
});

Deno.test("parseProperties gives a name that comes twice twice", () => {
  deepEqual(parseProperties("a=1\na=2").map(({ value }) => value), ["1", "2"]);
});
