/**
 * Stories of transactions in one partition, from append to restart.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { DATA, openTestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";
import { LogError } from "./log_error.ts";
import type { PartitionLog } from "./partition_log.ts";

const PARTITION = `${DATA}/t-0`;
const TXNINDEX = `${PARTITION}/00000000000000000000.txnindex`;

function openLog(disk: MemoryDisk, config: Partial<LogConfig> = {}) {
  const fixture = openTestStore(disk, { config });
  const log = fixture.store.topic("t")?.partitions[0] ??
    fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  return { ...fixture, log, [Symbol.dispose]: () => fixture[Symbol.dispose]() };
}

function append(log: PartitionLog, producerId: number, sequence: number): number {
  return log.append(testBatch({ producerId, epoch: 0, sequence, isTransactional: true })).baseOffset;
}

function end(log: PartitionLog, producerId: number, commit: boolean, coordinatorEpoch = 0): number {
  return log.appendEndMarker({ producerId, producerEpoch: 0, coordinatorEpoch, commit }).baseOffset;
}

function hasCode(code: number) {
  return (error: unknown) => error instanceof LogError && error.code === code;
}

function markersIn(log: PartitionLog): number[] {
  return log.abortedTransactions(0, log.endOffset).map(({ lastOffset }) => lastOffset);
}

Deno.test("PartitionLog.lastStableOffset stays before the oldest open transaction and goes on with its marker", () => {
  using fixture = openLog(new MemoryDisk());
  const { log } = fixture;
  assert.equal(log.lastStableOffset, 0);
  append(log, 1, 0); // 0
  append(log, 2, 0); // 1
  log.append(testBatch()); // 2
  assert.equal(log.lastStableOffset, 0);
  assert.equal(end(log, 1, true), 3);
  assert.equal(log.lastStableOffset, 1);
  assert.equal(end(log, 2, false), 4);
  assert.equal(log.lastStableOffset, 5);
  assert.deepEqual(log.abortedTransactions(0, 5), [
    { producerId: 2, firstOffset: 1, lastOffset: 4, lastStableOffset: 5 },
  ]);
  assert.deepEqual(log.abortedTransactions(0, 1), []);
});

Deno.test("PartitionLog.appendEndMarker fences, counts for nothing without a transaction, and needs no leave of max.message.bytes", () => {
  using fixture = openLog(new MemoryDisk(), { maxMessageBytes: 75 });
  const { log } = fixture;
  end(log, 9, false, 5);
  assert.deepEqual(markersIn(log), []);
  assert.throws(() => end(log, 9, true, 4), hasCode(ErrorCode.TRANSACTION_COORDINATOR_FENCED));
  assert.throws(
    () => log.appendEndMarker({ producerId: 9, producerEpoch: -1, coordinatorEpoch: 5, commit: true }),
    hasCode(ErrorCode.INVALID_PRODUCER_EPOCH),
  );
  assert.equal(log.endOffset, 1);
});

Deno.test("PartitionLog's last stable offset waits for the marker to be acknowledged where flush.messages is 1", () => {
  using fixture = openLog(new MemoryDisk(), { flushMessages: 1 });
  const { log, advanced, settle } = fixture;
  append(log, 1, 0);
  settle();
  assert.equal(log.highWatermark, 1);
  advanced.length = 0;
  end(log, 1, false);
  assert.equal(log.lastStableOffset, 0);
  assert.deepEqual(advanced, []);
  settle();
  assert.equal(log.lastStableOffset, 2);
  assert.deepEqual(advanced, [log]);
});

Deno.test("PartitionLog keeps open transactions over restarts, clean and not, with and without a snapshot", () => {
  for (const stop of ["clean", "kill", "kill without snapshots"] as const) {
    let disk = new MemoryDisk();
    {
      using fixture = openLog(disk, { segmentBytes: 200 });
      append(fixture.log, 1, 0);
      for (let sequence = 0; sequence < 5; sequence++) append(fixture.log, 2, sequence);
      end(fixture.log, 2, false, 3);
      fixture.settle();
      if (stop === "clean") fixture.store.closeCleanly();
      else disk = disk.afterKill();
    }
    if (stop === "kill without snapshots") {
      for (const name of disk.names(PARTITION)) {
        if (name.endsWith(".snapshot")) disk.removeFile(`${PARTITION}/${name}`);
      }
    }
    using fixture = openLog(disk, { segmentBytes: 200 });
    const { log } = fixture;
    assert.equal(log.lastStableOffset, 0, stop);
    assert.throws(() => end(log, 2, true, 2), hasCode(ErrorCode.TRANSACTION_COORDINATOR_FENCED));
    assert.throws(
      () => log.append(testBatch({ producerId: 1, epoch: 0, sequence: 1 })),
      hasCode(ErrorCode.INVALID_TXN_STATE),
    );
    end(log, 1, false, 3);
    assert.equal(log.lastStableOffset, log.endOffset, stop);
    assert.deepEqual(markersIn(log), [6, 7], stop);
    fixture.store.closeCleanly();
    assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
  }
});

Deno.test("a damaged .txnindex is made again at start, of any segment, after a kill or a clean close", () => {
  for (const damage of ["torn", "zeros", "noise", "with .index"] as const) {
    for (const isClean of [true, false]) {
      let disk = new MemoryDisk();
      {
        using fixture = openLog(disk, { segmentBytes: 300 });
        for (let sequence = 0; sequence < 12; sequence++) {
          append(fixture.log, 1 + sequence % 2, Math.floor(sequence / 2));
          if (sequence % 3 === 2) end(fixture.log, 1 + sequence % 2, false);
        }
        fixture.settle();
        if (isClean) fixture.store.closeCleanly();
        else disk = disk.afterKill();
      }
      const names = disk.names(PARTITION).filter((name) => name.endsWith(".txnindex"));
      assert.ok(names.length > 2);
      const before = names.map((name) => disk.read(`${PARTITION}/${name}`));
      names.forEach((name, index) => {
        const path = `${PARTITION}/${name}`;
        if (damage === "torn") disk.write(path, before[index]!.subarray(0, 33));
        else if (damage === "zeros") disk.write(path, new Uint8Array(34));
        else if (damage === "noise") disk.write(path, new Uint8Array(70).fill(0x5a));
        else {
          disk.removeFile(path);
          disk.removeFile(path.replace("txnindex", "index"));
        }
      });
      using fixture = openLog(disk, { segmentBytes: 300 });
      names.forEach((name, index) => assert.deepEqual(disk.read(`${PARTITION}/${name}`), before[index]));
      fixture.store.closeCleanly();
      assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
    }
  }
});

Deno.test("a .txnindex of what a power cut took goes with it, and one that was half made", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  append(fixture.log, 1, 0);
  fixture.clock.advance(1000);
  fixture.settle();
  end(fixture.log, 1, false);
  const left = disk.afterPowerCut();
  left.write(TXNINDEX, disk.read(TXNINDEX));
  left.write(`${TXNINDEX}.tmp`, disk.read(TXNINDEX));
  using again = openLog(left);
  assert.deepEqual(left.names(PARTITION).filter((name) => name.includes("txnindex")), []);
  assert.equal(again.log.lastStableOffset, 0);
  assert.deepEqual(markersIn(again.log), []);
});

Deno.test("a clean close leaves .txnindex durable, its name included, also one that an earlier run had only in memory", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openLog(disk);
    append(fixture.log, 1, 0);
    fixture.settle();
    end(fixture.log, 1, false);
    fixture.store.closeCleanly();
    assert.deepEqual(disk.afterPowerCut().read(TXNINDEX), disk.read(TXNINDEX));
  }
  const other = new MemoryDisk();
  using first = openLog(other);
  append(first.log, 1, 0);
  end(first.log, 1, false);
  const killed = other.afterKill();
  using second = openLog(killed);
  second.settle();
  second.store.closeCleanly();
  assert.deepEqual(killed.afterPowerCut().read(TXNINDEX), other.read(TXNINDEX));
});

Deno.test("PartitionLog rolls only when all aborted transactions of a segment are in its index", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { segmentBytes: 200 });
  const { log, lines } = fixture;
  append(log, 1, 0);
  disk.onCall = (call, path) => {
    if (call === "writeAt" && path.endsWith(".txnindex")) throw new MemoryDiskError(call, path, "ENOSPC");
  };
  end(log, 1, false);
  assert.ok(lines.some((line) => line.startsWith("warn: an index of")));
  assert.deepEqual(markersIn(log), [1]);
  assert.throws(() => append(log, 1, 1), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
  disk.onCall = () => {};
  append(log, 1, 1);
  assert.equal(log.segmentCount, 2);
  assert.equal(disk.read(TXNINDEX).length, 34);
  assert.deepEqual(markersIn(log), [1]);
});

Deno.test("retention may take the beginning of an open transaction, or all of it", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { segmentBytes: 200 });
  const { log } = fixture;
  append(log, 1, 0);
  for (let count = 0; count < 6; count++) log.append(testBatch());
  append(log, 1, 1); // 7
  fixture.settle();
  assert.equal(log.lastStableOffset, 0);
  log.deleteRecordsBefore(5);
  assert.equal(log.lastStableOffset, 5);
  log.deleteRecordsBefore(8);
  fixture.clock.advance(3_600_000);
  fixture.settle();
  assert.equal(log.lastStableOffset, 8);
  assert.equal(log.readCommitted(8, 1000, { minOneBatch: true }), undefined);
  end(log, 1, false);
  assert.equal(log.lastStableOffset, 9);
  assert.deepEqual(log.abortedTransactions(8, 9).map(({ firstOffset }) => firstOffset), [0]);
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
});

Deno.test("checkDataDirectory reports what is wrong, missing or too much in a .txnindex", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  append(fixture.log, 1, 0);
  end(fixture.log, 1, false);
  append(fixture.log, 1, 1);
  end(fixture.log, 1, false);
  fixture.store.closeCleanly();
  const sound = disk.read(TXNINDEX);
  const problemsWith = (bytes: Uint8Array) => {
    disk.write(TXNINDEX, bytes);
    return checkDataDirectory(disk, DATA).problems.map(({ path }) => path);
  };
  assert.deepEqual(problemsWith(sound), []);
  assert.deepEqual(problemsWith(sound.subarray(0, 34)), [TXNINDEX]);
  assert.deepEqual(problemsWith(sound.subarray(0, 50)), [TXNINDEX]);
  for (const at of [0, 9, 17, 25, 33]) {
    const bytes = sound.slice();
    bytes[at]! ^= 1;
    assert.notDeepEqual(problemsWith(bytes), [], `byte ${at}`);
  }
  disk.removeFile(TXNINDEX);
  assert.deepEqual(checkDataDirectory(disk, DATA).problems.map(({ path }) => path), [TXNINDEX, TXNINDEX]);
});

Deno.test("a clean close leaves the indexes of a segment durable that was finished just before, when all its records were flushed", () => {
  const disk = new MemoryDisk();
  const fixture = openTestStore(disk, { config: { segmentMs: 5000 } });
  const { store, clock } = fixture;
  const log = store.createTopic("t", 1, new Map()).partitions[0]!;
  const timestamps = [clock.now()];
  log.append(testBatch({ timestamps, producerId: 1, epoch: 0, sequence: 0, isTransactional: true }));
  end(log, 1, false);
  clock.advance(1000);
  fixture.settle();
  assert.equal(log.flushedOffset, 2);
  clock.advance(5000);
  log.keepHouse();
  assert.equal(log.segmentCount, 2);
  store.closeCleanly();
  using again = openLog(disk.afterPowerCut());
  assert.deepEqual(markersIn(again.log), [1]);
  assert.equal(again.log.maxTimestamp()?.timestamp, timestamps[0]);
});
