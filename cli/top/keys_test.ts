import { deepEqual, equal } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { type Key, KeyParser } from "./keys.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const shown = (keys: readonly Key[]) =>
  keys.map((key) => key.kind === "text" ? key.text : `<${key.name}>`).join("");

/** What all of `text` is, if it comes at once and nothing follows. */
function keysOf(text: string): string {
  const parser = new KeyParser();
  return shown([...parser.push(bytes(text)), ...parser.flush()]);
}

Deno.test("KeyParser knows characters, controls and the sequences of keys", () => {
  equal(keysOf("aé日😀"), "aé日😀");
  equal(keysOf("\x1b[A\x1b[B\x1b[C\x1b[D"), "<up><down><right><left>");
  equal(keysOf("\x1bOA\x1bOH\x1bOF"), "<up><home><end>");
  equal(keysOf("\x1b[5~\x1b[6~\x1b[1~\x1b[4~\x1b[7~\x1b[8~"), "<page-up><page-down><home><end><home><end>");
  equal(
    keysOf("\t\x1b[Z\r\n\x7f\b\x03\x0c\x15\x17"),
    "<tab><back-tab><enter><enter><backspace><backspace><interrupt>" +
      "<redraw><erase-line><erase-word>",
  );
  equal(keysOf("\x1b[1;5A"), "<up>");
});

Deno.test("KeyParser leaves out what means nothing: other sequences as a whole, Alt and a character, controls", () => {
  equal(keysOf("\x1b[15~a\x1b[<0;3;4Mb\x1bOPc"), "abc");
  equal(keysOf("\x1bqx"), "x", "Alt-q is not Escape and then q, which would quit");
  equal(keysOf("\x01\x00x"), "x");
});

Deno.test("KeyParser takes an escape for the key only when nothing has followed", () => {
  const parser = new KeyParser();
  deepEqual(parser.push(bytes("\x1b")), []);
  equal(parser.isUnfinished, true);
  equal(shown(parser.flush()), "<escape>");
  equal(parser.isUnfinished, false);
  deepEqual(parser.push(bytes("\x1b")), []);
  equal(shown(parser.push(bytes("[A"))), "<up>");
  equal(keysOf("\x1b\x1b"), "<escape><escape>");
});

Deno.test("KeyParser gives up a sequence without an end, and is itself again", () => {
  const parser = new KeyParser();
  parser.push(bytes(`\x1b[${"1;".repeat(100)}`));
  parser.flush();
  equal(shown(parser.push(bytes("q"))), "q");
});

const seed = testSeed();
Deno.test(`KeyParser gives the same keys in whatever pieces bytes come (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const pieces = ["a", "日", "😀", "\x1b[A", "\x1bOB", "\x1b[5~", "\x1b[1;2C", "\t", "\x7f"];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 8 }, () => random.pick(pieces)).join("");
    const parser = new KeyParser();
    const keys: Key[] = [];
    const all = bytes(text);
    for (let at = 0; at < all.length;) {
      const length = 1 + random.below(4);
      keys.push(...parser.push(all.subarray(at, at + length)));
      at += length;
    }
    equal(shown([...keys, ...parser.flush()]), keysOf(text), JSON.stringify(text));
  }
});
