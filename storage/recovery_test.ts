import assert from "node:assert/strict";
import { laneNames } from "../broker/io/lanes.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";

const LOG = `${DATA}/t-0/00000000000000000000.log`;

function openLog(disk: MemoryDisk, config: Partial<LogConfig> = {}) {
  const fixture = openTestStore(disk, { config });
  const log = fixture.store.topic("t")?.partitions[0] ??
    fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  return { ...fixture, log, [Symbol.dispose]: () => fixture[Symbol.dispose]() };
}

/** Batches of one to three records, with values of many sizes. */
function batchAt(index: number) {
  const timestamps = Array.from({ length: 1 + index % 3 }, (_, at) => 1000 + index * 10 + at);
  return testBatch({ timestamps, value: new Uint8Array(index * 7 % 40).fill(index) });
}

/** A disk with a log of `count` batches, left by a killed process, and the batches. */
function killedLog(count: number, config: Partial<LogConfig> = {}) {
  const disk = new MemoryDisk();
  using fixture = openLog(disk, config);
  for (let index = 0; index < count; index++) fixture.log.append(batchAt(index));
  return { disk, batches: readAll(fixture.log) };
}

function opened(disk: MemoryDisk, config: Partial<LogConfig> = {}) {
  using fixture = openLog(disk, config);
  const batches = readAll(fixture.log);
  const endOffset = fixture.log.endOffset;
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
  return { batches, endOffset, lines: fixture.lines };
}

Deno.test("recovery finds every batch again after a kill, and makes the same indexes", () => {
  const config = { indexIntervalBytes: 200, segmentBytes: 2000 };
  const { disk, batches } = killedLog(100, config);
  const files = disk.names(`${DATA}/t-0`).filter((name) => /\.(index|timeindex)$/.test(name))
    // The active segment's were in the memory of the killed broker.
    .filter((name, _, all) => !name.startsWith(all.at(-1)!.slice(0, 20)));
  assert.ok(files.length > 2);
  const before = files.map((name) => disk.read(`${DATA}/t-0/${name}`));
  using fixture = openLog(disk, config);
  assert.deepEqual(readAll(fixture.log), batches);
  const after = files.map((name) => disk.read(`${DATA}/t-0/${name}`));
  assert.deepEqual(after, before);
  assert.deepEqual(fixture.lines, []);
});

Deno.test("recovery of a batch damaged in the middle keeps all that it cuts off beside the log", () => {
  const { disk, batches } = killedLog(6);
  const bytes = disk.read(LOG);
  const position = batches[0]!.bytes.length + batches[1]!.bytes.length;
  const damaged = bytes.slice();
  damaged[position + 70]! ^= 1;
  disk.write(LOG, damaged);
  const { batches: found, lines } = opened(disk);
  assert.deepEqual(found, batches.slice(0, 2));
  const evidence = disk.read(`${LOG}.${position}.corrupt`);
  assert.deepEqual(evidence, damaged.slice(position));
  assert.ok(lines.some((line) => line.startsWith("error:") && line.includes(".corrupt")), lines.join("\n"));
});

Deno.test("recovery never overwrites evidence of an earlier recovery", () => {
  const disk = new MemoryDisk();
  for (let round = 0; round < 3; round++) {
    using fixture = openLog(disk);
    for (let index = 0; index < 4; index++) {
      fixture.log.append(testBatch({ value: new Uint8Array(10).fill(round) }));
    }
    fixture[Symbol.dispose]();
    const bytes = disk.read(LOG);
    bytes[65]! ^= 1;
    disk.write(LOG, bytes);
  }
  assert.deepEqual(opened(disk).batches, []);
  const names = disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".corrupt"));
  assert.deepEqual(
    names,
    ["0.1.corrupt", "0.2.corrupt", "0.corrupt"].map((name) => `00000000000000000000.log.${name}`),
  );
});

Deno.test("recovery of a tail damaged below the recovery point raises an alarm and keeps the bytes", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openLog(disk);
    for (let index = 0; index < 4; index++) fixture.log.append(batchAt(index));
    fixture.clock.advance(60_000);
    fixture.settle(); // flushes, and writes the recovery point
    fixture.clock.advance(60_000);
    fixture.settle();
  }
  const bytes = disk.read(LOG);
  bytes[bytes.length - 1]! ^= 1;
  disk.write(LOG, bytes);
  const { batches, lines } = opened(disk);
  assert.equal(batches.length, 3);
  assert.ok(disk.names(`${DATA}/t-0`).some((name) => name.endsWith(".corrupt")));
  assert.ok(lines.some((line) => /^error: .*had been flushed/.test(line)), lines.join("\n"));
});

