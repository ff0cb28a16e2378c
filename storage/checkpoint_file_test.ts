import assert from "node:assert/strict";
import {
  formatEpochCheckpoint,
  formatOffsetCheckpoint,
  parseEpochCheckpoint,
  parseOffsetCheckpoint,
} from "./checkpoint_file.ts";

Deno.test("formatOffsetCheckpoint writes Kafka's text, which parseOffsetCheckpoint reads back", () => {
  const text = formatOffsetCheckpoint([
    { topic: "orders", partition: 0, offset: 17 },
    { topic: "a-b", partition: 3, offset: 0 },
  ]);
  assert.equal(text, "0\n2\norders 0 17\na-b 3 0\n");
  assert.deepEqual(parseOffsetCheckpoint(text), new Map([["orders-0", 17], ["a-b-3", 0]]));
  assert.equal(formatOffsetCheckpoint([]), "0\n0\n");
  assert.deepEqual(parseOffsetCheckpoint("0\n0\n"), new Map());
});

Deno.test("formatEpochCheckpoint writes Kafka's text, which parseEpochCheckpoint reads back", () => {
  assert.equal(formatEpochCheckpoint([{ epoch: 0, startOffset: 0 }]), "0\n1\n0 0\n");
  const epochs = [{ epoch: 0, startOffset: 0 }, { epoch: 3, startOffset: 15 }];
  assert.deepEqual(parseEpochCheckpoint(formatEpochCheckpoint(epochs)), epochs);
});

Deno.test("parseOffsetCheckpoint says what is wrong with a damaged text", () => {
  const damaged = [
    "",
    "\0\0\0\0",
    "0",
    "1\n0\n",
    "0\n1\n",
    "0\n1\nt 0 1",
    "0\n2\nt 0 1\n",
    "0\n1\nt 0 x\n",
    "0\n1\nt 0\n",
  ];
  for (const text of damaged) {
    assert.equal(typeof parseOffsetCheckpoint(text), "string", JSON.stringify(text));
  }
});

Deno.test("parseEpochCheckpoint says what is wrong with epochs that can't be", () => {
  for (const text of ["0\n2\n1 0\n1 5\n", "0\n2\n1 9\n2 5\n", "0\n1\n-1 0\n", "0\n1\n0 0 0\n"]) {
    assert.equal(typeof parseEpochCheckpoint(text), "string", JSON.stringify(text));
  }
});
