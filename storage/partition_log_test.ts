import assert from "node:assert/strict";
import { CompressionType } from "../protocol/compression.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { encodeBatch } from "../protocol/records.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { DATA, openTestStore, readAll } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";
import { LogError } from "./log_error.ts";
import type { PartitionLog } from "./partition_log.ts";
import type { TopicStore } from "./topic_store.ts";

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

function openLog(disk: MemoryDisk, config: Partial<LogConfig> = {}) {
  const fixture = openTestStore(disk, { config });
  const log = fixture.store.topic("t")?.partitions[0] ??
    fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  return { ...fixture, log, [Symbol.dispose]: () => fixture[Symbol.dispose]() };
}

function fault(code: string): Error {
  return Object.assign(new Error(`injected ${code}`), { code });
}

/** Closes cleanly and reports every broken invariant of what is on disk. */
function closeAndCheck(fixture: { readonly store: TopicStore }, disk: MemoryDisk): void {
  fixture.store.closeCleanly();
  assert.deepEqual(disk.openPaths, []);
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
}

Deno.test("PartitionLog.append sets base offset and leader epoch and leaves the rest of a batch alone", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  fixture.log.append(testBatch());
  const batch = testBatch({ timestamps: [7, 9], value: new Uint8Array([1, 2, 3]) });
  const sent = batch.bytes.slice();
  fixture.log.append(batch);
  const kept = readAll(fixture.log)[1]!.bytes;
  assert.deepEqual(kept.subarray(8, 12), sent.subarray(8, 12));
  assert.deepEqual(kept.subarray(16), sent.subarray(16));
  assert.equal(new RecordBatch(kept).baseOffset, 1);
  assert.equal(new RecordBatch(kept).leaderEpoch, 0);
});

Deno.test("PartitionLog.append stamps records where message.timestamp.type is LogAppendTime", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { timestampType: "LogAppendTime" });
  fixture.clock.wallMs = 5_000_000;
  const sent = { timestamps: [1, 2], producerId: 9, epoch: 0, sequence: 0 };
  assert.deepEqual(fixture.log.append(testBatch(sent)), {
    baseOffset: 0,
    appendTimeMs: 5_000_000,
    duplicate: false,
  });
  fixture.clock.wallMs = 6_000_000;
  assert.deepEqual(fixture.log.append(testBatch(sent)), {
    baseOffset: 0,
    appendTimeMs: 5_000_000,
    duplicate: true,
  });
  const batch = new RecordBatch(readAll(fixture.log)[0]!.bytes);
  assert.equal(batch.timestampType, "LogAppendTime");
  assert.equal(batch.maxTimestamp, 5_000_000);
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog.append refuses what is larger than max.message.bytes or a segment", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { maxMessageBytes: 200, segmentBytes: 150 });
  const batchOfSize = (size: number) => testBatch({ value: new Uint8Array(size - 70) });
  fixture.log.append(batchOfSize(150));
  assert.throws(() => fixture.log.append(batchOfSize(151)), hasCode(ErrorCode.RECORD_LIST_TOO_LARGE));
  assert.throws(() => fixture.log.append(batchOfSize(210)), hasCode(ErrorCode.MESSAGE_TOO_LARGE));
  assert.equal(fixture.log.endOffset, 1);
});

Deno.test("PartitionLog.append counts a batch's header into max.message.bytes", () => {
  const disk = new MemoryDisk();
  const { sizeInBytes } = testBatch();
  using fixture = openLog(disk, { maxMessageBytes: sizeInBytes });
  fixture.log.append(testBatch());
  const larger = testBatch({ value: new Uint8Array(11) });
  assert.equal(larger.sizeInBytes, sizeInBytes + 1);
  assert.throws(() => fixture.log.append(larger), hasCode(ErrorCode.MESSAGE_TOO_LARGE));
});

Deno.test("PartitionLog.append measures a batch as it is sent, and as it is stored if that is another", () => {
  const disk = new MemoryDisk();
  const value = new Uint8Array(1000);
  const packed = new RecordBatch(
    encodeBatch([{ timestamp: 0, value }], { compression: CompressionType.gzip }),
  );
  const plain = testBatch({ value });
  assert.ok(packed.sizeInBytes < 200 && plain.sizeInBytes > 1000);
  using unpacking = openLog(disk, { maxMessageBytes: 1000, compressionType: "uncompressed" });
  assert.throws(() => unpacking.log.append(packed), hasCode(ErrorCode.MESSAGE_TOO_LARGE));
  assert.equal(unpacking.log.endOffset, 0);
  using packing = openLog(new MemoryDisk(), { maxMessageBytes: 1000, compressionType: "gzip" });
  assert.throws(() => packing.log.append(plain), hasCode(ErrorCode.MESSAGE_TOO_LARGE));
  using room = openLog(new MemoryDisk(), { maxMessageBytes: 2000, compressionType: "gzip" });
  room.log.append(plain);
  assert.ok(readAll(room.log)[0]!.bytes.length < 200);
});