Deno.test("recovery sets unflushed segments aside that come behind a cut, and keeps flushed ones", () => {
  const config = { segmentBytes: 320, flushMs: Infinity };
  for (const isFlushed of [false, true]) {
    const disk = new MemoryDisk();
    let bases: number[];
    {
      using fixture = openLog(disk, config);
      for (let index = 0; index < 12; index++) fixture.log.append(testBatch({ timestamps: [index] }));
      if (isFlushed) {
        fixture.settle();
        fixture.log.whenFlushed(12, () => {});
        fixture.settle();
        fixture.clock.advance(60_000);
        fixture.settle();
      }
      bases = disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".log")).map((name) => parseInt(name));
      assert.deepEqual(bases, [0, 4, 8]);
    }
    const path = `${DATA}/t-0/00000000000000000004.log`;
    disk.write(path, disk.read(path).slice(0, -5));
    if (isFlushed) {
      // Flushed segments are not read again unless there is a reason to.
      disk.write(path.replace(".log", ".index"), new Uint8Array(7));
    }
    using fixture = openLog(disk, config);
    const offsets = readAll(fixture.log).map(({ offset }) => offset);
    const names = disk.names(`${DATA}/t-0`);
    if (isFlushed) {
      assert.deepEqual(offsets, [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]);
      assert.ok(names.some((name) => /^0+4\.log\.\d+\.corrupt$/.test(name)), names.join());
    } else {
      assert.deepEqual(offsets, [0, 1, 2, 3, 4, 5, 6]);
      assert.ok(names.includes("00000000000000000008.log.0.corrupt"), names.join());
      assert.ok(!names.includes("00000000000000000008.index"), names.join());
      assert.equal(fixture.log.append(testBatch()).baseOffset, 7);
    }
    fixture.store.closeCleanly();
    const problems = checkDataDirectory(disk, DATA).problems;
    assert.deepEqual(problems.filter(({ message }) => !message.startsWith("it begins at")), []);
  }
});

Deno.test("recovery makes indexes again that are missing, of any segment, after a kill or a clean close", () => {
  const config = { indexIntervalBytes: 100, segmentBytes: 1000 };
  for (const wasClosedCleanly of [true, false]) {
    for (const kind of ["index", "timeindex"]) {
      const disk = new MemoryDisk();
      using first = openLog(disk, config);
      for (let index = 0; index < 40; index++) first.log.append(batchAt(index));
      const batches = readAll(first.log);
      if (wasClosedCleanly) first.store.closeCleanly();
      else first[Symbol.dispose]();
      const names = disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(`.${kind}`));
      const before = names.slice(0, -1).map((name) => disk.read(`${DATA}/t-0/${name}`));
      for (const name of names) disk.removeFile(`${DATA}/t-0/${name}`);
      assert.deepEqual(opened(disk, config).batches, batches);
      assert.deepEqual(names.slice(0, -1).map((name) => disk.read(`${DATA}/t-0/${name}`)), before);
    }
  }
});

Deno.test("recovery reads only what was not flushed, and tells how far it is", () => {
  const disk = new MemoryDisk();
  const config = { segmentBytes: 1000 };
  {
    using fixture = openLog(disk, config);
    for (let index = 0; index < 40; index++) fixture.log.append(batchAt(index));
    fixture.settle();
    fixture.clock.advance(60_000);
    fixture.settle();
    fixture.clock.advance(60_000);
    fixture.settle();
  }
  const names = disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".log"));
  assert.ok(names.length > 2);
  const opened = new Set<string>();
  disk.onCall = (call, path) => {
    if (call === "readAt" && path.endsWith(".log")) opened.add(path);
  };
  using _ = openLog(disk, config);
  assert.deepEqual([...opened], [`${DATA}/t-0/${names.at(-1)}`]);
});

Deno.test("recovery knows producers again, by snapshot and by replay, so that a repeated batch is caught", () => {
  const config = { segmentBytes: 500 };
  const batchOf = (sequence: number) =>
    testBatch({ producerId: 5, epoch: 1, sequence, timestamps: [sequence + 1] });
  for (let count = 1; count < 20; count++) {
    for (const isClean of [true, false]) {
      const disk = new MemoryDisk();
      {
        using first = openLog(disk, config);
        for (let sequence = 0; sequence < count; sequence++) first.log.append(batchOf(sequence));
        if (isClean) first.store.closeCleanly();
      }
      using second = openLog(disk, config);
      // All that may have been under way, whatever segments were rolled since.
      for (let sequence = Math.max(count - 5, 0); sequence < count; sequence++) {
        const repeated = second.log.append(batchOf(sequence));
        assert.deepEqual(repeated, { baseOffset: sequence, appendTimeMs: -1, duplicate: true });
      }
      assert.equal(second.log.append(batchOf(count)).baseOffset, count);
      assert.throws(() => second.log.append(batchOf(count + 5)), /sequence/);
    }
  }
});

