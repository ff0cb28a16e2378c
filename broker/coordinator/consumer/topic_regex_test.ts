import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { TopicRegex } from "./topic_regex.ts";
import { RegexSyntaxError } from "./topic_regex_parser.ts";

/** What of `names` each pattern matches, wholly. */
function matched(pattern: string, names: string): string {
  const regex = new TopicRegex(pattern);
  return names.split(" ").filter((name) => regex.matches(name)).join(" ");
}

Deno.test("TopicRegex matches the whole name", () => {
  assert.equal(matched("foo", "foo foobar barfoo fo"), "foo");
  assert.equal(matched("foo.*", "foo foobar barfoo fo"), "foo foobar");
  assert.equal(matched("a|ab", "a ab abc"), "a ab");
  assert.equal(matched("^foo$", "foo foob"), "foo");
  assert.equal(matched("", "a"), "");
  assert.ok(new TopicRegex("").matches(""));
});

Deno.test("TopicRegex knows the usual syntax of RE2", () => {
  assert.equal(
    matched("orders-[0-9]{2,3}", "orders-1 orders-12 orders-123 orders-1234"),
    "orders-12 orders-123",
  );
  assert.equal(matched("orders-\\d+", "orders-1 orders-12 orders-x"), "orders-1 orders-12");
  assert.equal(matched("a.c", "abc a.c a-c ac"), "abc a.c a-c");
  assert.equal(matched("a\\.c", "abc a.c"), "a.c");
  assert.equal(matched("[^a-c]+", "abc def d-f daf"), "def d-f");
  assert.equal(matched("[]a-]+", "a- b"), "a-");
  assert.equal(matched("[[:alpha:]_]+", "a_b a1"), "a_b");
  assert.equal(matched("[\\w.]+", "a_1.b a-b"), "a_1.b");
  assert.equal(matched("(?:x|y)(?P<rest>z+?)?", "x y xz yzz z"), "x y xz yzz");
  assert.equal(matched("(?i)FOO(?-i:Bar)", "fooBar foobar FOOBar"), "fooBar FOOBar");
  assert.equal(matched("(?i:a)b", "ab Ab AB"), "ab Ab");
  assert.equal(matched("\\Qa.b\\E+", "a.b a.bb a.ba.b aXb"), "a.b a.bb");
  assert.equal(matched("\\Aa\\x62\\x{63}\\z", "abc ab"), "abc");
  assert.equal(matched("\\p{Lu}\\pL*\\PN", "Abc abc A1"), "Abc");
  assert.equal(matched("a\\b.*", "a a.b ab a-"), "a a.b a-");
  assert.equal(matched("a\\B.*", "a a.b ab a-"), "ab");
  assert.equal(matched("x{,3}", "x{,3} xxx"), "x{,3}");
  assert.equal(matched("(a*)*b", "b aab a"), "b aab");
});

Deno.test("TopicRegex says what it can't read", () => {
  const refusals: [pattern: string, why: RegExp][] = [
    ["foo(", /missing \)/],
    ["foo)", /unexpected \)/],
    ["[a-", /missing \]/],
    ["[z-a]", /range/],
    ["*a", /nothing before/],
    ["a**", /repetition of a repetition/],
    ["a{2}{3}", /repetition of a repetition/],
    ["a{3,2}", /repetition/],
    ["a{1001}", /at most 1000/],
    ["(?=a)", /not known/],
    ["(a)\\1", /\\1/],
    ["\\p{Nonsense}", /Nonsense/],
    ["a\\", /at the end/],
    ["((a{100}){100}){100}", /more than 1000 parts/],
    ["(((){1000}){1000}){1000}", /more than 1000 parts/],
    ["(".repeat(300) + ")".repeat(300), /deeper than 200/],
    ["a".repeat(5000), /5000 characters/],
  ];
  for (const [pattern, why] of refusals) {
    assert.throws(() => new TopicRegex(pattern), (error) => {
      assert.ok(error instanceof RegexSyntaxError, `${pattern}: ${error}`);
      assert.match(error.message, why);
      return true;
    }, pattern);
  }
});

Deno.test("TopicRegex takes its time from the name's length where others go back and try again", () => {
  // An engine that goes back takes 2^200 steps for each.
  const name = `${"a".repeat(248)}!`.slice(0, 249);
  for (const pattern of ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(a*)*b", "(.*a){20}b"]) {
    assert.equal(new TopicRegex(pattern).matches(name), false);
  }
});

Deno.test("TopicRegex forgets what it remembers before that is too much", () => {
  // Each name of eight letters comes to another set of ways.
  const regex = new TopicRegex(".*a.{12}");
  const random = new SeededRandom(testSeed());
  for (let index = 0; index < 3000; index++) {
    const name = Array.from({ length: 20 }, () => random.below(2) === 0 ? "a" : "b").join("");
    assert.equal(regex.matches(name), name[7] === "a", name);
  }
});

Deno.test("TopicRegex agrees with JavaScript's engine on random expressions", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const pick = <T>(list: readonly T[]) => list[random.below(list.length)]!;
  const atoms = [
    "a",
    "b",
    "-",
    "\\.",
    ".",
    "[ab]",
    "[^a]",
    "\\w",
    "\\d",
    "[a-c1]",
    "1",
    "\\b",
    "^",
    "$",
    "\\S",
  ];
  function expression(depth: number): string {
    const kind = depth === 0 ? 0 : random.below(5);
    if (kind === 1) return `${expression(depth - 1)}|${expression(depth - 1)}`;
    if (kind === 2) {
      return `(${expression(depth - 1)})${pick(["", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"])}`;
    }
    if (kind === 3) return `${expression(depth - 1)}${expression(depth - 1)}`;
    return `(?:${pick(atoms)})${pick(["", "", "*", "+", "?"])}`;
  }
  let matches = 0;
  for (let index = 0; index < 3000; index++) {
    const pattern = expression(4);
    const ours = new TopicRegex(pattern);
    const theirs = new RegExp(`^(?:${pattern})$`);
    for (let count = 0; count < 5; count++) {
      const name = Array.from({ length: random.below(7) }, () => pick(["a", "b", "c", "1", "-", "."])).join(
        "",
      );
      const expected = theirs.test(name);
      if (expected) matches++;
      assert.equal(ours.matches(name), expected, `seed ${seed}: ${pattern} on "${name}"`);
    }
  }
  assert.ok(matches > 1000, `only ${matches} matches: the test proves little`);
});