Deno.test("PartitionLog.append packs a batch again, stamps it, and knows it when its producer repeats it", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { compressionType: "zstd", timestampType: "LogAppendTime" });
  fixture.log.append(testBatch());
  const sent = { timestamps: [1, 2], producerId: 9, epoch: 0, sequence: 0 };
  assert.equal(fixture.log.append(testBatch(sent)).baseOffset, 1);
  assert.deepEqual(fixture.log.append(testBatch(sent)), {
    baseOffset: 1,
    appendTimeMs: fixture.clock.wallMs,
    duplicate: true,
  });
  const batch = new RecordBatch(readAll(fixture.log)[1]!.bytes);
  assert.equal(batch.compression, CompressionType.zstd);
  assert.equal(batch.timestampType, "LogAppendTime");
  assert.equal(batch.producerId, 9);
  assert.equal(batch.crc, batch.computeCrc());
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog.append answers a repeated batch like the first time, though its time is out of bounds by now", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { timestampBeforeMaxMs: 1000 });
  const { wallMs } = fixture.clock;
  const sent = { timestamps: [wallMs], producerId: 9, epoch: 0, sequence: 0 };
  fixture.log.append(testBatch(sent));
  fixture.clock.advance(1001);
  assert.equal(fixture.log.append(testBatch(sent)).duplicate, true);
  const next = { ...sent, sequence: 1 };
  assert.throws(() => fixture.log.append(testBatch(next)), hasCode(ErrorCode.INVALID_TIMESTAMP));
  // What is refused takes no sequence.
  assert.equal(fixture.log.append(testBatch({ ...next, timestamps: [wallMs + 1001] })).baseOffset, 1);
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog flushes once flush.messages records, not batches, have come since the last flush", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { flushMessages: 10, flushMs: Infinity });
  fixture.settle();
  const append = (count: number) => {
    fixture.log.append(testBatch({ timestamps: new Array<number>(count).fill(0) }));
    fixture.settle();
    return fixture.log.flushedOffset;
  };
  assert.deepEqual([9, 1, 4, 5, 1, 25, 9].map(append), [0, 10, 10, 10, 20, 45, 45]);
  assert.equal(fixture.log.highWatermark, 54, "only flush.messages=1 holds records back");
});

Deno.test("PartitionLog rolls by size and by full indexes and reads on from segment to segment", () => {
  const size = testBatch().sizeInBytes;
  const configs: [Partial<LogConfig>, number][] = [
    [{ segmentBytes: 4 * size }, 5],
    [{ segmentBytes: 5 * size - 1 }, 5],
    [{ indexIntervalBytes: 0, segmentIndexBytes: 33 }, 10], // one entry in the time index, and one kept free
    [{ indexIntervalBytes: 0, segmentIndexBytes: 4 }, 20], // no entry at all
    [{ indexIntervalBytes: 0, segmentIndexBytes: 47 }, 7], // two, and one kept free
    [{ indexIntervalBytes: 4096, segmentIndexBytes: 33 }, 1], // no entry is wanted
    [{}, 1],
  ];
  for (const [config, segmentCount] of configs) {
    const disk = new MemoryDisk();
    using fixture = openLog(disk, config);
    for (let index = 0; index < 20; index++) fixture.log.append(testBatch({ timestamps: [index] }));
    assert.equal(fixture.log.segmentCount, segmentCount, JSON.stringify(config));
    assert.deepEqual(
      readAll(fixture.log).map(({ offset }) => offset),
      Array.from({ length: 20 }, (_, index) => index),
    );
    closeAndCheck(fixture, disk);
  }
});

