import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { type HashSeed, KeyHash } from "./key_hash.ts";
import { BYTES_PER_SLOT, KeyOffsetMap } from "./key_offset_map.ts";

const SEED: HashSeed = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c];
const bytesUpTo = (length: number) => Uint8Array.from({ length }, (_, index) => index);

function hexOf(hash: KeyHash, bytes: Uint8Array): string {
  hash.update(bytes, 0, bytes.length);
  const words = Int32Array.of(hash.word0, hash.word1, hash.word2, hash.word3);
  return new Uint8Array(words.buffer).toHex();
}

Deno.test("KeyHash gives the published values of SipHash-2-4-128 and, as Rust's tests have them, of 1-3", () => {
  const published = new KeyHash(SEED, { compressionRounds: 2, finalRounds: 4 });
  assert.equal(hexOf(published, bytesUpTo(0)), "a3817f04ba25a8e66df67214c7550293");
  assert.equal(hexOf(published, bytesUpTo(1)), "da87c1d86b99af44347659119b22fc45");
  assert.equal(hexOf(published, bytesUpTo(2)), "8177228da4a45dc7fca38bdef60affe4");
  assert.equal(hexOf(new KeyHash(SEED), bytesUpTo(0)), "e77ebcb22788a5befd62db6add303001");
});

Deno.test("KeyHash tells bytes at every place of a key apart, and lengths, and seeds", () => {
  const hash = new KeyHash(SEED);
  const seen = new Set<string>();
  let count = 0;
  for (let length = 0; length <= 20; length++) {
    seen.add(hexOf(hash, new Uint8Array(length)));
    count++;
    for (let index = 0; index < length; index++) {
      const bytes = new Uint8Array(length);
      bytes[index] = 0x80;
      seen.add(hexOf(hash, bytes));
      count++;
    }
  }
  seen.add(hexOf(new KeyHash([1, 2, 3, 5]), new Uint8Array(3)));
  assert.equal(seen.size, count + 1);
});

Deno.test("KeyOffsetMap has the newest offset of each key, as a Map has, until it is full", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 50; round++) {
    const map = new KeyOffsetMap({
      maxBytes: BYTES_PER_SLOT * (2 + random.below(200)),
      maxKeyCount: Infinity,
      seed: [random.uint32(), random.uint32(), random.uint32(), random.uint32()],
    });
    const model = new Map<string, number>();
    for (let offset = 0; offset < 400; offset++) {
      const key = String(random.below(250));
      const bytes = new TextEncoder().encode(`<${key}>`);
      const fits = map.put(bytes, 1, bytes.length - 1, offset);
      assert.equal(fits, model.has(key) || model.size < map.capacity, `seed ${seed}`);
      if (fits) model.set(key, offset);
      assert.equal(map.size, model.size);
    }
    for (let key = 0; key < 250; key++) {
      const bytes = new TextEncoder().encode(String(key));
      assert.equal(map.get(bytes, 0, bytes.length), model.get(String(key)) ?? -1, `seed ${seed}`);
    }
  }
});

Deno.test("KeyOffsetMap takes no more memory than it was given, and no more than the keys to come need", () => {
  const of = (maxBytes: number, maxKeyCount: number) =>
    new KeyOffsetMap({ maxBytes, maxKeyCount, seed: SEED }).capacity;
  assert.equal(of(BYTES_PER_SLOT * 1000, 1e9), 900);
  assert.equal(of(0, 1e9), 1);
  assert.ok(of(1e9, 10) >= 10 && of(1e9, 10) < 15);
  assert.ok(of(1e9, 0) <= 2);
});
