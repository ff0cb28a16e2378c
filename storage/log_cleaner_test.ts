/** Compaction of logs that are in use: what clients see before, during and after, and what a crash leaves. */
import assert from "node:assert/strict";
import { BATCH_OVERHEAD, RecordBatch } from "../protocol/record_batch.ts";
import { decodeRecords, encodeBatch } from "../protocol/records.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { DATA, openTestStore, readAll, TestClock, type TestStore } from "../tests/support/storage_fixture.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";
import type { PartitionLog } from "./partition_log.ts";
import type { StoreConfig } from "./store_config.ts";

const COMPACTED = { compacts: true, deletesOld: false, segmentBytes: 400, fileDeleteDelayMs: 1000 };
const STORE = { cleanerBackoffMs: 100, checkpointIntervalMs: 50 };

function open(
  disk: MemoryDisk,
  config: Partial<LogConfig> = {},
  storeConfig: Partial<StoreConfig> = {},
  clock = new TestClock(),
): { fixture: TestStore; log: PartitionLog } {
  const fixture = openTestStore(disk, {
    clock,
    config: { ...COMPACTED, ...config },
    storeConfig: { ...STORE, ...storeConfig },
  });
  const log = fixture.store.topic("t")?.partitions[0] ??
    fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  return { fixture, log };
}

function put(log: PartitionLog, key: string, value: string | null, producer = {}): void {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const record = {
    timestamp: 1000 + log.endOffset,
    key: bytes(key),
    value: value === null ? null : bytes(value),
  };
  log.append(new RecordBatch(encodeBatch([record], producer)));
}

/** What a consumer that reads everything has in the end: offset, key and value. */
function contents(log: PartitionLog): [number, string, string | null][] {
  const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);
  return readAll(log).flatMap(({ bytes }) =>
    [...decodeRecords(new RecordBatch(bytes), { maxBytes: 1 << 20 })].map((
      { offset, key, value },
    ): [number, string, string | null] => [offset, text(key)!, text(value)])
  );
}

/** Time passes, and all that it brings about happens. */
function pass(fixture: TestStore, ms = 1000): void {
  for (let passed = 0; passed < ms; passed += 50) {
    fixture.clock.advance(50);
    fixture.settle();
  }
}

function fill(log: PartitionLog, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    for (const key of ["a", "b", "c"]) put(log, key, `${key}${round}`);
  }
}

Deno.test("LogCleaner leaves the newest of each key, at its offset", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk);
  fill(log, 20);
  const { sizeInBytes } = log;
  const before = new Map(contents(log).map(([offset, ...rest]) => [offset, rest]));
  pass(fixture);
  const after = contents(log);
  assert.ok(log.sizeInBytes < sizeInBytes / 2, `${log.sizeInBytes} of ${sizeInBytes} bytes`);
  for (const [offset, ...rest] of after) assert.deepEqual(rest, before.get(offset));
  for (const key of ["a", "b", "c"]) {
    assert.equal(after.findLast(([, found]) => found === key)?.[2], `${key}19`);
  }
  assert.ok(after.length < 20);
  assert.equal(log.endOffset, 60);
  // Any offset can be asked for, also one that is gone.
  for (let offset = 0; offset < 60; offset++) {
    const slice = log.read(offset, 1, { minOneBatch: true })!;
    const bytes = new Uint8Array(slice.length);
    slice.file.readAt(bytes, slice.position);
    slice.file.release();
    assert.ok(new RecordBatch(bytes).lastOffset >= offset);
  }
  fixture.store.closeCleanly();
  fixture.background.run();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
  assert.deepEqual(disk.openPaths, []);
  assert.deepEqual(contents(open(disk).log), after);
});

Deno.test("LogCleaner leaves segments without a record, which no reader is given while something follows", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk);
  fill(log, 40);
  pass(fixture);
  assert.ok(disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".log")).length > 10);
  for (const { bytes } of readAll(log, 1)) assert.ok(new RecordBatch(bytes).recordCount > 0);
  const cached = log.readCached(0, 1, { minOneBatch: true })!;
  assert.ok(!cached.isCold && cached.slice.length > BATCH_OVERHEAD);
  cached.slice.file.release();
});

