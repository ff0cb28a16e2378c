/**
 * A producer that wants every batch in the log exactly once, and a disk on which any one call fails, or after which nothing
 * happens any more. Every call, one after the other, until the story ends well by itself.
 * @module
 */
import assert from "node:assert/strict";
import { RecordBatch } from "../protocol/record_batch.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll, type TestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import { DataDirectoryError, LogError } from "./log_error.ts";
import type { PartitionLog } from "./partition_log.ts";
import type { WriteMode } from "./store_config.ts";

const BATCHES = 24;
const CONFIG = { segmentBytes: 500, indexIntervalBytes: 100, flushMessages: 1 };

function batchOf(sequence: number): RecordBatch {
  return testBatch({ producerId: 9, epoch: 0, sequence, timestamps: [1000 + sequence] });
}

function open(disk: MemoryDisk, writeMode: WriteMode): { fixture: TestStore; log: PartitionLog } {
  const fixture = openTestStore(disk, {
    config: { ...CONFIG, preallocate: writeMode === "pwrite" },
    storeConfig: { writeMode },
  });
  try {
    const log = fixture.store.topic("t")?.partitions[0] ??
      fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
    return { fixture, log };
  } catch (error) {
    fixture[Symbol.dispose]();
    throw error;
  }
}

/** Two lives of a broker. Returns early where something fails; `acknowledged` holds what the producer was told is safe. */
function live(disk: MemoryDisk, writeMode: WriteMode, acknowledged: Set<number>): void {
  for (const [from, to] of [[0, BATCHES / 2], [BATCHES / 2, BATCHES]] as const) {
    const { fixture, log } = open(disk, writeMode);
    try {
      for (let sequence = from; sequence < to; sequence++) {
        const { baseOffset } = log.append(batchOf(sequence));
        log.whenFlushed(baseOffset + 1, (error) => {
          if (!error) acknowledged.add(sequence);
        });
        if (sequence % 3 === 2) fixture.settle();
      }
      fixture.settle();
      fixture.clock.advance(60_000);
      fixture.settle();
      fixture.store.closeCleanly();
    } finally {
      fixture[Symbol.dispose]();
      fixture.background.run();
    }
  }
}

/** Everything acknowledged is there; and when the producer sends the rest again, all is there once and in order. */
function verify(
  disk: MemoryDisk,
  writeMode: WriteMode,
  acknowledged: ReadonlySet<number>,
  label: string,
): void {
  const { fixture, log } = open(disk, writeMode);
  fixture.settle();
  const sequences = () => readAll(log).map(({ bytes }) => new RecordBatch(bytes).baseSequence);
  const found = sequences();
  assert.deepEqual(found, Array.from(found, (_, index) => index), label);
  for (const sequence of acknowledged) {
    assert.ok(sequence < found.length, `${label}: ${sequence} was acknowledged`);
  }
  // Up to five under way may have been answered or not.
  for (let sequence = Math.max(found.length - 1, 0); sequence < BATCHES; sequence++) {
    const { baseOffset, duplicate } = log.append(batchOf(sequence));
    assert.deepEqual(
      { baseOffset, duplicate },
      { baseOffset: sequence, duplicate: sequence < found.length },
      label,
    );
  }
  fixture.settle();
  assert.deepEqual(sequences(), Array.from({ length: BATCHES }, (_, index) => index), label);
  for (let sequence = 0; sequence < BATCHES; sequence++) {
    assert.deepEqual(
      log.lookupTimestamp(1000 + sequence),
      { timestamp: 1000 + sequence, offset: sequence },
      label,
    );
  }
  fixture.store.closeCleanly();
  fixture.background.run();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, [], label);
  assert.deepEqual(disk.openPaths, [], label);
}

function isExpected(error: unknown): boolean {
  return error instanceof LogError || error instanceof DataDirectoryError || error instanceof MemoryDiskError;
}

function callCount(writeMode: WriteMode): number {
  const disk = new MemoryDisk();
  let count = 0;
  disk.onCall = () => void count++;
  const acknowledged = new Set<number>();
  live(disk, writeMode, acknowledged);
  assert.equal(acknowledged.size, BATCHES);
  disk.onCall = () => {};
  verify(disk, writeMode, acknowledged, "without a fault");
  return count;
}

const writeModes = ["pwrite", "mmap"] as const;

for (const [writeMode, code] of writeModes.flatMap((mode) => [[mode, "EIO"], [mode, "ENOSPC"]] as const)) {
  Deno.test(`PartitionLog, by ${writeMode}, loses and repeats nothing when any one call fails with ${code}`, () => {
    const count = callCount(writeMode);
    for (let failAt = 1; failAt <= count; failAt++) {
      const disk = new MemoryDisk();
      let calls = 0;
      disk.shortWriteShare = 0.6;
      disk.onCall = (call, path) => {
        if (++calls === failAt) throw new MemoryDiskError(call, path, code);
      };
      const acknowledged = new Set<number>();
      try {
        live(disk, writeMode, acknowledged);
      } catch (error) {
        assert.ok(
          error instanceof LogError || error instanceof DataDirectoryError,
          `call ${failAt}: ${error}`,
        );
      }
      assert.deepEqual(disk.openPaths, [], `${code} at call ${failAt}`);
      verify(disk.afterKill(), writeMode, acknowledged, `${code} at call ${failAt}`);
    }
  });
}

for (const writeMode of writeModes) {
  Deno.test(`PartitionLog, by ${writeMode}, loses and repeats nothing when it is killed, or loses power, at any call`, () => {
    const seed = testSeed();
    const count = callCount(writeMode);
    for (let dieAt = 1; dieAt <= count; dieAt++) {
      const disk = new MemoryDisk();
      let calls = 0;
      disk.shortWriteShare = 0.6;
      disk.onCall = (call, path) => {
        if (++calls >= dieAt) throw new MemoryDiskError(call, path, "DEAD");
      };
      const acknowledged = new Set<number>();
      try {
        live(disk, writeMode, acknowledged);
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
      verify(disk.afterKill(), writeMode, acknowledged, `killed at call ${dieAt}`);
      for (let round = 0; round < 3; round++) {
        const random = new SeededRandom(seed + dieAt * 3 + round);
        const left = disk.afterPowerCut(random);
        verify(left, writeMode, acknowledged, `power lost at call ${dieAt}, seed ${seed}, round ${round}`);
      }
    }
  });
}
