/** What a log lets go of, and what nobody who reads notices of it. */
import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll, type TestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";
import { LogError } from "./log_error.ts";
import type { PartitionLog } from "./partition_log.ts";
import type { StoreConfig } from "./store_config.ts";

const START = 1_700_000_000_000;
const CHECK_MS = 300_000;

function open(
  disk: MemoryDisk,
  config: Partial<LogConfig>,
  storeConfig: Partial<StoreConfig> = {},
): { fixture: TestStore; log: PartitionLog } {
  const fixture = openTestStore(disk, { config, storeConfig });
  const log = fixture.store.topic("t")?.partitions[0] ??
    fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  return { fixture, log };
}

function logFiles(disk: MemoryDisk): string[] {
  return disk.names(`${DATA}/t-0`).filter((name) => name.includes(".log"));
}

function appendAt(log: PartitionLog, timestamps: readonly number[]): void {
  for (const timestamp of timestamps) log.append(testBatch({ timestamps: [START + timestamp] }));
}

Deno.test("retention.ms takes segments away whole, first out of sight, then out of the directory, then off the disk", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, {
    segmentBytes: 100,
    retentionMs: 3_600_000,
    fileDeleteDelayMs: 60_000,
  });
  appendAt(log, [0, 1_000_000, 2_000_000]);
  fixture.clock.advance(3_600_000 + 500_000);
  fixture.store.tick(fixture.clock.monotonicMs);
  assert.equal(log.logStartOffset, 1);
  assert.throws(
    () => log.read(0, 1000, { minOneBatch: true }),
    (error) => error instanceof LogError && error.code === ErrorCode.OFFSET_OUT_OF_RANGE,
  );
  // Before the new start is on stable storage no file goes.
  assert.equal(logFiles(disk).filter((name) => name.endsWith(".deleted")).length, 0);
  fixture.settle();
  assert.deepEqual(logFiles(disk).filter((name) => name.endsWith(".deleted")), [
    "00000000000000000000.log.deleted",
  ]);
  fixture.clock.advance(60_000);
  fixture.settle();
  assert.deepEqual(logFiles(disk), ["00000000000000000001.log", "00000000000000000002.log"]);
  assert.deepEqual(readAll(log).map(({ offset }) => offset), [1, 2]);
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
});

Deno.test("retention.ms empties a quiet topic, its active segment too, and offsets go on", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { retentionMs: 3_600_000 });
  appendAt(log, [0, 1, 2]);
  fixture.clock.advance(3_600_000 + CHECK_MS);
  fixture.settle();
  assert.deepEqual([log.logStartOffset, log.endOffset, log.segmentCount], [3, 3, 1]);
  assert.equal(log.read(3, 1000, { minOneBatch: true }), undefined);
  assert.equal(log.append(testBatch({ timestamps: [fixture.clock.now()] })).baseOffset, 3);
  fixture.store.closeCleanly();
  const next = open(disk, { retentionMs: 3_600_000 });
  assert.deepEqual([next.log.logStartOffset, next.log.endOffset], [3, 4]);
});

Deno.test("retention.bytes keeps a log at its size", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { segmentBytes: 700, retentionBytes: 2000, fileDeleteDelayMs: 0 });
  for (let count = 0; count < 200; count++) {
    appendAt(log, [count]);
    if (count % 20 !== 19) continue;
    fixture.clock.advance(CHECK_MS);
    fixture.settle();
    fixture.settle();
    assert.ok(log.sizeInBytes >= Math.min(2000, (count + 1) * 70) && log.sizeInBytes < 2000 + 2 * 700);
    assert.equal(logFiles(disk).length, log.segmentCount);
  }
  assert.equal(readAll(log).at(-1)!.offset, 199);
});

Deno.test("segment.ms begins a new segment by the records' time, and on a quiet topic by the clock's", () => {
  const { fixture, log } = open(new MemoryDisk(), { segmentMs: 1000 });
  appendAt(log, [0, 500, 1000, 1001, 1500]);
  assert.equal(log.segmentCount, 2);
  fixture.clock.advance(CHECK_MS);
  fixture.settle();
  assert.equal(log.segmentCount, 3);
  fixture.clock.advance(CHECK_MS);
  fixture.settle();
  assert.equal(log.segmentCount, 3, "an empty segment is not rolled");
});

Deno.test("segment.jitter.ms lets segments of the same age be rolled at different times", () => {
  const counts = new Set<number>();
  for (let seed = 1; seed < 20; seed++) {
    using fixture = openTestStore(new MemoryDisk(), {
      seed,
      config: { segmentMs: 1000, segmentJitterMs: 900 },
    });
    const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
    for (let time = 0; time < 5000; time += 100) appendAt(log, [time]);
    counts.add(log.segmentCount);
    assert.ok(log.segmentCount >= 5);
  }
  assert.ok(counts.size > 1, [...counts].join());
});

Deno.test("a reader of a segment that retention removes finishes in peace", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { segmentBytes: 100, retentionMs: 1000, fileDeleteDelayMs: 0 });
  appendAt(log, [0, 1, 2]);
  const slice = log.read(0, 1000, { minOneBatch: true })!;
  fixture.clock.advance(CHECK_MS);
  fixture.settle();
  fixture.settle();
  assert.deepEqual(logFiles(disk), ["00000000000000000003.log"]);
  const bytes = new Uint8Array(slice.length);
  assert.equal(slice.file.readAt(bytes, slice.position), slice.length);
  slice.file.release();
  fixture.store.closeCleanly();
  fixture.background.run();
  assert.deepEqual(disk.openPaths, []);
});

