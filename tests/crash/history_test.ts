/**
 * The judge is judged: each kind of lie is told once, and found.
 * @module
 */
import assert from "node:assert/strict";
import { type Anomaly, History, recordValue } from "./history.ts";

const partition = 0;

function name(producer: string, index: number) {
  return { producer, partition, index };
}

/** A history in which "a" has sent records 0, 1, … and been told offsets 0, 1, … */
function acknowledged(count: number): History {
  const history = new History();
  for (let index = 0; index < count; index++) history.acknowledge(name("a", index), index);
  return history;
}

/** Reads records of "a" (or "producer index") from offset `from` on, and checks. */
function read(history: History, records: readonly (number | string)[], from = 0): Anomaly[] {
  const finish = history.beginCheck();
  records.forEach((record, at) => {
    const [producer, index] = typeof record === "string" ? record.split(" ") : ["a", record];
    history.poll(partition, from + at, recordValue(name(producer!, Number(index)), "x"), from + at - 1);
  });
  finish();
  history.checkPhantoms();
  return history.findings.map(({ anomaly }) => anomaly);
}

Deno.test("History finds nothing wrong where each record is at the offset that was told", () => {
  const history = acknowledged(3);
  assert.deepEqual(read(history, [0, 1, 2]), []);
  assert.deepEqual(read(history, [0, 1, 2]), []); // a second read sees the same
  history.assertSound();
  assert.deepEqual(history.figures, { acknowledged: 3, unknown: 0, polled: 6 });
});

Deno.test("History lets a failed record be there or not, but not twice", () => {
  const sent = () => {
    const history = acknowledged(1);
    history.fail(name("a", 1));
    history.acknowledge(name("a", 2), undefined);
    return history;
  };
  assert.deepEqual(read(sent(), [0, 1, 2]), []);
  assert.deepEqual(read(sent(), [0, 2]), []);
  assert.deepEqual(read(sent(), [0, 1, 1, 2]), ["duplicate"]);
  assert.deepEqual(read(sent(), [0, 1]), ["lost write"]); // acknowledged without an offset
});

Deno.test("History finds a lost write, in the middle and at the end", () => {
  const middle = acknowledged(3);
  middle.fail(name("b", 0));
  assert.deepEqual(read(middle, [0, "b 0", 2]), ["lost write"]);
  assert.deepEqual(read(acknowledged(3), [0, 1]), ["unseen"]);
});

Deno.test("History asks only for what was acknowledged before the read began", () => {
  const history = acknowledged(1);
  const finish = history.beginCheck();
  history.acknowledge(name("a", 1), 1);
  history.poll(partition, 0, recordValue(name("a", 0), "x"), -1);
  finish();
  history.assertSound();
  assert.deepEqual(read(history, [], 1), ["unseen"]);
});

Deno.test("History finds duplicates and disorder", () => {
  const twice = acknowledged(2);
  assert.deepEqual(read(twice, [0, 1, 1]), ["duplicate"]);
  const disordered = new History();
  disordered.acknowledge(name("a", 0), undefined);
  disordered.acknowledge(name("a", 1), undefined);
  assert.deepEqual(read(disordered, [1, 0]), ["reordered"]);
});

Deno.test("History finds two records at one offset", () => {
  const history = acknowledged(1);
  history.fail(name("a", 1));
  history.fail(name("a", 2));
  assert.deepEqual(read(history, [0, 1]), []);
  assert.deepEqual(read(history, [2], 1), ["inconsistent offset"]);
  const moved = acknowledged(1);
  moved.fail(name("b", 0));
  assert.deepEqual(read(moved, ["b 0", 0]), ["inconsistent offset"]);
});

Deno.test("History finds a read that jumps, offsets that fall, and records that nobody sent", () => {
  const jump = new History();
  jump.fail(name("a", 0));
  jump.poll(partition, 5, recordValue(name("a", 0), "x"), 3);
  assert.deepEqual(jump.findings.map(({ anomaly }) => anomaly), ["skipped offset"]);
  const falling = new History();
  falling.acknowledge(name("a", 0), 5);
  falling.acknowledge(name("a", 1), 4);
  assert.deepEqual(falling.findings.map(({ anomaly }) => anomaly), ["nonmonotonic send"]);
  assert.deepEqual(read(acknowledged(1), [0, 1]), ["phantom"]);
  assert.throws(() => falling.assertSound(), /nonmonotonic send: 1/);
});
