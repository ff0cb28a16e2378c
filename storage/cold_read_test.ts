import assert from "node:assert/strict";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import type { FileSlice } from "./disk.ts";
import type { LogConfig } from "./log_config.ts";

/** A log on a disk that fails the test when the log waits for it. */
function openLog(config: Partial<LogConfig> = {}) {
  const disk = new MemoryDisk();
  const fixture = openTestStore(disk, { config });
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  disk.onColdRead = (path) => assert.fail(`waited for ${path}`);
  const flush = () => {
    fixture.clock.advance(log.config.flushMs);
    fixture.settle();
    assert.equal(log.flushedOffset, log.endOffset);
  };
  const logFiles = () => disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".log"));
  const evict = (from?: number, to?: number) => {
    for (const name of logFiles()) disk.evict(`${DATA}/t-0/${name}`, from, to);
  };
  return { ...fixture, disk, log, flush, evict, [Symbol.dispose]: () => fixture[Symbol.dispose]() };
}

/** What the I/O Worker does with a slice that is cold. */
function warm(disk: MemoryDisk, { file, position, length }: FileSlice): void {
  const { onColdRead } = disk;
  disk.onColdRead = () => {};
  file.readAt(new Uint8Array(length), position);
  disk.onColdRead = onColdRead;
}

function bytesOf({ file, position, length }: FileSlice): Uint8Array {
  const bytes = new Uint8Array(length);
  file.readAt(bytes, position);
  return bytes;
}

const one = { minOneBatch: true };

Deno.test("PartitionLog.readCached never waits for the disk, and gives what read gives, of it what is cached", () => {
  const seed = testSeed();
  for (let round = 0; round < 40; round++) {
    const random = new SeededRandom(seed + round);
    const label = `seed ${seed + round}`;
    using fixture = openLog({
      segmentBytes: random.pick([60_000, 400_000]),
      indexIntervalBytes: random.pick([100, 4096, 20_000]),
    });
    const { log, disk } = fixture;
    for (let index = 0; index < 60; index++) {
      const size = random.pick([50, 3000, 25_000]);
      log.append(testBatch({ timestamps: [index, index], value: random.bytes(1 + random.below(size)) }));
    }
    fixture.flush();
    for (let step = 0; step < 60; step++) {
      const from = random.below(400_000);
      fixture.evict(from, from + 1 + random.below(100_000));
      const offset = random.below(log.endOffset);
      const maxBytes = random.pick([1, 5000, 200_000]);
      for (let attempt = 0;; attempt++) {
        const read = log.readCached(offset, maxBytes, one);
        assert.ok(read, label);
        const { slice } = read;
        if (read.isCold) {
          assert.ok(attempt < 2, `${label}: what it asked for was brought in twice, and it wants more`);
          assert.ok(
            !slice.file.isCached(slice.position, slice.length),
            `${label}: nothing of it was missing`,
          );
          warm(disk, slice);
          slice.file.release();
          continue;
        }
        const whole = bytesOf(slice);
        // Now it may wait.
        const { onColdRead } = disk;
        disk.onColdRead = () => {};
        const expected = log.read(offset, maxBytes, one)!;
        assert.deepEqual(whole, bytesOf(expected).subarray(0, whole.length), label);
        disk.onColdRead = onColdRead;
        assert.ok(whole.length === expected.length || whole.length >= 1 << 20, label);
        slice.file.release();
        expected.file.release();
        break;
      }
    }
    assert.equal(disk.openPaths.filter((path) => path.endsWith(".log")).length > 0, true);
  }
});

Deno.test("PartitionLog.readCached cuts an answer where the page cache ends, but gives the first batch whole", () => {
  using fixture = openLog({ maxMessageBytes: 3 << 20 });
  const { log, disk } = fixture;
  for (let index = 0; index < 5; index++) {
    log.append(testBatch({ timestamps: [index], value: new Uint8Array(700_000) }));
  }
  fixture.flush();
  const expected = log.read(0, 3_500_000, one)!;
  expected.file.release();

  fixture.evict(2_500_000, 2_600_000);
  const cut = log.readCached(0, 3_500_000, one)!;
  assert.deepEqual([cut.isCold, cut.slice.position, cut.slice.length], [false, 0, 2 << 20]);
  cut.slice.file.release();

  fixture.evict(1_100_000, 1_200_000);
  const middle = log.readCached(1, 3_500_000, one)!;
  assert.ok(middle.isCold);
  warm(disk, middle.slice);
  middle.slice.file.release();
  const after = log.readCached(1, 3_500_000, one)!;
  assert.deepEqual([after.isCold, after.slice.length], [false, 1 << 20]);
  after.slice.file.release();
});

Deno.test("PartitionLog.readCached asks about the whole of a batch that is larger than what is asked for", () => {
  using fixture = openLog({ maxMessageBytes: 3 << 20 });
  const { log, disk } = fixture;
  log.append(testBatch({ timestamps: [1], value: new Uint8Array(2_500_000) }));
  fixture.flush();
  fixture.evict(2_400_000);
  const cold = log.readCached(0, 1, one)!;
  assert.ok(cold.isCold);
  assert.ok(cold.slice.length > 2_500_000);
  warm(disk, cold.slice);
  cold.slice.file.release();
  const read = log.readCached(0, 1, one)!;
  assert.ok(!read.isCold);
  assert.equal(read.slice.length, cold.slice.length);
  read.slice.file.release();
});

Deno.test("PartitionLog.readCached does not ask about what is not flushed yet", () => {
  using fixture = openLog();
  const { log, disk } = fixture;
  const calls: string[] = [];
  disk.onCall = (call) => void calls.push(call);
  const asks = (offset: number) => {
    calls.length = 0;
    log.readCached(offset, 1 << 20, one)!.slice.file.release();
    return calls.filter((call) => call === "isCached").length;
  };
  for (let index = 0; index < 20; index++) {
    log.append(testBatch({ timestamps: [index], value: new Uint8Array(1000) }));
  }
  assert.equal(asks(0), 0);
  assert.equal(asks(19), 0);
  fixture.flush();
  assert.equal(asks(19), 2, "for the search, and for what is found");
  log.append(testBatch({ timestamps: [20] }));
  assert.equal(asks(20), 0, "it has an index entry of its own");
  assert.equal(asks(19), 2);
  fixture.flush();
  log.append(testBatch({ timestamps: [21] }));
  assert.equal(asks(21), 2, "the search begins at a batch that was flushed");
});

Deno.test("PartitionLog.readCached asks all the same where nothing is flushed for long", () => {
  using fixture = openLog({ flushMs: Number.MAX_SAFE_INTEGER });
  const { log, disk } = fixture;
  for (let index = 0; index < 12; index++) {
    log.append(testBatch({ timestamps: [index], value: new Uint8Array(500_000) }));
  }
  fixture.evict();
  const read = log.readCached(0, 1 << 20, one)!;
  assert.ok(read.isCold);
  warm(disk, read.slice);
  read.slice.file.release();
});