Deno.test("LogCleaner leaves a producer's last batch without its record, and no reader misses what lies behind", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk);
  put(log, "a", "of a producer", { producerId: 7, producerEpoch: 0, baseSequence: 0 });
  put(log, "z", "behind it");
  fill(log, 20);
  pass(fixture);
  const [first, second] = readAll(log);
  assert.equal(new RecordBatch(first!.bytes).recordCount, 0);
  assert.equal(new RecordBatch(second!.bytes).recordCount, 1);
  for (const maxBytes of [1, BATCH_OVERHEAD, BATCH_OVERHEAD + 1, 1 << 20]) {
    const offsets = readAll(log, maxBytes).flatMap(({ bytes }) =>
      [...decodeRecords(new RecordBatch(bytes), { maxBytes: 1 << 20 })].map(({ offset }) => offset)
    );
    assert.deepEqual(offsets, contents(log).map(([offset]) => offset), `read ${maxBytes} bytes at a time`);
    assert.ok(offsets.includes(1));
  }
});

Deno.test("LogCleaner gives the old files' room back after file.delete.delay.ms, and a reader of one finishes", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk, { fileDeleteDelayMs: 10_000 });
  fill(log, 20);
  const slice = log.read(0, 1 << 20, { minOneBatch: true })!;
  const bytes = new Uint8Array(slice.length);
  slice.file.readAt(bytes, slice.position);
  pass(fixture, 2000);
  const deleted = () => disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".log.deleted")).length;
  assert.ok(deleted() > 5);
  pass(fixture, 12_000);
  assert.equal(deleted(), 0);
  const again = new Uint8Array(slice.length);
  slice.file.readAt(again, slice.position);
  slice.file.release();
  assert.deepEqual(again, bytes);
});

Deno.test("LogCleaner lets tombstones go after delete.retention.ms, also when nothing new comes", () => {
  const { fixture, log } = open(new MemoryDisk(), { deleteRetentionMs: 60_000, minCleanableDirtyRatio: 0.9 });
  put(log, "gone", "value");
  put(log, "gone", null);
  fill(log, 20);
  pass(fixture);
  assert.deepEqual(contents(log).filter(([, key]) => key === "gone"), [[1, "gone", null]]);
  pass(fixture, 62_000);
  assert.deepEqual(contents(log).filter(([, key]) => key === "gone"), []);
});

Deno.test("LogCleaner goes on where it was after a restart, and begins anew for a topic made again", () => {
  const disk = new MemoryDisk();
  const clock = new TestClock();
  const first = open(disk, {}, {}, clock);
  fill(first.log, 20);
  pass(first.fixture);
  const checkpoint = () => new TextDecoder().decode(disk.read(`${DATA}/cleaner-offset-checkpoint`));
  const [, , offset] = /^t (\d+) (\d+)$/m.exec(checkpoint())!;
  assert.ok(Number(offset) > 40);
  first.fixture.store.closeCleanly();
  const second = open(disk, {}, {}, clock);
  pass(second.fixture);
  assert.deepEqual(second.fixture.lines, [], "there is nothing to do");
  second.fixture.store.deleteTopic("t");
  const again = second.fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  assert.doesNotMatch(checkpoint(), /^t /m);
  fill(again, 20);
  pass(second.fixture);
  assert.ok(contents(again).length < 20);
});

Deno.test("LogCleaner keeps what a producer needs to go on, across compaction and restarts", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk);
  const producer = (baseSequence: number) => ({ producerId: 7, producerEpoch: 0, baseSequence });
  put(log, "a", "mine", producer(0));
  put(log, "a", "mine too", producer(1));
  fill(log, 20);
  pass(fixture);
  assert.equal(contents(log).filter(([, , value]) => value?.startsWith("mine")).length, 0);
  const next = open(disk.afterKill());
  assert.throws(() => put(next.log, "a", "early", producer(5)), /sequence/);
  put(next.log, "a", "again", producer(2));
  assert.equal(contents(next.log).at(-1)![2], "again");
});

