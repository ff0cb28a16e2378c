/** What is written is read back by a parser of YAML that others have made, in both versions of it. */
import { deepEqual, equal } from "node:assert/strict";
import { parse } from "yaml";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import type { Json } from "./json.ts";
import { yamlText } from "./yaml.ts";

function holds(value: Json): void {
  const text = yamlText(value);
  for (const version of ["1.1", "1.2"] as const) {
    deepEqual(parse(text, { version }), value, `as YAML ${version}:\n${text}`);
  }
}

Deno.test("yamlText is a block of lines that people can read", () => {
  equal(
    yamlText({
      name: "orders",
      internal: false,
      configs: {},
      partitions: [{ partition: 0, replicas: [1, 2] }, { partition: 1, leader: null, replicas: [] }],
      nested: [[1, [2]], "a b"],
      left: undefined,
    }),
    `name: orders
internal: false
configs: {}
partitions:
  - partition: 0
    replicas:
      - 1
      - 2
  - partition: 1
    leader: null
    replicas: []
nested:
  - - 1
    - - 2
  - a b`,
  );
  equal(yamlText([]), "[]");
  equal(yamlText("127.0.0.1:9092"), '"127.0.0.1:9092"');
});

Deno.test("yamlText quotes every text that could be something else", () => {
  const words =
    "true Yes NO on off y N null Null ~ = << . .. .inf -.INF .nan 0 -1 1_000 0x1f 0o7 017 1e3 1.5e+3 .5 " +
    "12:30:45 2026-01-02 2026-01-02T03:04:05Z - -- --- ... ? : a: :a #a a# &a *a !a !!str |a >a %a @a `a [a {a a,b " +
    "'a \"a \\a /var/lib a/b _a a.b a-b a_b";
  for (const text of words.split(" ")) holds([text, { [text]: text }]);
  for (
    const text of [
      "",
      " ",
      " a",
      "a ",
      "a  b",
      "a: b",
      "a #b",
      "a\nb",
      "a\n",
      "\n",
      "a\tb",
      "\r\n",
      "\u0000",
      "\u001b[31m",
      "\u007f",
      "\u0085",
      "\u2028",
      "\ufeff",
      "\ufffe",
      "\ud800",
      "ä",
      "日本",
      "😀",
      "- a",
      "a:",
      "a - b",
      "a null",
    ]
  ) holds([text, { [text]: text }]);
});

Deno.test("yamlText writes numbers that are numbers again", () => {
  holds([0, -1, 9007199254740991, 0.1, -2.5, 1e21, -1e21, 1.5e300, 1e-7, 5e-324]);
});

const seed = testSeed();
Deno.test(`yamlText of 2,000 random values is read back (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const letters = [..."ab 01-:#\n'\"\\~[]{},&*!|>%@`?=._/\t\u0085é😀"];
  const text = () => Array.from({ length: random.below(6) }, () => random.pick(letters)).join("");
  const value = (depth: number): Json => {
    switch (random.below(depth > 3 ? 4 : 6)) {
      case 0:
        return random.below(2) === 0;
      case 1:
        return null;
      case 2:
        return (random.uint32() - 2 ** 31) / 2 ** random.below(40);
      case 3:
        return text();
      case 4:
        return Array.from({ length: random.below(4) }, () => value(depth + 1));
      default:
        return Object.fromEntries(Array.from({ length: random.below(4) }, () => [text(), value(depth + 1)]));
    }
  };
  for (let round = 0; round < 2000; round++) holds(value(0));
});
