import assert from "node:assert/strict";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { openTestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { FreeSpace } from "./free_space.ts";
import { LogError } from "./log_error.ts";

const MIB = 1024 * 1024;

function watch(disk: MemoryDisk, minFreeBytes = 64 * MIB, ballastBytes = 16 * MIB) {
  const lines: string[] = [];
  disk.makeDirectory("/data");
  const space = new FreeSpace({
    disk,
    directory: "/data",
    minFreeBytes,
    ballastBytes,
    log: (level, message) => lines.push(`${level}: ${message}`),
  });
  const free = (mib: number) => {
    disk.freeSpace = { ...disk.freeSpace, freeBytes: mib * MIB };
    space.check();
    return { isLow: space.isLow, hasBallast: disk.exists("/data/milena.ballast") };
  };
  return { space, lines, free };
}

Deno.test("FreeSpace stops at the watermark, goes on above it, and says each once", () => {
  const { free, lines } = watch(new MemoryDisk());
  assert.deepEqual(free(64), { isLow: false, hasBallast: true });
  assert.deepEqual(free(63), { isLow: true, hasBallast: true });
  assert.deepEqual(free(10), { isLow: true, hasBallast: true });
  assert.deepEqual(free(70), { isLow: true, hasBallast: true }, "not at once: it would stop again");
  assert.deepEqual(free(80), { isLow: false, hasBallast: true });
  assert.deepEqual(lines.map((line) => line.split(":")[0]), ["error", "info"]);
});

Deno.test("FreeSpace gives its ballast up when others fill the disk, and takes it back when there is room", () => {
  const { free, lines } = watch(new MemoryDisk());
  assert.deepEqual(free(8), { isLow: true, hasBallast: true });
  assert.deepEqual(free(7), { isLow: true, hasBallast: false });
  assert.deepEqual(free(90), { isLow: false, hasBallast: false });
  assert.deepEqual(free(96), { isLow: false, hasBallast: true });
  assert.ok(lines.some((line) => line.includes("given up")));
});

Deno.test("FreeSpace wants less of a small disk", () => {
  const disk = new MemoryDisk();
  disk.freeSpace = { totalBytes: 64 * MIB, freeBytes: 60 * MIB };
  const { free } = watch(disk);
  assert.deepEqual(free(4), { isLow: false, hasBallast: true });
  assert.deepEqual(free(3), { isLow: true, hasBallast: true });
  assert.deepEqual(free(0.3), { isLow: true, hasBallast: false });
});

Deno.test("FreeSpace looks again after so many bytes as could make a difference", () => {
  const disk = new MemoryDisk();
  const { space } = watch(disk);
  disk.freeSpace = { ...disk.freeSpace, freeBytes: 0 };
  space.note(15 * MIB);
  assert.ok(!space.isLow);
  space.note(2 * MIB);
  assert.ok(space.isLow);
});

Deno.test("FreeSpace that can't look or can't keep its ballast says so once and stops nobody", () => {
  const disk = new MemoryDisk();
  disk.onCall = (call, path) => {
    if (call === "space" || call === "allocate") throw new MemoryDiskError(call, path, "EIO");
  };
  const { space, lines } = watch(disk);
  for (let count = 0; count < 3; count++) space.check();
  assert.ok(!space.isLow);
  assert.equal(lines.length, 1);
});

Deno.test("a store on a full disk refuses records and topics, serves and deletes, and goes on by itself", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk, { config: { segmentBytes: 100, fileDeleteDelayMs: 3_600_000 } });
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  fixture.store.createTopic("u", 1, new Map());
  for (let count = 0; count < 5; count++) log.append(testBatch());
  fixture.settle();
  disk.freeSpace = { totalBytes: 2 ** 30, freeBytes: 1 };
  fixture.clock.advance(1000);
  fixture.settle();
  assert.throws(() => log.append(testBatch()), (error) => error instanceof LogError && error.code === 56);
  assert.throws(() => fixture.store.createTopic("v", 1, new Map()), LogError);
  log.read(0, 1000, { minOneBatch: true })!.file.release();
  fixture.store.deleteTopic("u");
  log.deleteRecordsBefore(3);
  fixture.store.whenLogStartsDurable(() => {});
  fixture.settle();
  // A full disk does not wait for file.delete.delay.ms.
  assert.deepEqual(disk.names("/data/t-0").filter((name) => name.includes(".log")).length, 2);
  disk.freeSpace = { totalBytes: 2 ** 30, freeBytes: 2 ** 29 };
  fixture.clock.advance(1000);
  fixture.settle();
  assert.equal(log.append(testBatch()).baseOffset, 5);
  assert.equal(fixture.lines.filter((line) => line.startsWith("error")).length, 1);
});