// A compaction took an aborted transaction's records away. Its marker had not been flushed, the power went, and the transaction was
// open again: had it been committed then, flushed records would have been missing.
Deno.test("LogCleaner keeps off a transaction until its marker is durable", () => {
  const disk = new MemoryDisk();
  const config = { flushMs: Infinity };
  const { fixture, log } = open(disk, config);
  const flush = () => {
    log.whenFlushed(log.endOffset, () => {});
    pass(fixture);
  };
  put(log, "d", "sent", { producerId: 5, producerEpoch: 0, baseSequence: 0, isTransactional: true });
  fill(log, 10);
  flush();
  log.appendEndMarker({ producerId: 5, producerEpoch: 0, coordinatorEpoch: 0, commit: false });
  assert.equal(log.lastStableOffset, log.endOffset);
  pass(fixture);
  {
    const { fixture, log } = open(disk.afterPowerCut(), config);
    using _ = fixture;
    assert.equal(log.lastStableOffset, 0);
    assert.deepEqual(contents(log)[0], [0, "d", "sent"]);
  }
  flush();
  assert.ok(!contents(log).some(([, key]) => key === "d"));
  assert.ok(contents(log).length < 20);
});

Deno.test("LogCleaner and retention work on one log under cleanup.policy=compact,delete", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(
    disk,
    { deletesOld: true, retentionBytes: 800, fileDeleteDelayMs: 0 },
    { retentionCheckIntervalMs: 100 },
  );
  for (let round = 0; round < 30; round++) {
    fill(log, 3);
    for (let key = 0; key < 10; key++) put(log, `unique ${round} ${key}`, "x".repeat(40));
    pass(fixture, 300);
  }
  assert.ok(log.logStartOffset > 0 && log.sizeInBytes < 800 + 2 * 400, `${log.sizeInBytes} bytes`);
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
});

Deno.test("LogCleaner leaves min.compaction.lag.ms alone, and does not wait beyond max.compaction.lag.ms", () => {
  const now = new TestClock().now();
  const putNow = (log: PartitionLog, fixture: TestStore, value: string) => {
    const bytes = new TextEncoder().encode(value);
    const record = { timestamp: fixture.clock.now(), key: bytes.slice(0, 1), value: bytes };
    log.append(new RecordBatch(encodeBatch([record])));
  };
  const lagging = open(new MemoryDisk(), { minCompactionLagMs: 100_000 });
  for (let count = 0; count < 40; count++) putNow(lagging.log, lagging.fixture, `k${count}`);
  pass(lagging.fixture, 5000);
  assert.equal(contents(lagging.log).length, 40);
  pass(lagging.fixture, 100_000);
  assert.ok(contents(lagging.log).length < 10);
  const quiet = open(new MemoryDisk(), { maxCompactionLagMs: 50_000, minCleanableDirtyRatio: 1 }, {
    retentionCheckIntervalMs: 1000,
  });
  for (let count = 0; count < 40; count++) putNow(quiet.log, quiet.fixture, `k${count}`);
  pass(quiet.fixture, 40_000);
  assert.equal(contents(quiet.log).length, 40);
  // The active segment is rolled for its sake.
  pass(quiet.fixture, 20_000);
  assert.ok(
    contents(quiet.log).length <= 2,
    `${contents(quiet.log).length} are left after ${quiet.fixture.clock.now() - now} ms`,
  );
});

Deno.test("LogCleaner that fails says so, tries again later, and loses nothing on the way", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk);
  fill(log, 20);
  const before = contents(log);
  disk.onCall = (call, path) => {
    if (call === "writeAt" && path.endsWith(".cleaned")) throw new MemoryDiskError(call, path, "ENOSPC");
  };
  pass(fixture, 2000);
  assert.deepEqual(contents(log), before);
  const warnings = () => fixture.lines.filter((line) => line.startsWith("warn: t-0 could not be compacted"));
  assert.ok(warnings().length >= 1 && warnings().length <= 2, "each time it waits twice as long");
  disk.onCall = () => {};
  pass(fixture, 10_000);
  assert.ok(contents(log).length < 20);
});

Deno.test("a topic deleted while it is compacted takes nobody with it", () => {
  const disk = new MemoryDisk();
  const { fixture, log } = open(disk);
  const other = fixture.store.createTopic("u", 1, new Map()).partitions[0]!;
  fill(log, 20);
  fill(other, 20);
  for (let steps = 0; steps < 40; steps++) {
    fixture.clock.advance(50);
    fixture.store.tick(fixture.clock.monotonicMs);
    fixture.background.runOne(["sync"]);
    if (steps === 30) fixture.store.deleteTopic("t");
    if (steps > 20) fixture.background.runOne(["compact"]);
  }
  pass(fixture, 5000);
  assert.ok(contents(other).length < 20);
  fixture.store.closeCleanly();
  fixture.background.run();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
  assert.deepEqual(disk.openPaths, []);
});

