import assert from "node:assert/strict";
import { BATCH_OVERHEAD } from "../protocol/record_batch.ts";
import { encodeBatch } from "../protocol/records.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { BatchWalker } from "./batch_walker.ts";
import type { DiskFile } from "./disk.ts";

const MEBIBYTE = 1024 * 1024;

/** Writes batches with values of these sizes; returns where each begins. */
function write(file: DiskFile, valueSizes: readonly number[]): number[] {
  let position = 0;
  return valueSizes.map((size) => {
    const bytes = encodeBatch([{ timestamp: 1, key: null, value: new Uint8Array(size) }]);
    const start = position;
    file.writeAt(bytes, position);
    position += bytes.length;
    return start;
  });
}

/** Where the batches are that `walker` comes by from `from` on. */
function walk(walker: BatchWalker, file: DiskFile, from: number, isLong: boolean): number[] {
  const found: number[] = [];
  walker.start(file, from, file.size(), { isLong });
  while (walker.next()) {
    assert.equal(walker.nextPosition, walker.position + walker.batch.sizeInBytes);
    found.push(walker.position);
  }
  assert.ok(walker.isAtEnd);
  return found;
}

Deno.test("BatchWalker comes by every batch, small ones and large ones in any order, from wherever it sets out", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const walker = new BatchWalker();
  for (let round = 0; round < 20; round++) {
    const disk = new MemoryDisk();
    using file = disk.open("/log", { create: true });
    const most = random.pick([1, 200, 5000, 100_000]);
    const sizes = Array.from({ length: 200 }, () => random.below(random.below(10) === 0 ? 100_000 : most));
    const starts = write(file, sizes);
    for (let count = 0; count < 5; count++) {
      const index = random.below(starts.length);
      const found = walk(walker, file, starts[index]!, count % 2 === 0);
      assert.deepEqual(found, starts.slice(index), `seed ${seed}`);
    }
  }
});

Deno.test("BatchWalker reads more at once the longer a long walk over small batches is, and little of large ones", () => {
  const readsOf = (valueSizes: readonly number[], isLong: boolean) => {
    const disk = new MemoryDisk();
    using file = disk.open("/log", { create: true });
    write(file, valueSizes);
    const lengths: number[] = [];
    const readAt = file.readAt.bind(file);
    file.readAt = (into, position) => {
      lengths.push(into.length);
      return readAt(into, position);
    };
    walk(new BatchWalker(), file, 0, isLong);
    return lengths;
  };
  const small = new Array(MEBIBYTE / 1024).fill(1024 - BATCH_OVERHEAD);
  assert.deepEqual(readsOf(small, true).slice(0, 6), [4096, 8192, 16384, 32768, 65536, 65536]);
  assert.equal(Math.max(...readsOf(small, false)), 4096);
  const large = new Array(8).fill(MEBIBYTE);
  assert.deepEqual(readsOf(large, true), new Array(8).fill(4096));
});