Deno.test("PartitionLog writes an index entry for each batch behind more than index.interval.bytes, none for the first", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { indexIntervalBytes: 100 });
  const size = testBatch().sizeInBytes;
  assert.ok(size > 50 && size < 100);
  for (let index = 0; index < 7; index++) fixture.log.append(testBatch({ timestamps: [1000 + index] }));
  fixture.store.closeCleanly();
  const view = new DataView(disk.read(`${DATA}/t-0/00000000000000000000.index`).buffer);
  const entries = Array.from(
    { length: view.byteLength / 8 },
    (_, at) => [view.getInt32(at * 8), view.getInt32(at * 8 + 4)],
  );
  assert.deepEqual(entries, [[2, 2 * size], [4, 4 * size], [6, 6 * size]]);
  const times = new DataView(disk.read(`${DATA}/t-0/00000000000000000000.timeindex`).buffer);
  assert.equal(times.byteLength, 36);
  assert.deepEqual([Number(times.getBigInt64(0)), times.getInt32(8)], [1002, 2]);
});

Deno.test("PartitionLog notes the largest timestamp and where it was first reached, not the latest", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { indexIntervalBytes: 100, segmentBytes: 600 });
  for (const timestamp of [50, 90, 10, 20, 30, 90, 5, 95]) {
    fixture.log.append(testBatch({ timestamps: [timestamp] }));
  }
  assert.deepEqual(fixture.log.maxTimestamp(), { timestamp: 95, offset: 7 });
  const found = [0, 50, 51, 90, 91, 95].map((timestamp) => fixture.log.lookupTimestamp(timestamp)?.offset);
  assert.deepEqual(found, [0, 0, 1, 1, 7, 7]);
  assert.equal(fixture.log.lookupTimestamp(96), undefined);
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog.lookupTimestamp finds the record within a batch whose timestamps go up and down", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  fixture.log.append(testBatch({ timestamps: [100, 300, 200] }));
  fixture.log.append(testBatch({ timestamps: [250, 400] }));
  assert.deepEqual(fixture.log.lookupTimestamp(150), { timestamp: 300, offset: 1 });
  assert.deepEqual(fixture.log.lookupTimestamp(301), { timestamp: 400, offset: 4 });
  assert.deepEqual(fixture.log.maxTimestamp(), { timestamp: 400, offset: 4 });
});

Deno.test("PartitionLog without records or timestamps finds no timestamp", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  assert.equal(fixture.log.maxTimestamp(), undefined);
  assert.equal(fixture.log.lookupTimestamp(0), undefined);
  fixture.log.append(testBatch({ timestamps: [-1] }));
  assert.equal(fixture.log.lookupTimestamp(0), undefined);
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog flushes in the background once flush.ms is over, and again for what came meanwhile", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { flushMs: 1000 });
  const { log, clock, store, background } = fixture;
  log.append(testBatch());
  assert.equal(log.highWatermark, 1);
  assert.equal(store.tick(clock.monotonicMs), 1000);
  clock.advance(999);
  store.tick(clock.monotonicMs);
  assert.equal(background.jobCount, 0);
  clock.advance(1);
  store.tick(clock.monotonicMs);
  log.append(testBatch());
  background.run();
  assert.equal(log.flushedOffset, 1);
  assert.equal(store.tick(clock.monotonicMs), 2000);
  clock.advance(1000);
  fixture.settle();
  assert.equal(log.flushedOffset, 2);
  assert.deepEqual(readAll(openLog(disk.afterPowerCut()).log).map(({ offset }) => offset), [0, 1]);
});

Deno.test("PartitionLog with flush.messages=1 shows and acknowledges only what has been flushed", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { flushMessages: 1 });
  const { log, clock, store, background, advanced } = fixture;
  const heard: string[] = [];
  log.append(testBatch());
  log.whenFlushed(1, (error) => heard.push(`1 ${error?.message ?? "flushed"}`));
  assert.equal(log.highWatermark, 0);
  assert.equal(log.read(0, 1000, { minOneBatch: true }), undefined);
  assert.equal(log.lookupTimestamp(0), undefined);
  store.tick(clock.monotonicMs);
  background.run();
  assert.deepEqual(heard, ["1 flushed"]);
  assert.equal(log.highWatermark, 1);
  assert.deepEqual(advanced, [log]);
  assert.equal(readAll(log).length, 1);
  log.whenFlushed(1, () => heard.push("at once"));
  assert.deepEqual(heard, ["1 flushed", "at once"]);
});

