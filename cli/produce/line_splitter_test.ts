import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { type LineLimits, LineSplitter, LongLineError } from "./line_splitter.ts";

const encoder = new TextEncoder();
const latin = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

/** The lines of `bytes` as they come in pieces of what `sizes` gives. */
function split(bytes: Uint8Array, limits: LineLimits, sizes: () => number): string[] {
  const splitter = new LineSplitter(limits);
  const lines: string[] = [];
  for (let position = 0; position < bytes.length;) {
    const room = splitter.room();
    ok(room.length > 0);
    const count = Math.min(sizes(), room.length, bytes.length - position);
    room.set(bytes.subarray(position, position + count));
    splitter.filled(count);
    position += count;
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(latin(line));
  }
  const last = splitter.last();
  if (last !== undefined) lines.push(latin(last));
  equal(splitter.lines, lines.length);
  return lines;
}

const LIMITS = { maxBytes: 1000 };

Deno.test("LineSplitter gives lines without what ends them, the last one also if nothing does", () => {
  const lines = (text: string, limits: LineLimits = LIMITS) => split(encoder.encode(text), limits, () => 3);
  deepEqual(lines("one\n\ntwo\r\nthree"), ["one", "", "two", "three"]);
  deepEqual(lines("one\n"), ["one"]);
  deepEqual(lines(""), []);
  deepEqual(lines("\n"), [""]);
  deepEqual(lines("a\rb\r\r\n\r"), ["a\rb\r", ""]);
  deepEqual(lines("one\r\n\0two", { ...LIMITS, delimiter: 0 }), ["one\r\n", "two"]);
});

Deno.test("LineSplitter gives the same lines however their bytes come", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const bytes = new Uint8Array(random.below(3000));
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.pick([0x0a, 0x0d, 0x61, 0x62, 0x63, 0x00, 0xff]);
    const delimiter = random.pick([0x0a, 0x61]);
    const text = latin(bytes);
    const expected = text.split(delimiter === 0x0a ? "\n" : "a")
      .map((line) => delimiter === 0x0a ? line.replace(/\r$/, "") : line);
    // What ends with a delimiter has no line behind it; a lone carriage return at the end is one, and is empty.
    if (text === "" || text.endsWith(delimiter === 0x0a ? "\n" : "a")) expected.pop();
    const most = random.pick([1, 7, 5000]);
    const lines = split(bytes, { maxBytes: 4000, delimiter }, () => 1 + random.below(most));
    deepEqual(lines, expected, `seed ${seed}, round ${round}`);
  }
});

Deno.test("LineSplitter gives lines that are longer than what is read at once", () => {
  const maxBytes = 5 * 1024 * 1024;
  const lines = ["a".repeat(maxBytes), "b", "c".repeat(2 * 1024 * 1024), "d"];
  const bytes = encoder.encode(lines.join("\r\n"));
  deepEqual(split(bytes, { maxBytes }, () => 300_000), lines);
});

Deno.test("LineSplitter refuses a line that is too long, with or without its end, and gives what was before it", () => {
  const fits = "x".repeat(1000);
  for (const end of ["", "\n", "\r\n"]) deepEqual(split(encoder.encode(fits + end), LIMITS, () => 7), [fits]);
  for (const end of ["", "\n", "\r\n", "y\r\n", "y".repeat(5000)]) {
    const splitter = new LineSplitter(LIMITS);
    const bytes = encoder.encode(`a\nb\n${fits}y${end}`);
    splitter.room().set(bytes);
    splitter.filled(bytes.length);
    equal(latin(splitter.next()!), "a");
    equal(latin(splitter.next()!), "b");
    throws(() => splitter.next() ?? splitter.last(), LongLineError, JSON.stringify(end.slice(0, 5)));
    equal(splitter.lines, 2, "the one that is wrong is line 3");
  }
});

Deno.test("LineSplitter holds no more than a line and what is read at once", () => {
  const splitter = new LineSplitter({ maxBytes: 1024 * 1024 });
  let most = 0;
  for (let i = 0; i < 200; i++) {
    const room = splitter.room();
    most = Math.max(most, room.buffer.byteLength);
    room.fill(0x61);
    room[room.length - 1] = 0x0a;
    splitter.filled(room.length);
    while (splitter.next() !== undefined);
  }
  ok(most <= 4 * 1024 * 1024, `${most} bytes`);
});
