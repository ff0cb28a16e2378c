import { deepEqual, equal } from "node:assert/strict";
import { ringInts, SlotRing } from "./slot_ring.ts";

function ring(capacity: number): SlotRing {
  return new SlotRing(new Int32Array(new SharedArrayBuffer(4 * ringInts(capacity))));
}

Deno.test("SlotRing gives numbers in the order that they were pushed, and -1 when there are none", () => {
  const numbers = ring(4);
  equal(numbers.take(), -1);
  for (const value of [7, 0, 3, 9]) numbers.push(value);
  deepEqual([1, 2, 3, 4, 5].map(() => numbers.take()), [7, 0, 3, 9, -1]);
});

Deno.test("SlotRing goes round and round", () => {
  const numbers = ring(4);
  for (let value = 0; value < 1000; value++) {
    numbers.push(value);
    if (value % 3 > 0) numbers.push(-value);
    equal(numbers.take(), value);
    if (value % 3 > 0) equal(numbers.take(), -value);
  }
  equal(numbers.take(), -1);
});