Deno.test("log.cleaner.enable=false leaves compacted topics as they are", () => {
  const { fixture, log } = open(new MemoryDisk(), {}, { cleanerEnabled: false });
  fill(log, 20);
  pass(fixture, 5000);
  assert.equal(contents(log).length, 60);
});

Deno.test("LogCleaner gets to know many logs a few in a turn, and compacts them all", () => {
  const disk = new MemoryDisk();
  {
    const { store } = open(disk).fixture;
    for (const log of store.createTopic("many", 40, new Map()).partitions) fill(log, 8);
    store.closeCleanly();
  }
  const { fixture } = open(disk);
  const { store, clock, background } = fixture;
  const { partitions } = store.topic("many")!;
  const looked = new Set<string>();
  disk.onCall = (_, path) => {
    if (path.includes("/many-")) looked.add(path.split("/")[2]!);
  };
  clock.advance(100);
  store.tick(clock.monotonicMs);
  assert.ok(looked.size > 0 && looked.size <= 16, `${looked.size} logs in one turn`);
  disk.onCall = () => {};
  background.run();
  pass(fixture, 10_000);
  for (const log of partitions) {
    assert.deepEqual(contents(log).slice(0, 3).map(([, key]) => key).length, 3);
    assert.ok(contents(log).length < 20, `${log.name}: ${contents(log).length} records are left`);
  }
});

Deno.test("LogCleaner's work outlives the loss of any checkpoint", () => {
  for (
    const name of [
      "recovery-point-offset-checkpoint",
      "cleaner-offset-checkpoint",
      "log-start-offset-checkpoint",
    ]
  ) {
    for (const text of [undefined, "not a checkpoint"]) {
      const disk = new MemoryDisk();
      let before: unknown;
      {
        const { fixture, log } = open(disk);
        fill(log, 20);
        pass(fixture);
        before = contents(log);
        fixture.store.closeCleanly();
        fixture.background.run();
      }
      const path = `${DATA}/${name}`;
      if (disk.exists(path)) disk.removeFile(path);
      disk.removeFile(`${DATA}/.kafka_cleanshutdown`);
      if (text !== undefined) {
        using file = disk.open(path, { create: true });
        file.writeAt(new TextEncoder().encode(text), 0);
      }
      const { log } = open(disk);
      assert.deepEqual(contents(log), before, `${name} ${text}`);
      assert.deepEqual(disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".corrupt")), []);
    }
  }
});

Deno.test("LogCleaner compacts a topic from when its cleanup.policy says so, and no further when that has changed", () => {
  const { fixture, log } = open(new MemoryDisk(), { compacts: false });
  const { store, background, clock } = fixture;
  fill(log, 20);
  pass(fixture);
  const all = contents(log);
  assert.equal(all.length, 60);
  store.alterTopic("t", new Map([["compacts", "true"]]));
  // A compaction is begun, and its first groups are on their way when the policy changes.
  for (let turn = 0; turn < 20 && background.count(["compact"]) === 0; turn++) {
    clock.advance(50);
    store.tick(clock.monotonic());
    while (background.count(["sync"]) > 0) background.runOne(["sync"]);
  }
  assert.equal(background.count(["compact"]), 1);
  store.alterTopic("t", new Map([["compacts", "false"]]));
  pass(fixture);
  assert.deepEqual(contents(log), all);
  assert.ok(!fixture.lines.some((line) => line.startsWith("warn")), fixture.lines.join());
  store.alterTopic("t", new Map([["compacts", "true"]]));
  pass(fixture);
  assert.ok(contents(log).length < 20);
});

Deno.test("TopicStore.reconfigureCleaner counts from the next compaction on", () => {
  const { fixture, log } = open(new MemoryDisk(), {}, { cleanerBackoffMs: 100_000 });
  fill(log, 20);
  pass(fixture);
  assert.equal(contents(log).length, 60);
  const config = {
    cleanerEnabled: true,
    cleanerBackoffMs: 100,
    cleanerBufferBytes: 1 << 20,
    cleanerBytesPerSecond: Infinity,
  };
  fixture.store.reconfigureCleaner(config);
  pass(fixture);
  assert.ok(contents(log).length < 20);
});
