/**
 * What of the console is no drawing. The rest is tried in a browser: tests/browser.
 */
import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { bytes, count, duration, plural, seconds, short } from "./client/format.js";
import { filterOf } from "./client/live.js";
import { MessageList } from "./client/message_list.js";
import { byNewest, messageOf } from "./client/records.js";
import { linkTo, parsePlace } from "./client/router.js";

const message = (partition: number, offset: number, timestamp = offset) =>
  messageOf({ topic: "t", partition, offset, timestamp, key: null, value: "v", headers: [] });

Deno.test("format shows three digits that count, in the unit that fits", () => {
  assert.deepEqual([0, 999, 999.9, 1000, 1234, 999_960, 2.5e9].map(short), [
    "0",
    "999",
    "1 k",
    "1 k",
    "1.23 k",
    "1 M",
    "2.5 G",
  ]);
  assert.deepEqual([0, 1023, 1024, 1536, 1048576].map(bytes), ["0 B", "1023 B", "1 KiB", "1.5 KiB", "1 MiB"]);
  assert.deepEqual([0, 12e-6, 1.5e-3, 2].map(seconds), ["0", "12 µs", "1.5 ms", "2 s"]);
  assert.deepEqual([-1, 500, 90_000, 604_800_000].map(duration), ["for ever", "500 ms", "90 s", "7 d"]);
  assert.equal(count(1234567), "1,234,567");
  assert.equal(plural(1, "record"), "1 record");
  assert.equal(bytes(undefined), "–");
});

Deno.test("parsePlace reads what linkTo wrote, whatever the names have in them", () => {
  for (const name of ["orders", "a/b", "ä ?#&%", "..", "100%"]) {
    const { path, query } = parsePlace(
      linkTo(["topics", name], { search: name, partition: 0, none: undefined }),
    );
    assert.deepEqual(path, ["topics", name]);
    assert.deepEqual(query, { search: name, partition: "0" });
  }
  assert.deepEqual(parsePlace("").path, ["topics"]);
});

Deno.test("filterOf takes expressions as they are, and other words as a text", () => {
  for (
    const one of [
      "value.total > 100",
      "key == 'a'",
      "!(partition == 1)",
      'contains(key, "x")',
      '"eu" && key == "x"',
    ]
  ) {
    assert.equal(filterOf(one), one);
  }
  for (const one of ["needle", "value", "keyboard", 'say "hi"', "a == b", "value add"]) {
    assert.equal(filterOf(one), JSON.stringify(one));
  }
});

Deno.test("MessageList has no record twice, keeps its bound, and stays at the selected record", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const list = new MessageList();
  list.append(Array.from({ length: 100 }, (_, i) => message(0, 99 - i)));
  list.select(40);
  const chosen = list.current;
  let next = 100;
  for (let i = 0; i < 400; i++) {
    const size = random.below(12);
    // Some are sent again, as after a lost connection.
    const from = Math.max(0, next - random.below(5));
    next = Math.max(next, from + size);
    list.prepend(Array.from({ length: size }, (_, n) => message(0, from + n)));
    assert.equal(list.current, chosen, `seed ${seed}, turn ${i}`);
    assert.deepEqual(
      list.messages.map(({ offset }) => offset),
      Array.from({ length: next }, (_, n) => next - 1 - n),
    );
  }
  const all = Array.from({ length: 6000 }, (_, n) => message(1, n));
  assert.equal(list.prepend(all), 6000);
  assert.equal(list.messages.length, 5000);
  assert.deepEqual(list.dropped, new Map([[0, next], [1, 1000]]));
});

Deno.test("MessageList follows the newest until another is selected", () => {
  const list = new MessageList();
  list.prepend([message(0, 1)]);
  assert.equal(list.current?.offset, 1);
  list.prepend([message(0, 2), message(0, 3)]);
  assert.equal(list.current?.offset, 3);
  list.select(1);
  list.prepend([message(0, 4)]);
  assert.equal(list.current?.offset, 2);
  list.select(0);
  list.prepend([message(0, 5)]);
  assert.equal(list.current?.offset, 5);
});

Deno.test("byNewest orders by time over partitions, and by offset within one", () => {
  const shuffled = [message(0, 5, 10), message(0, 6, 9), message(1, 0, 30)];
  assert.deepEqual(shuffled.sort(byNewest).map(({ partition, offset }) => `${partition}:${offset}`), [
    "1:0",
    "0:6",
    "0:5",
  ]);
});
