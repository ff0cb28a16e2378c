import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { ApiError } from "../api_error.ts";
import { parseFilter } from "./filter.ts";

const encoder = new TextEncoder();

function recordOf(value: unknown, more: { key?: string; headers?: Record<string, string | null> } = {}) {
  return {
    partition: 2,
    record: {
      offset: 15,
      timestamp: 1_700_000_000_000,
      key: more.key === undefined ? null : encoder.encode(more.key),
      value: value === undefined
        ? null
        : encoder.encode(typeof value === "string" ? value : JSON.stringify(value)),
      headers: Object.entries(more.headers ?? {}).map(([key, value]) => ({
        key,
        value: value === null ? null : encoder.encode(value),
      })),
    },
  };
}

Deno.test("Filter says of a record what its expression says", () => {
  const order = recordOf({ total: 120, lines: [{ sku: "a" }], note: null, paid: true, "x y": "z" }, {
    key: "user-1",
    headers: { region: "eu", empty: null },
  });
  const cases: readonly [filter: string, matches: boolean][] = [
    ["value.total > 100", true],
    ["value.total > 100 && headers.region == 'us'", false],
    ['value.total > 100 && headers.region == "eu"', true],
    ["value.total < 100 || value.paid", true],
    ["!value.paid", false],
    ["!(value.total < 100) && partition == 2 && offset >= 15 && timestamp == 1700000000000", true],
    ['value.lines[0].sku == "a"', true],
    ['value.lines[1].sku == "a"', false],
    ['value["x y"] == "z"', true],
    ['startswith(key, "user-") && endswith(key, "1") && contains(key, "ser")', true],
    ["contains(key, 'admin')", false],
    ["value.note == null", true],
    ["exists(value.note) && !exists(value.nothing)", true],
    ['"sku"', true],
    ['"nowhere"', false],
    ['"eu"', true],
    // What is not there is neither equal nor unequal, nor is a text a number.
    ["value.nothing == null", false],
    ["value.nothing != 1", false],
    ['value.total == "120"', false],
    ['value.total > "1"', false],
    // Not the members that every object of JavaScript has.
    ["exists(value.constructor)", false],
    ["exists(value.lines.length)", false],
    ["headers.empty == null", true],
    ["1 == 1", true],
  ];
  for (const [filter, matches] of cases) assert.equal(parseFilter(filter).matches(order), matches, filter);
  assert.equal(parseFilter("value == 5").matches(recordOf("5")), true);
  assert.equal(parseFilter('value == "5"').matches(recordOf('"5"')), true);
  assert.equal(parseFilter('value == "no json {"').matches(recordOf("no json {")), true);
  assert.equal(parseFilter("value == null").matches(recordOf(undefined)), true, "a tombstone");
  assert.equal(parseFilter("value.a == 1").matches(recordOf("{no json")), false);
  assert.equal(parseFilter('contains(value.tags, "new")').matches(recordOf({ tags: ["old", "new"] })), true);
  assert.equal(parseFilter(String.raw`key == "a\"b\nc"`).matches(recordOf(1, { key: 'a"b\nc' })), true);
  assert.equal(parseFilter(String.raw`key == 'it\'s "x"'`).matches(recordOf(1, { key: `it's "x"` })), true);
});

Deno.test("parseFilter points at the column of what cannot be read", () => {
  const cases: readonly [filter: string, column: number, says: RegExp][] = [
    ["value.n = 3", 9, /equal is ==/],
    ["", 1, /it ends where value\.NAME, key/],
    ["value.n >", 10, /it ends/],
    ["value.n == 3 value.m == 4", 14, /there is "value" where &&, \|\| or the end is wanted/],
    ["(value.n == 3", 14, /it ends where "\)" is wanted/],
    ["region == 3", 1, /"region" is not known/],
    ["matches(key, 'x')", 1, /there is no function matches/],
    ["contains(key)", 13, /","/],
    ["headers == 1", 9, /the name of one header/],
    ["value[-1] == 1", 7, /an index or a name in quotes/],
    ["key == 'x", 8, /does not end/],
    ["key == 'x' & key == 'y'", 12, /and is &&/],
    ["!".repeat(100) + "key", 65, /more than 64 deep/],
    ["(".repeat(100) + "key", 65, /more than 64 deep/],
    [`key == "${"x".repeat(5000)}"`, 4097, /more than 4096/],
  ];
  for (const [filter, column, says] of cases) {
    assert.throws(() => parseFilter(filter), (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.status, 400);
      assert.match(error.message, says, filter);
      assert.match(error.message, new RegExp(`at column ${column}:`), `${filter}: ${error.message}`);
      return true;
    });
  }
});

Deno.test("Filter agrees with JavaScript about random expressions", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const value = { a: 1, b: "x", c: { d: [true, 2, "y"] } };
  /** The filter, and what it must say of `value`. */
  const make = (depth: number): [string, boolean] => {
    const kind = depth === 0 ? 3 : random.below(5);
    if (kind === 0 || kind === 1) {
      const [left, l] = make(depth - 1);
      const [right, r] = make(depth - 1);
      return kind === 0 ? [`(${left}) && (${right})`, l && r] : [`(${left}) || (${right})`, l || r];
    }
    if (kind === 2) {
      const [inner, is] = make(depth - 1);
      return [`!(${inner})`, !is];
    }
    const number = random.below(4);
    const text = random.below(2) === 0 ? "x" : "w";
    const cases: [string, boolean][] = [
      [`value.a < ${number}`, value.a < number],
      [`value.a >= ${number}`, value.a >= number],
      [`value.b == "${text}"`, value.b === text],
      [`value.b > '${text}'`, value.b > text],
      [`value.c.d[${number}] == 2`, value.c.d[number] === 2],
      [`exists(value.c.d[${number}])`, number < 3],
      ["value.c.d[0]", true],
      ["value.zzz != 1", false],
    ];
    return cases[random.below(cases.length)]!;
  };
  for (let i = 0; i < 500; i++) {
    const [filter, expected] = make(4);
    if (filter.length > 4096) continue;
    assert.equal(parseFilter(filter).matches(recordOf(value)), expected, `seed ${seed}: ${filter}`);
  }
});
