/**
 * Transactions on a disk on which any one call fails, or after which nothing happens any more: every call, one after the
 * other. Whatever batches are left, what the log says of its transactions is what they say.
 * @module
 */
import assert from "node:assert/strict";
import { decodeEndMarker } from "../protocol/end_marker.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll, type TestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import { DataDirectoryError, LogError } from "./log_error.ts";
import type { PartitionLog } from "./partition_log.ts";
import type { AbortedTransaction } from "./transaction_index.ts";

const CONFIG = { segmentBytes: 500, indexIntervalBytes: 100, flushMessages: 1 };
const ROUNDS = 4;

function open(disk: MemoryDisk): { fixture: TestStore; log: PartitionLog } {
  const fixture = openTestStore(disk, { config: CONFIG });
  try {
    const log = fixture.store.topic("t")?.partitions[0] ??
      fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
    return { fixture, log };
  } catch (error) {
    fixture[Symbol.dispose]();
    throw error;
  }
}

/** Two lives of a broker with two producers, of which the second has longer transactions. `ended`: acknowledged markers. */
function live(disk: MemoryDisk, ended: Set<number>): void {
  for (const life of [0, 1]) {
    const { fixture, log } = open(disk);
    const send = (producerId: number, sequence: number) =>
      log.append(testBatch({ producerId, epoch: 0, sequence, isTransactional: true }));
    const end = (producerId: number, commit: boolean) => {
      const end = { producerId, producerEpoch: 0, coordinatorEpoch: life, commit };
      const { baseOffset } = log.appendEndMarker(end);
      log.whenFlushed(baseOffset + 1, (error) => {
        if (!error) ended.add(baseOffset);
      });
    };
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const sequence = life * ROUNDS + round;
        send(1, sequence);
        send(2, sequence);
        end(1, false);
        if (round % 3 === 1) end(2, round % 2 === 0);
        fixture.settle();
      }
      fixture.store.closeCleanly();
    } finally {
      fixture[Symbol.dispose]();
      fixture.background.run();
    }
  }
}

/** What the batches say by themselves. */
function transactionsIn(log: PartitionLog): { aborted: AbortedTransaction[]; lastStableOffset: number } {
  const openSince = new Map<number, number>();
  const aborted: AbortedTransaction[] = [];
  for (const { offset, bytes } of readAll(log)) {
    const batch = new RecordBatch(bytes);
    const { producerId } = batch;
    const firstOffset = openSince.get(producerId);
    if (!batch.isControl) {
      if (firstOffset === undefined) openSince.set(producerId, offset);
      continue;
    }
    openSince.delete(producerId);
    if (decodeEndMarker(batch)!.type === "commit" || firstOffset === undefined) continue;
    const lastStableOffset = Math.min(offset + 1, ...openSince.values());
    aborted.push({ producerId, firstOffset, lastOffset: offset, lastStableOffset });
  }
  return { aborted, lastStableOffset: Math.min(log.endOffset, ...openSince.values()) };
}

function verify(disk: MemoryDisk, ended: ReadonlySet<number>, label: string): void {
  const { fixture, log } = open(disk);
  fixture.settle();
  const { aborted, lastStableOffset } = transactionsIn(log);
  assert.deepEqual(log.abortedTransactions(0, log.endOffset), aborted, label);
  assert.equal(log.lastStableOffset, lastStableOffset, label);
  for (const offset of ended) assert.ok(offset < log.endOffset, `${label}: ${offset} was acknowledged`);
  for (const producerId of [1, 2]) {
    log.appendEndMarker({ producerId, producerEpoch: 0, coordinatorEpoch: 2, commit: false });
  }
  fixture.settle();
  assert.equal(log.lastStableOffset, log.endOffset, label);
  assert.deepEqual(log.abortedTransactions(0, log.endOffset), transactionsIn(log).aborted, label);
  fixture.store.closeCleanly();
  fixture.background.run();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, [], label);
  assert.deepEqual(disk.openPaths, [], label);
}

function isExpected(error: unknown): boolean {
  return error instanceof LogError || error instanceof DataDirectoryError || error instanceof MemoryDiskError;
}

/** Lives on a disk that `fails` at the calls it says; returns the disk and the markers that were acknowledged. */
function liveThrough(fails: (call: number) => boolean, code: string) {
  const disk = new MemoryDisk();
  const ended = new Set<number>();
  let calls = 0;
  disk.shortWriteShare = 0.6;
  disk.onCall = (call, path) => {
    if (fails(++calls)) throw new MemoryDiskError(call, path, code);
  };
  try {
    live(disk, ended);
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
  return { disk, ended, calls };
}

for (const code of ["EIO", "ENOSPC"]) {
  Deno.test(`PartitionLog knows its transactions when any one call fails with ${code}`, () => {
    const { calls: callCount } = liveThrough(() => false, code);
    for (let failAt = 1; failAt <= callCount; failAt++) {
      const { disk, ended } = liveThrough((call) => call === failAt, code);
      verify(disk.afterKill(), ended, `${code} at call ${failAt}`);
    }
  });
}

Deno.test("PartitionLog knows its transactions when it is killed, or loses power, at any call", () => {
  const seed = testSeed();
  const { calls: callCount } = liveThrough(() => false, "");
  for (let dieAt = 1; dieAt <= callCount; dieAt++) {
    const { disk, ended } = liveThrough((call) => call >= dieAt, "DEAD");
    verify(disk.afterKill(), ended, `killed at call ${dieAt}`);
    const random = new SeededRandom(seed + dieAt);
    verify(disk.afterPowerCut(random), ended, `power lost at call ${dieAt}, MILENA_TEST_SEED=${seed}`);
  }
});