Deno.test("recovery passes over a damaged snapshot and removes one of what was cut", () => {
  const config = { segmentBytes: 320 };
  const batchOf = (sequence: number) => testBatch({ producerId: 5, epoch: 1, sequence });
  const disk = new MemoryDisk();
  {
    using first = openLog(disk, config);
    for (let sequence = 0; sequence < 14; sequence++) first.log.append(batchOf(sequence));
  }
  const snapshots = () => disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".snapshot"));
  assert.deepEqual(
    snapshots(),
    [4, 8, 12].map((offset) => `${String(offset).padStart(20, "0")}.snapshot`).slice(-3),
  );
  const newest = `${DATA}/t-0/00000000000000000012.snapshot`;
  const bytes = disk.read(newest);
  bytes[20]! ^= 1;
  disk.write(newest, bytes);
  // Tears the second segment: the third and the snapshots behind it are of another history now.
  const torn = `${DATA}/t-0/00000000000000000004.log`;
  disk.write(torn, disk.read(torn).slice(0, -1));
  using second = openLog(disk, config);
  assert.equal(second.log.endOffset, 7);
  assert.deepEqual(snapshots(), ["00000000000000000004.snapshot"]);
  assert.equal(second.log.append(batchOf(6)).duplicate, true);
  assert.equal(second.log.append(batchOf(7)).baseOffset, 7);
});

Deno.test("recovery after a power cut in the middle of anything keeps what was flushed, and invents nothing", () => {
  const seed = testSeed();
  for (let round = 0; round < 150; round++) {
    const random = new SeededRandom(seed + round);
    const disk = new MemoryDisk();
    const config = { segmentBytes: 800, indexIntervalBytes: 150, flushMs: 20 };
    const written: Uint8Array[] = [];
    let flushedOffset: number;
    {
      using fixture = openLog(disk, config);
      const { log, clock, background } = fixture;
      const steps = random.below(60);
      for (let step = 0; step < steps; step++) {
        const { baseOffset } = log.append(
          testBatch({ timestamps: [step], value: random.bytes(random.below(100)) }),
        );
        written[baseOffset] = readAll(log).at(-1)!.bytes;
        clock.advance(random.below(10));
        fixture.store.tick(clock.monotonicMs);
        if (random.below(3) === 0) background.runOne([random.pick(laneNames)]);
      }
      flushedOffset = log.flushedOffset;
    }
    const left = disk.afterPowerCut(random);
    const label = `seed ${seed + round}`;
    const { batches, lines } = opened(left, config);
    assert.ok(
      batches.length >= flushedOffset,
      `${label}: ${batches.length} of ${flushedOffset} flushed batches are left`,
    );
    batches.forEach(({ offset, bytes }, index) => {
      assert.equal(offset, index, label);
      assert.deepEqual(bytes, written[index], label);
    });
    const alarms = lines.filter((line) => line.startsWith("error:") && line.includes("had been flushed"));
    assert.deepEqual(alarms, [], label);
  }
});

Deno.test("recovery of a log that Apache Kafka compacted and left by a crash keeps it, though no recovery point covers it", () => {
  const written = new MemoryDisk();
  const config = { segmentBytes: 500, indexIntervalBytes: 100 };
  const fixture = openTestStore(written, { config });
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  for (let index = 0; index < 30; index++) log.append(testBatch({ timestamps: [1000 + index] }));
  fixture.store.closeCleanly();
  // As Kafka's cleaner does: every other batch goes, in all segments but the last, and the last batch of one too.
  const logs = written.names(`${DATA}/t-0`).filter((name) => name.endsWith(".log"));
  assert.ok(logs.length > 4);
  const size = testBatch().sizeInBytes;
  for (const [number, name] of logs.slice(0, -1).entries()) {
    const bytes = written.read(`${DATA}/t-0/${name}`);
    const kept: number[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      if ((at / size) % 2 === 0 && !(number === 1 && at + 2 * size >= bytes.length)) {
        kept.push(...bytes.subarray(at, at + size));
      }
    }
    written.write(`${DATA}/t-0/${name}`, Uint8Array.from(kept));
  }
  for (const name of [".kafka_cleanshutdown", "milena.topics.jsonl", "recovery-point-offset-checkpoint"]) {
    written.removeFile(`${DATA}/${name}`);
  }
  written.syncDirectory(DATA);
  const offsets = (disk: MemoryDisk) => {
    using fixture = openTestStore(disk, { config });
    const offsets = readAll(fixture.store.topic("t")!.partitions[0]!).map(({ offset }) => offset);
    assert.deepEqual(disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".corrupt")), []);
    assert.ok(!fixture.lines.some((line) => line.startsWith("error")), fixture.lines.join("\n"));
    return offsets;
  };
  const found = offsets(written);
  assert.ok(found.length > 10 && found.length < 25 && found.at(-1) === 29, found.join());
  assert.deepEqual(offsets(written.afterKill()), found, "and again after a crash");
});

Deno.test("recovery with a log start offset that can't be right keeps what the log held, and says where", () => {
  const { disk, batches } = killedLog(5);
  opened(disk);
  const before = disk.read(LOG);
  disk.write(`${DATA}/log-start-offset-checkpoint`, new TextEncoder().encode("0\n1\nt 0 1000\n"));
  const { lines, endOffset } = opened(disk);
  assert.equal(endOffset, 1000);
  assert.ok(lines.some((line) => line.startsWith("error") && line.includes(".corrupt")), lines.join("\n"));
  const [kept] = disk.names(`${DATA}/t-0`).filter((name) => name.endsWith(".corrupt"));
  assert.deepEqual(disk.read(`${DATA}/t-0/${kept}`), before);
  assert.equal(batches.length, 5);
});
