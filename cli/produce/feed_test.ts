import { deepEqual, equal, rejects } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { STOPPED } from "../interrupt.ts";
import { Feed, FeedError, type FeedOptions } from "./feed.ts";
import type { Input } from "./input.ts";
import { type Record, textReader } from "./line_record.ts";
import type { RecordShape } from "./produce_options.ts";

const SHAPE: RecordShape = {
  topic: "orders",
  isJson: false,
  key: null,
  keyDelimiter: undefined,
  headers: [],
  partition: undefined,
  hasTombstones: false,
};
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytes = (text: string) => encoder.encode(text);
const textOf = (value: Record["value"]) =>
  value instanceof Uint8Array ? decoder.decode(value) : String(value);

function inputOf(text: string, pieceBytes = 5, name = "a.txt"): Input {
  const all = bytes(text);
  let position = 0;
  return {
    name,
    size: all.length,
    read(into) {
      if (position === all.length) return Promise.resolve(null);
      const piece = all.subarray(position, position + Math.min(pieceBytes, into.length));
      into.set(piece);
      position += piece.length;
      return Promise.resolve(piece.length);
    },
    [Symbol.dispose]: () => {},
  };
}

function feedOf(options: Partial<FeedOptions> = {}): { feed: Feed; taken: string[] } {
  const taken: string[] = [];
  const feed = new Feed({
    maxBytes: 100,
    sink: {
      append: ({ key, value }) =>
        void taken.push(key === null ? textOf(value) : `${textOf(key)}=${textOf(value)}`),
    },
    read: textReader(SHAPE),
    interrupt: { orStop: (work) => work, isRequested: false },
    onProgress: () => {},
    hasFailed: () => false,
    ...options,
  });
  return { feed, taken };
}

Deno.test("Feed hands over a record for each line, and knows where each came from", async () => {
  const { feed, taken } = feedOf();
  equal(await feed.lines(inputOf("one\n\ntwo\r\nthree")), true);
  equal(await feed.lines(inputOf("four\n", 5, "b.txt")), true);
  deepEqual(taken, ["one", "", "two", "three", "four"]);
  equal(feed.records, 5);
  equal(feed.bytes, "onetwothreefour".length);
  deepEqual([0, 3, 4].map((record) => feed.places.of(record)), [
    "line 1 of a.txt",
    "line 4 of a.txt",
    "line 1 of b.txt",
  ]);
});

Deno.test("Feed splits lines into keys and values, at the first delimiter", async () => {
  const { feed, taken } = feedOf({
    read: textReader({ ...SHAPE, keyDelimiter: bytes("::"), hasTombstones: true }),
  });
  await feed.lines(inputOf("a::1\nb::\n::c::d\n"));
  deepEqual(taken, ["a=1", "b=null", "=c::d"]);
  await rejects(
    feed.lines(inputOf("x::1\ny:2\nz::3\n")),
    new FeedError("line 2 of a.txt", new Error('there is no "::" in it (--key-delimiter)')),
  );
  deepEqual(taken.slice(3), ["x=1"], "all before it, and nothing behind it");
});

Deno.test("Feed ends at a line that is too long, and says which", async () => {
  const { feed, taken } = feedOf();
  await rejects(feed.lines(inputOf(`a\nb\n${"c".repeat(101)}\nd\n`, 1000)), {
    message: "line 3 of a.txt: it has more than the 100 bytes that a record may have",
  });
  deepEqual(taken, ["a", "b"]);
});

Deno.test("Feed ends at a record that is not taken, at once or later", async () => {
  for (const isLater of [false, true]) {
    const seen: string[] = [];
    const { feed } = feedOf({
      sink: {
        append({ value }) {
          const text = textOf(value);
          if (text !== "bad") return void seen.push(text);
          if (isLater) return Promise.reject(new Error("no room"));
          throw new Error("no room");
        },
      },
    });
    await rejects(feed.lines(inputOf("a\nbad\nb\n", 100)), { message: "line 2 of a.txt: no room" });
    deepEqual(seen, ["a"]);
  }
});

Deno.test("Feed reads nothing while what it hands over to has no room", async () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i} ${"x".repeat(random.below(60))}`);
  let isWaiting = false;
  const taken: string[] = [];
  const input = inputOf(lines.join("\n"), 37);
  const { feed } = feedOf({
    sink: {
      append({ value }) {
        equal(isWaiting, false, `seed ${seed}: nothing is handed over before the last was taken`);
        if (random.below(4) > 0) return void taken.push(textOf(value));
        isWaiting = true;
        return new Promise((resolve) =>
          setTimeout(() => {
            isWaiting = false;
            // Its bytes are still the same.
            taken.push(textOf(value));
            resolve();
          })
        );
      },
    },
  });
  const reading: Input = {
    ...input,
    read(into) {
      equal(isWaiting, false, `seed ${seed}: nothing is read meanwhile`);
      return input.read(into);
    },
  };
  equal(await feed.lines(reading), true);
  deepEqual(taken, lines, `seed ${seed}`);
});

Deno.test("Feed stops where it is told to", async () => {
  let reads = 0;
  const { feed, taken } = feedOf({
    interrupt: { orStop: (work) => ++reads > 2 ? Promise.resolve(STOPPED) : work, isRequested: false },
  });
  equal(await feed.lines(inputOf("a\nb\nc\nd\n", 2)), false);
  deepEqual(taken, ["a", "b"]);
});

Deno.test("Feed takes an input as one record, of any bytes, up to the limit", async () => {
  const { feed, taken } = feedOf();
  const text = `a\n\n${"b".repeat(97)}`;
  equal(await feed.whole(inputOf(text, 7)), true);
  equal(await feed.whole({ ...inputOf(text, 7), size: undefined }), true);
  equal(await feed.whole(inputOf("", 7)), true);
  deepEqual(taken, [text, text, ""]);
  equal(feed.places.of(1), "a.txt");
  await rejects(feed.whole(inputOf(`${text}c`, 7)), {
    message: "a.txt: it has more than the 100 bytes that a record may have",
  });
});
