import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { openTestStore, readAll } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { LogError } from "./log_error.ts";

function hasCode(code: number) {
  return (error: unknown) => error instanceof LogError && error.code === code;
}

Deno.test("PartitionLog.append gives offsets in order and read gives the batches back", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk);
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  assert.deepEqual(log.append(testBatch()), { baseOffset: 0, appendTimeMs: -1, duplicate: false });
  assert.equal(log.append(testBatch({ timestamps: [1, 2, 3] })).baseOffset, 1);
  assert.equal(log.append(testBatch()).baseOffset, 4);
  assert.equal(log.endOffset, 5);
  assert.equal(log.highWatermark, 5);
  assert.deepEqual(readAll(log).map(({ offset }) => offset), [0, 1, 4]);
  assert.equal(log.read(5, 100, { minOneBatch: true }), undefined);
  assert.throws(() => log.read(6, 100, { minOneBatch: true }), hasCode(ErrorCode.OFFSET_OUT_OF_RANGE));
});

Deno.test("PartitionLog.read begins with the batch that holds the offset and may cut the last batch", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk);
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  const size = testBatch({ timestamps: [1, 2, 3] }).sizeInBytes;
  for (let index = 0; index < 10; index++) log.append(testBatch({ timestamps: [1, 2, 3] }));
  const read = (offset: number, maxBytes: number, minOneBatch: boolean) => {
    const slice = log.read(offset, maxBytes, { minOneBatch });
    slice?.file.release();
    return slice && { position: slice.position, length: slice.length };
  };
  assert.deepEqual(read(4, 2 * size, false), { position: size, length: 2 * size });
  assert.deepEqual(read(4, 2 * size + 5, false), { position: size, length: 2 * size + 5 });
  assert.equal(read(4, size - 1, false), undefined);
  assert.deepEqual(read(4, 0, true), { position: size, length: size });
  assert.deepEqual(read(29, 1e9, true), { position: 9 * size, length: size });
});
