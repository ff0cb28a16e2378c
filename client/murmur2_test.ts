import assert from "node:assert/strict";
import { murmur2, partitionForKey } from "./murmur2.ts";

/** What Java's Utils.murmur2 gives for these (the vectors of Kafka's own UtilsTest). */
const javaVectors: readonly [text: string, hash: number][] = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
];

Deno.test("murmur2() equals Java's when the input is one of its vectors", () => {
  for (const [text, hash] of javaVectors) {
    assert.equal(murmur2(new TextEncoder().encode(text)), hash, text);
  }
});

Deno.test("partitionForKey() masks the sign as Java does when the hash is negative", () => {
  const key = new TextEncoder().encode("foobar");
  assert.equal(partitionForKey(key, 7), (-790332482 & 0x7fffffff) % 7);
  assert.equal(partitionForKey(key, 1), 0);
});

Deno.test("partitionForKey() accepts an empty key when there is one", () => {
  const partition = partitionForKey(new Uint8Array(), 12);
  assert.ok(partition >= 0 && partition < 12);
});