Deno.test("PartitionLog with flush.messages=1 syncs once for all appends of a turn, and once for all that come meanwhile", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { flushMessages: 1 });
  const { log, clock, store, background } = fixture;
  fixture.settle();
  let syncCount = 0;
  disk.onCall = (call) => {
    if (call === "syncData") syncCount++;
  };
  const flushed: number[] = [];
  const append = () => {
    const { baseOffset } = log.append(testBatch());
    log.whenFlushed(baseOffset + 1, () => flushed.push(baseOffset));
  };
  append();
  append();
  store.tick(clock.monotonicMs);
  append();
  append();
  append();
  store.tick(clock.monotonicMs);
  // The sync of the log, then of its directory, which is new.
  while (flushed.length === 0) background.runOne();
  assert.deepEqual(flushed, [0, 1]);
  store.tick(clock.monotonicMs);
  background.run();
  assert.deepEqual(flushed, [0, 1, 2, 3, 4]);
  store.tick(clock.monotonicMs);
  background.run();
  assert.equal(syncCount, 2);
});

Deno.test("PartitionLog flushes a finished segment with its indexes and snapshot, and the directory it lies in", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { segmentBytes: 320, indexIntervalBytes: 100, flushMs: Infinity });
  for (let index = 0; index < 5; index++) fixture.log.append(testBatch({ timestamps: [index] }));
  assert.equal(fixture.log.segmentCount, 2);
  fixture.settle();
  assert.equal(fixture.log.flushedOffset, 5);
  const left = disk.afterPowerCut();
  assert.deepEqual(left.names(`${DATA}/t-0`).filter((name) => name.startsWith("0")), [
    "00000000000000000000.index",
    "00000000000000000000.log",
    "00000000000000000000.timeindex",
    "00000000000000000004.index",
    "00000000000000000004.log",
    "00000000000000000004.snapshot",
    "00000000000000000004.timeindex",
  ]);
  for (const kind of ["log", "index", "timeindex"]) {
    const path = `${DATA}/t-0/00000000000000000000.${kind}`;
    assert.deepEqual(left.read(path), disk.read(path), kind);
  }
});

Deno.test("PartitionLog fences itself when a sync fails, and never tries again", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { flushMessages: 1 });
  const { log, clock, store, background, lines } = fixture;
  const heard: (string | undefined)[] = [];
  log.append(testBatch());
  log.whenFlushed(1, (error) => heard.push(error?.message));
  log.append(testBatch());
  log.whenFlushed(2, (error) => heard.push(error?.message));
  let syncCount = 0;
  disk.onCall = (call) => {
    if (call === "syncData" && syncCount++ === 0) throw fault("EIO");
  };
  store.tick(clock.monotonicMs);
  background.run();
  store.tick(clock.monotonicMs);
  background.run();
  assert.equal(syncCount, 1);
  assert.equal(heard.length, 2);
  assert.match(heard[0]!, /t-0 is out of service.*injected EIO/);
  assert.equal(log.highWatermark, 0);
  for (
    const call of [
      () => log.append(testBatch()),
      () => log.read(0, 100, { minOneBatch: true }),
      () => log.lookupTimestamp(0),
      () => log.maxTimestamp(),
    ]
  ) assert.throws(call, hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
  log.whenFlushed(2, (error) => heard.push(error?.message));
  assert.equal(heard.length, 3);
  assert.ok(lines.some((line) => line.startsWith("error:")));
  store.closeCleanly();
  assert.ok(!disk.names(DATA).includes(".kafka_cleanshutdown"));
});