Deno.test("deleteRecordsBefore moves the start, in the middle of a segment and of a batch, for good once it is durable", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { segmentBytes: 250, flushMessages: 1 });
  for (let count = 0; count < 10; count++) log.append(testBatch({ timestamps: [1, 2, 3] }));
  fixture.settle();
  assert.equal(log.deleteRecordsBefore(10), 10);
  assert.equal(log.deleteRecordsBefore(4), 10, "it never moves back");
  assert.throws(() => log.deleteRecordsBefore(31), LogError);
  assert.throws(() => log.deleteRecordsBefore(-2), LogError);
  const outcomes: (Error | undefined)[] = [];
  fixture.store.whenLogStartsDurable((error) => outcomes.push(error));
  assert.deepEqual(outcomes, []);
  fixture.settle();
  assert.deepEqual(outcomes, [undefined]);
  const left = disk.afterPowerCut();
  const next = open(left, { segmentBytes: 250, flushMessages: 1 });
  assert.deepEqual([next.log.logStartOffset, next.log.endOffset], [10, 30]);
  assert.equal(readAll(next.log)[0]!.offset, 9, "the batch that holds it");
  assert.equal(next.log.deleteRecordsBefore(-1), 30);
  next.fixture.settle();
  next.fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(left, DATA).problems, []);
});

Deno.test("a log that lost its tail begins again at its start offset, so that no offset is given twice", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { flushMs: Infinity });
  fixture.settle();
  appendAt(log, [0, 1, 2, 3]);
  log.deleteRecordsBefore(-1);
  fixture.store.whenLogStartsDurable(() => {});
  // The checkpoint gets to the disk, the records don't.
  fixture.background.run();
  const next = open(disk.afterPowerCut(), {});
  assert.deepEqual([next.log.logStartOffset, next.log.endOffset], [4, 4]);
  assert.equal(next.log.append(testBatch()).baseOffset, 4);
});

Deno.test("a topic made again does not begin where its namesake had been cut, whatever crashes when", () => {
  const seed = testSeed();
  const story = (disk: MemoryDisk) => {
    const { fixture, log } = open(disk, { segmentBytes: 100, flushMessages: 1 });
    appendAt(log, [0, 1, 2, 3, 4]);
    fixture.settle();
    log.deleteRecordsBefore(4);
    fixture.store.whenLogStartsDurable(() => {});
    fixture.settle();
    // One more checkpoint is under way while the topic goes and comes back.
    log.deleteRecordsBefore(5);
    fixture.store.whenLogStartsDurable(() => {});
    fixture.store.deleteTopic("t");
    const again = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
    appendAt(again, [0, 1]);
    const safe = new Set<number>();
    again.whenFlushed(2, (error) => {
      if (!error) safe.add(2);
    });
    fixture.settle();
    assert.equal(safe.size, 1);
  };
  let calls = 0;
  const counted = new MemoryDisk();
  counted.onCall = () => void calls++;
  story(counted);
  for (let dieAt = 1; dieAt <= calls + 1; dieAt++) {
    const disk = new MemoryDisk();
    let count = 0;
    disk.onCall = (call, path) => {
      if (++count >= dieAt) throw new MemoryDiskError(call, path, "DEAD");
    };
    let isDone = false;
    try {
      story(disk);
      isDone = true;
    } catch {
      // It died.
    }
    for (const left of [disk.afterKill(), disk.afterPowerCut(new SeededRandom(seed + dieAt))]) {
      using fixture = openTestStore(left, { config: { segmentBytes: 100, flushMessages: 1 } });
      const log = fixture.store.topic("t")?.partitions[0];
      if (log === undefined) continue;
      // Either the first topic or the second: which one tells the id; what matters is that no record is hidden.
      const isSecond = log.endOffset <= 2;
      if (isSecond) assert.equal(log.logStartOffset, 0, `seed ${seed}, died at call ${dieAt}`);
      if (isDone) assert.deepEqual([log.logStartOffset, log.endOffset], [0, 2]);
    }
  }
});

Deno.test("OpenSegments lets a log of many segments be read with few files open", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { segmentBytes: 100 }, { maxOpenSegments: 16 });
  for (let count = 0; count < 200; count++) {
    appendAt(log, [count]);
    fixture.settle();
  }
  assert.equal(log.segmentCount, 200);
  assert.ok(disk.openPaths.length <= 17, `${disk.openPaths.length} files are open`);
  assert.equal(readAll(log, 1).length, 200);
  for (let time = 0; time < 200; time++) assert.equal(log.lookupTimestamp(START + time)?.offset, time);
  assert.ok(disk.openPaths.length <= 17, `${disk.openPaths.length} files are open`);
});

Deno.test("OpenSegments lets many logs be written with few files open, none of them before it is flushed", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk, {
    config: { flushMs: Infinity },
    storeConfig: { maxOpenSegments: 16 },
  });
  const { partitions } = fixture.store.createTopic("t", 100, new Map());
  fixture.settle();
  for (let round = 0; round < 5; round++) {
    for (const log of partitions) {
      log.append(testBatch({ timestamps: [round] }));
      fixture.settle();
    }
  }
  // Eight are asked at a time; those with something unflushed are flushed and go the next time.
  assert.ok(disk.openPaths.length <= 16 + 10, `${disk.openPaths.length} files are open`);
  for (const log of partitions) assert.equal(readAll(log).length, 5);
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
  assert.deepEqual(disk.openPaths, []);
});
