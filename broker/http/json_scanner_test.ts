import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { isJson, JsonError, JsonScanner, MAX_DEPTH } from "./json_scanner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function raw(text: string): string {
  const scanner = new JsonScanner(encoder.encode(text));
  const bytes = scanner.raw();
  scanner.end();
  return decoder.decode(bytes);
}

function failure(text: string): string {
  try {
    raw(text);
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted ${text}` });
}

Deno.test("JsonScanner.raw() keeps numbers, order and escapes when it drops white space", () => {
  const text =
    '  { "b" : 12345678901234567890.50e+3 ,\r\n\t"a": [ 1 , "x  y\\" \\u00e9 ", {} , [ ] ], "b": -0 } ';
  assert.equal(raw(text), '{"b":12345678901234567890.50e+3,"a":[1,"x  y\\" \\u00e9 ",{},[]],"b":-0}');
});

Deno.test("JsonScanner.raw() returns a view when there is nothing to drop", () => {
  const bytes = encoder.encode(' {"a":[1,2]} ');
  const value = new JsonScanner(bytes).raw();
  assert.equal(value.buffer, bytes.buffer);
  assert.equal(decoder.decode(value), '{"a":[1,2]}');
});

Deno.test("JsonScanner says line, column and what stands there when a text breaks", () => {
  assert.equal(failure('{"a":\n  }'), 'At line 2, column 3: a value was expected, but "}" stands there.');
  assert.equal(failure('{"é":1 2}'), 'At line 1, column 8: "," or "}" was expected, but "2}" stands there.');
  assert.equal(failure("[1,"), "At line 1, column 4: a value was expected, but the text ends there.");
  assert.match(failure('["abc'), /column 2: a string that ends with a double quote was expected/);
  assert.match(failure('"\\x"'), /after a backslash/);
  assert.match(failure('"a\nb"'), /must be escaped/);
  assert.match(failure("{a:1}"), /a member name in double quotes was expected, but "a:1}" stands there/);
  assert.match(failure("[1] [2]"), /the end was expected/);
});

Deno.test("JsonScanner refuses deep texts when they would exhaust the stack", () => {
  const deep = "[".repeat(1_000_000);
  assert.match(failure(deep), new RegExp(`at most ${MAX_DEPTH} levels`));
  assert.equal(raw("[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH)).length, 2 * MAX_DEPTH);
});

Deno.test("JsonScanner pulls members and elements when it is asked for them", () => {
  const scanner = new JsonScanner(encoder.encode('{ "n\\u0061me" : [ 5, "t\\n" , null , true ] , "z":{}}'));
  scanner.openObject("it");
  assert.equal(scanner.nextMember(true), "name");
  scanner.openArray("list");
  assert.ok(scanner.nextElement(true));
  assert.equal(scanner.integer("n", 0, 10), 5);
  assert.ok(scanner.nextElement(false));
  assert.equal(scanner.string("s"), "t\n");
  assert.ok(scanner.nextElement(false));
  scanner.null();
  assert.ok(scanner.nextElement(false));
  assert.equal(scanner.peek(), "boolean");
  scanner.skip();
  assert.equal(scanner.nextElement(false), false);
  assert.equal(scanner.nextMember(false), "z");
  scanner.skip();
  assert.equal(scanner.nextMember(false), undefined);
  scanner.end();
});

Deno.test("JsonScanner.integer() names the bounds when a number is outside", () => {
  const wrong = ["-1", "11", "1.5", "1e400"];
  for (const text of wrong) {
    const scanner = new JsonScanner(encoder.encode(text));
    assert.throws(() => scanner.integer("n", 0, 10), /n must be a whole number from 0 to 10/, text);
  }
});

Deno.test("isJson() agrees with JSON.parse when texts are mutated at random", () => {
  const seed = testSeed();
  const generator = new SeededRandom(seed);
  const random = (below: number) => generator.below(below);
  const seeds = [
    '{"a":[1,-2.5e10,"x\\u00e9\\n",null,true,false,{}],"b":{"c":[]}}',
    '  "plain" ',
    "[0,01,1.,.5,-,+1,1e,1e+5]",
    "nullx",
    '{"é":"ü"}',
  ];
  const alphabet = '{}[]",:0123456789eE+-.\\u tfn\n\tabé';
  for (let round = 0; round < 20_000; round++) {
    const characters = [...seeds[random(seeds.length)]!];
    for (let n = random(4); n > 0; n--) {
      const at = random(characters.length + 1);
      characters.splice(at, random(3), alphabet[random(alphabet.length)]!);
    }
    const text = characters.join("");
    let expected = true;
    try {
      JSON.parse(text);
    } catch {
      expected = false;
    }
    assert.equal(isJson(encoder.encode(text)), expected, `seed ${seed}, round ${round}: ${text}`);
    if (expected) assert.deepEqual(JSON.parse(raw(text)), JSON.parse(text), `seed ${seed}: ${text}`);
  }
});

Deno.test("isJson() is false when the bytes are not UTF-8", () => {
  assert.equal(isJson(new Uint8Array([0x22, 0xff, 0x22])), false);
  assert.equal(isJson(new Uint8Array()), false);
});

Deno.test("isJson() agrees with JSON.parse about words, times and short texts", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const parts = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "a",
    ":",
    ",",
    "1",
    "-",
    ".",
    "e",
    "+",
    "0",
    "true",
    "null",
    "fals",
    " ",
    "\n",
  ];
  const parses = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const texts = [
    ...[
      "",
      " ",
      "1",
      " -1.5e+3 ",
      "01",
      "2026-11-25",
      "2026-11-25T12:00:00Z line",
      "[info] x",
      "[1]\n",
      '"',
      '""',
      '" "',
    ],
    ...[
      "true",
      " false\t",
      "nul",
      "nothing",
      '{"a":[1,{}]}',
      "{}}",
      "-",
      "1-",
      "\u00a01",
      "\ufeff1",
      "e1",
      "+1",
    ],
    ...Array.from(
      { length: 3000 },
      () => Array.from({ length: random.below(6) }, () => random.pick(parts)).join(""),
    ),
  ];
  for (const text of texts) {
    assert.equal(isJson(encoder.encode(text)), parses(text), `seed ${seed}: ${JSON.stringify(text)}`);
  }
});