Deno.test("PartitionLog.append to a full disk fails, leaves nothing behind, and works again when there is room", () => {
  for (const share of [0, 0.5, 0.99]) {
    const disk = new MemoryDisk();
    using fixture = openLog(disk);
    const { log } = fixture;
    log.append(testBatch({ producerId: 1, epoch: 0, sequence: 0 }));
    const before = disk.read(`${DATA}/t-0/00000000000000000000.log`);
    disk.shortWriteShare = share;
    disk.onCall = (call, path) => {
      if (call === "writeAt" && path.endsWith(".log")) throw new MemoryDiskError(call, path, "ENOSPC");
    };
    const again = () => log.append(testBatch({ producerId: 1, epoch: 0, sequence: 1 }));
    assert.throws(again, hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
    assert.throws(again, /the disk is full/);
    assert.deepEqual(disk.read(`${DATA}/t-0/00000000000000000000.log`), before);
    assert.equal(readAll(log).length, 1);
    disk.onCall = () => {};
    assert.deepEqual(again(), { baseOffset: 1, appendTimeMs: -1, duplicate: false });
    closeAndCheck(fixture, disk);
  }
});

Deno.test("PartitionLog fences itself when a write fails for another reason than a full disk, or can't be undone", () => {
  for (
    const codes of [{ writeAt: "EIO" }, { writeAt: "ENOSPC", truncate: "EIO" }] as Record<string, string>[]
  ) {
    const disk = new MemoryDisk();
    using fixture = openLog(disk);
    const { log } = fixture;
    log.append(testBatch());
    disk.shortWriteShare = 0.5;
    disk.onCall = (call, path) => {
      if (path.endsWith(".log") && codes[call]) throw new MemoryDiskError(call, path, codes[call]);
    };
    assert.throws(() => log.append(testBatch()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
    disk.onCall = () => {};
    assert.throws(() => log.append(testBatch()), /out of service/);
    // What the next start finds is what was acknowledged.
    const left = disk.afterKill();
    using next = openLog(left);
    assert.deepEqual(readAll(next.log).map(({ offset }) => offset), [0]);
    closeAndCheck(next, left);
  }
});

Deno.test("PartitionLog goes on when an index, a snapshot or a new segment can't be written", () => {
  for (const suffix of ["index", "timeindex", "snapshot"]) {
    const disk = new MemoryDisk();
    // Index entries are written some hundred at a time.
    const [count, config] = suffix === "snapshot"
      ? [20, { indexIntervalBytes: 100, segmentBytes: 600 }]
      : [1100, { indexIntervalBytes: 0 }];
    using fixture = openLog(disk, config);
    const { log } = fixture;
    disk.shortWriteShare = 0.6;
    disk.onCall = (call, path) => {
      if (call === "writeAt" && path.endsWith(`.${suffix}`)) throw new MemoryDiskError(call, path, "ENOSPC");
    };
    for (let index = 0; index < count; index++) log.append(testBatch({ timestamps: [index] }));
    assert.equal(readAll(log).length, count);
    disk.onCall = () => {};
    for (let index = count; index < 2 * count; index++) log.append(testBatch({ timestamps: [index] }));
    assert.equal(readAll(log).length, 2 * count);
    assert.ok(fixture.lines.some((line) => line.startsWith("warn:")), suffix);
    for (let index = 0; index < 2 * count; index++) {
      assert.equal(log.lookupTimestamp(index)?.offset, index);
    }
  }
  const disk = new MemoryDisk();
  using fixture = openLog(disk, { segmentBytes: 100 });
  fixture.log.append(testBatch());
  disk.onCall = (call, path) => {
    if (call === "open" && path.endsWith("1.timeindex")) throw new MemoryDiskError(call, path, "ENOSPC");
  };
  assert.throws(() => fixture.log.append(testBatch()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
  disk.onCall = () => {};
  assert.equal(fixture.log.append(testBatch()).baseOffset, 1);
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog says once that the disk is full, and once that it takes records again", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  const { log } = fixture;
  disk.onCall = (call, path) => {
    if (call === "writeAt" && path.endsWith(".log")) throw new MemoryDiskError(call, path, "ENOSPC");
  };
  for (let index = 0; index < 5; index++) {
    assert.throws(() => log.append(testBatch()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
  }
  disk.onCall = () => {};
  log.append(testBatch());
  log.append(testBatch());
  const lines = fixture.lines.filter((line) => line.includes("t-0"));
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /^error: .*the disk is full/);
  assert.match(lines[1]!, /^info: t-0 takes records again/);
});

/**
 * The large batch wants a new segment, of which only the first file can be made; a small one after it would fit the old
 * segment. It went there once, and after a clean stop the empty file stood for the end of the log: a record that had
 * been acknowledged was gone, and its offset was given again.
 */
Deno.test("PartitionLog appends nothing to a segment behind which another was begun", () => {
  const disk = new MemoryDisk();
  const large = () => testBatch({ timestamps: Array.from({ length: 40 }, (_, index) => index) });
  let endOffset: number;
  {
    using fixture = openLog(disk, { segmentBytes: 800 });
    const { log, store } = fixture;
    log.append(testBatch());
    disk.onCall = (call, path) => {
      if (call === "open" && path.endsWith("1.index")) throw new MemoryDiskError(call, path, "EMFILE");
    };
    assert.throws(() => log.append(large()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
    assert.throws(() => log.append(testBatch()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
    disk.onCall = () => {};
    assert.equal(log.append(testBatch()).baseOffset, 1);
    assert.equal(log.segmentCount, 2);
    endOffset = log.endOffset;
    store.closeCleanly();
  }
  using fixture = openTestStore(disk, { config: { segmentBytes: 800 } });
  const log = fixture.store.topic("t")!.partitions[0]!;
  assert.equal(log.endOffset, endOffset);
  assert.equal(readAll(log).length, 2);
  assert.equal(log.append(testBatch()).baseOffset, endOffset);
});

Deno.test("PartitionLog.read leaves the file open for whoever holds a slice, though the log is closed", () => {
  const disk = new MemoryDisk();
  using fixture = openLog(disk);
  fixture.log.append(testBatch());
  const slice = fixture.log.read(0, 1000, { minOneBatch: true })!;
  fixture.store.deleteTopic("t");
  fixture.settle();
  assert.deepEqual(disk.names(DATA).filter((name) => name.startsWith("t-")), []);
  const bytes = new Uint8Array(slice.length);
  assert.equal(slice.file.readAt(bytes, slice.position), slice.length);
  slice.file.release();
  assert.throws(() => slice.file.readAt(bytes, 0), /closed/);
});

Deno.test("PartitionLog makes indexes again that mislead it, and finds every offset with any index", () => {
  const damages: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    empty: () => new Uint8Array(0),
    zeroed: (bytes) => new Uint8Array(bytes.length),
    ones: (bytes) => bytes.slice().fill(0xff),
    cut: (bytes) => bytes.slice(0, bytes.length - 3),
    halved: (bytes) => bytes.slice(0, Math.floor(bytes.length / 16) * 8),
    "shifted positions": (bytes) => {
      const view = new DataView(bytes.slice().buffer);
      for (let at = 4; at < view.byteLength; at += 8) view.setInt32(at, view.getInt32(at) - 7);
      return new Uint8Array(view.buffer);
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    for (const wasClosedCleanly of [true, false]) {
      const disk = new MemoryDisk();
      const config = { indexIntervalBytes: 100, segmentBytes: 1000 };
      using first = openLog(disk, config);
      for (let index = 0; index < 40; index++) first.log.append(testBatch({ timestamps: [index] }));
      first.settle();
      first.clock.advance(60_000);
      first.settle();
      if (wasClosedCleanly) first.store.closeCleanly();
      else first[Symbol.dispose]();
      for (const name of disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".index"))) {
        const path = `${DATA}/t-0/${name}`;
        disk.write(path, damage(disk.read(path)));
      }
      using second = openLog(disk, config);
      const label = `${name}, ${wasClosedCleanly ? "clean" : "unclean"}`;
      for (let offset = 0; offset < 40; offset++) {
        const slice = second.log.read(offset, 1, { minOneBatch: true })!;
        const batch = new Uint8Array(slice.length);
        slice.file.readAt(batch, slice.position);
        slice.file.release();
        assert.equal(new RecordBatch(batch).baseOffset, offset, label);
        assert.equal(second.log.lookupTimestamp(offset)?.offset, offset, label);
      }
      second.log.append(testBatch({ timestamps: [40] }));
      assert.equal(readAll(second.log).length, 41, label);
    }
  }
});

for (const writeMode of ["pwrite", "mmap"] as const) {
  Deno.test(`PartitionLog.closeCleanly, by ${writeMode}, leaves nothing behind the last batch, though power is cut at once`, () => {
    const disk = new MemoryDisk();
    const options = { config: { flushMessages: 1 }, storeConfig: { writeMode } };
    using fixture = openTestStore(disk, options);
    const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
    for (let index = 0; index < 10; index++) log.append(testBatch());
    fixture.settle();
    // All is on disk, and so is what was set aside.
    assert.equal(log.flushedOffset, 10);
    const path = `${DATA}/t-0/${"0".repeat(20)}.log`;
    const size = 10 * testBatch().sizeInBytes;
    assert.ok(disk.allocatedEnd(path) > size);
    assert.equal(disk.read(path).length > size, writeMode === "mmap");
    fixture.store.closeCleanly();
    fixture.settle();
    const left = disk.afterPowerCut();
    assert.equal(left.read(path).length, size);
    assert.equal(left.allocatedEnd(path), size);
    using again = openTestStore(left, options);
    assert.deepEqual(again.lines.filter((line) => line.includes(".log")), []);
    assert.equal(again.store.topic("t")!.partitions[0]!.endOffset, 10);
  });

  Deno.test(`PartitionLog, by ${writeMode}, gives back what an idle segment has set aside, and goes on appending to it`, () => {
    const disk = new MemoryDisk();
    using fixture = openTestStore(disk, { storeConfig: { writeMode, maxOpenSegments: 2 } });
    const logs = fixture.store.createTopic("t", 6, new Map()).partitions;
    const path = (partition: number) => `${DATA}/t-${partition}/${"0".repeat(20)}.log`;
    const size = testBatch().sizeInBytes;
    for (let round = 1; round <= 5; round++) {
      for (const log of logs) for (let count = 0; count < 4; count++) log.append(testBatch());
      for (let turn = 0; turn < 3; turn++) {
        fixture.clock.advance(60_000);
        fixture.settle();
        for (const log of logs) log.read(0, 1, { minOneBatch: true })!.file.release();
      }
      const ahead = logs.filter((_, partition) => disk.allocatedEnd(path(partition)) > 4 * round * size);
      assert.ok(ahead.length <= 3, `${ahead.length} logs have set something aside`);
    }
    for (const log of logs) assert.equal(readAll(log).length, 20);
    fixture.settle();
    closeAndCheck(fixture, disk);
  });

  Deno.test(`PartitionLog, by ${writeMode} and with preallocate, frees what a killed broker had set aside when the segment ends`, () => {
    const disk = new MemoryDisk();
    const options = { config: { preallocate: true, segmentBytes: 1000 }, storeConfig: { writeMode } };
    const path = `${DATA}/t-0/${"0".repeat(20)}.log`;
    using first = openTestStore(disk, options);
    first.store.createTopic("t", 1, new Map()).partitions[0]!.append(testBatch());
    assert.equal(disk.allocatedEnd(path), 1000);
    const left = disk.afterKill();
    using second = openTestStore(left, options);
    const log = second.store.topic("t")!.partitions[0]!;
    while (log.segmentCount < 2) log.append(testBatch());
    assert.equal(left.allocatedEnd(path), left.read(path).length);
    assert.equal(left.allocatedEnd(`${DATA}/t-0/${String(log.endOffset - 1).padStart(20, "0")}.log`), 1000);
    second.settle();
    closeAndCheck(second, left);
  });
}

Deno.test("PartitionLog, by mmap, answers errors while the disk is full, and takes records again when it has room", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk, { storeConfig: { writeMode: "mmap" } });
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  for (let index = 0; index < 5; index++) log.append(testBatch());
  disk.onCall = (call, path) => {
    if (["writeAt", "mapForWriting", "allocate"].includes(call)) {
      throw new MemoryDiskError(call, path, "ENOSPC");
    }
  };
  // What was promised is there, and then no more.
  let refusals = 0;
  for (let tries = 0; tries < 20; tries++) {
    try {
      log.append(testBatch());
    } catch (error) {
      assert.ok(hasCode(ErrorCode.KAFKA_STORAGE_ERROR)(error));
      refusals++;
    }
  }
  assert.ok(refusals >= 10, `${refusals} refusals`);
  const { endOffset } = log;
  assert.equal(readAll(log).length, endOffset);
  disk.onCall = () => {};
  assert.equal(log.append(testBatch()).baseOffset, endOffset);
  assert.equal(readAll(log).length, endOffset + 1);
  fixture.settle();
  closeAndCheck(fixture, disk);
});

Deno.test("PartitionLog that finds no descriptor left refuses the batch, and takes it when there is one", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk, { storeConfig: { maxOpenSegments: 1 } });
  const [log, other] = fixture.store.createTopic("t", 2, new Map()).partitions as [
    PartitionLog,
    PartitionLog,
  ];
  log.append(testBatch());
  fixture.clock.advance(2000);
  fixture.settle();
  other.append(testBatch());
  assert.ok(!disk.openPaths.some((path) => path.includes("/t-0/")), "it had to give its file back");
  disk.onCall = (call, path) => {
    if (call === "open") throw new MemoryDiskError(call, path, "EMFILE");
  };
  assert.throws(() => log.append(testBatch()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR));
  assert.equal(log.failure, undefined, "nothing is in doubt");
  disk.onCall = () => {};
  assert.equal(log.append(testBatch()).baseOffset, 1);
});

for (const config of [{ segmentMs: 1 }, { segmentIndexBytes: 12, indexIntervalBytes: 0 }]) {
  Deno.test(`PartitionLog with ${JSON.stringify(config)} begins no more segments than are flushed, which hold all their files`, () => {
    const disk = new MemoryDisk();
    using fixture = openLog(disk, config);
    const { log } = fixture;
    for (let index = 0; index < 500; index++) log.append(testBatch({ timestamps: [1000 * index] }));
    assert.ok(log.segmentCount > 10 && log.segmentCount < 50, `${log.segmentCount} segments`);
    const before = log.segmentCount;
    fixture.settle();
    log.append(testBatch({ timestamps: [1_000_000] }));
    assert.equal(log.segmentCount, before + 1);
    assert.deepEqual(
      readAll(log).map(({ offset }) => offset),
      Array.from({ length: 501 }, (_, index) => index),
    );
    assert.equal(log.lookupTimestamp(400_000)?.offset, 400);
    closeAndCheck(fixture, disk);
  });
}

Deno.test("PartitionLog stays in service if its files could not be opened for an append", () => {
  for (let after = 0; after < 4; after++) {
    const disk = new MemoryDisk();
    // Of a log that is opened anew nothing is open yet.
    openLog(disk).store.closeCleanly();
    using fixture = openLog(disk);
    let left = after;
    disk.onCall = (call, path) => {
      if (call === "open" && left-- <= 0) throw new MemoryDiskError(call, path, "EMFILE");
    };
    assert.throws(() => fixture.log.append(testBatch()), hasCode(ErrorCode.KAFKA_STORAGE_ERROR), `${after}`);
    disk.onCall = () => {};
    assert.equal(fixture.log.failure, undefined, `call ${after}`);
    assert.equal(fixture.log.append(testBatch()).baseOffset, 0);
    closeAndCheck(fixture, disk);
  }
});

for (const failing of ["syncDirectory", "open"]) {
  Deno.test(`PartitionLog whose flush finds no descriptor for ${failing} stays in service and is flushed later`, () => {
    const disk = new MemoryDisk();
    using first = openLog(disk);
    first.settle();
    first.log.append(testBatch());
    const killed = disk.afterKill();
    using fixture = openTestStore(killed, { config: { flushMessages: Infinity, segmentMs: 5 } });
    const log = fixture.store.topic("t")!.partitions[0]!;
    if (failing === "syncDirectory") log.append(testBatch({ timestamps: [1000] }));
    const { endOffset } = log;
    const outcomes: unknown[] = [];
    log.whenFlushed(endOffset, (error) => outcomes.push(error));
    killed.onCall = (call, path) => {
      if (call === failing && path.startsWith(`${DATA}/t-0`)) throw new MemoryDiskError(call, path, "EMFILE");
    };
    fixture.settle();
    killed.onCall = () => {};
    assert.equal(log.failure, undefined);
    assert.deepEqual(outcomes, []);
    fixture.clock.advance(100);
    fixture.settle();
    assert.deepEqual(outcomes, [undefined]);
    assert.equal(log.flushedOffset, endOffset);
    using left = openTestStore(killed.afterPowerCut());
    assert.equal(left.store.topic("t")!.partitions[0]!.endOffset, endOffset);
    closeAndCheck(fixture, killed);
  });
}

Deno.test("PartitionLog.describeForCompaction tells when a segment begins where max.compaction.lag.ms counts from there", () => {
  using fixture = openLog(new MemoryDisk(), {
    compacts: true,
    maxCompactionLagMs: 1000,
    segmentMs: Infinity,
  });
  const keyed = (timestamp: number) =>
    new RecordBatch(encodeBatch([{ timestamp, key: new Uint8Array(1), value: new Uint8Array(1) }], {}));
  fixture.log.append(keyed(5000));
  fixture.log.append(keyed(5900));
  fixture.log.append(keyed(6001));
  const [segment] = fixture.log.describeForCompaction().segments;
  assert.equal(segment?.firstTimestampMs, 5000);
  assert.equal(segment?.largestTimestampMs, 5900);
});

for (const timestamp of [-1, 1_000_000_000_000]) {
  Deno.test(`PartitionLog rolls a segment of records of ${timestamp} when it has been written to for segment.ms`, () => {
    using fixture = openLog(new MemoryDisk(), { segmentMs: 3_600_000 });
    const { log, clock } = fixture;
    for (let round = 0; round < 12; round++) {
      log.append(testBatch({ timestamps: [timestamp] }));
      clock.advance(300_000);
      log.keepHouse();
    }
    assert.equal(log.segmentCount, 1);
    clock.advance(1);
    log.keepHouse();
    assert.equal(log.segmentCount, 2);
  });
}
