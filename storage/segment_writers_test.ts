import assert from "node:assert/strict";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { TestBackground } from "../tests/support/storage_fixture.ts";
import { defaultLogConfig } from "./log_config.ts";
import { SegmentWriters } from "./segment_writers.ts";
import type { WriteMode } from "./store_config.ts";
import { defaultAheadSizes } from "./write_ahead.ts";

const modes: readonly WriteMode[] = ["pwrite", "mmap"];
const SEGMENT_BYTES = 5000;
const aheadSizes = { minBytes: 64, maxBytes: 512, totalBytes: 4096 };

function makeWriters(disk: MemoryDisk, mode: WriteMode, sizes = aheadSizes) {
  const background = new TestBackground(disk);
  const lines: string[] = [];
  const room = { roomBytes: Infinity };
  const writers = SegmentWriters.of({
    mode,
    background,
    freeSpace: room,
    log: (level, message) => void lines.push(`${level}: ${message}`),
    aheadSizes: sizes,
  });
  const open = (path: string) => {
    const file = disk.open(path, { create: true });
    return { file, writer: writers.open(file, { ...defaultLogConfig, segmentBytes: SEGMENT_BYTES }) };
  };
  return { open, background, lines, room };
}

function failing(disk: MemoryDisk, code: string, ...calls: string[]): void {
  disk.onCall = (call, path) => {
    if (calls.includes(call)) throw new MemoryDiskError(call, path, code);
  };
}

for (const mode of modes) {
  Deno.test(`SegmentWriter, by ${mode}, leaves what a plain array would, through failures, cuts and crashes`, () => {
    const seed = testSeed();
    const random = new SeededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const label = `seed ${seed}, round ${round}`;
      const disk = new MemoryDisk();
      const { open, background } = makeWriters(disk, mode);
      let { file, writer } = open("/log");
      let model = new Uint8Array(0);
      for (let step = 0; step < 60; step++) {
        const choice = random.below(100);
        if (choice < 70) {
          const bytes = random.bytes(1 + random.below(300));
          if (model.length + bytes.length > SEGMENT_BYTES) continue;
          const code = random.pick(["ENOSPC", "EIO"]);
          disk.shortWriteShare = random.pick([0, 0.5]);
          if (random.below(8) === 0) failing(disk, code, "writeAt", "mapForWriting", "allocate");
          try {
            writer.append(bytes, model.length);
            model = Uint8Array.from([...model, ...bytes]);
          } catch (error) {
            assert.ok(error instanceof MemoryDiskError, label);
            disk.onCall = () => {};
            writer.cutTo(model.length);
          }
          disk.onCall = () => {};
        } else if (choice < 80) {
          background.runOne();
        } else if (choice < 85) {
          model = model.slice(0, random.below(model.length + 1));
          writer.cutTo(model.length);
        } else if (choice < 90) {
          writer.finish(model.length);
          assert.equal(file.size(), model.length, label);
          assert.equal(disk.allocatedEnd("/log"), model.length, label);
          assert.equal(disk.mappedBytes > 0 && background.jobCount === 0, false, label);
        } else if (choice < 93) {
          // As a crash would: what was appended is there, and behind it at most zeros.
          writer.close();
          file.close();
          ({ file, writer } = open("/log"));
          assert.ok(disk.read("/log").subarray(model.length).every((byte) => byte === 0), label);
          writer.cutTo(model.length);
        }
        assert.deepEqual(disk.read("/log").subarray(0, model.length), model, label);
      }
      writer.finish(model.length);
      writer.close();
      file.close();
      background.run();
      assert.deepEqual(disk.read("/log"), model, label);
      assert.deepEqual(disk.openPaths, [], label);
    }
  });

  Deno.test(`SegmentWriter.reserve, by ${mode}, sets a whole segment aside or nothing, and finish gives back what is not used`, () => {
    const disk = new MemoryDisk();
    const { open } = makeWriters(disk, mode);
    const { file, writer } = open("/log");
    writer.reserve(SEGMENT_BYTES);
    assert.equal(disk.allocatedEnd("/log"), SEGMENT_BYTES);
    assert.equal(file.size(), 0);
    writer.append(new Uint8Array(100), 0);
    writer.finish(100);
    assert.equal(disk.allocatedEnd("/log"), 100);

    failing(disk, "ENOSPC", "allocate");
    const { writer: refused } = open("/other");
    assert.throws(() => refused.reserve(SEGMENT_BYTES), /ENOSPC/);
  });

  Deno.test(`SegmentWriter, by ${mode}, sets nothing aside for small files, and never more than the limit of all`, () => {
    const disk = new MemoryDisk();
    const { open } = makeWriters(disk, mode);
    const many = Array.from({ length: 100 }, (_, index) => open(`/log-${index}`));
    const aheadBytes = () =>
      many.reduce((sum, _, index) => sum + disk.allocatedEnd(`/log-${index}`), 0) - written * many.length;
    let written = 0;
    for (const { writer } of many) writer.append(new Uint8Array(60), 0);
    written = 60;
    assert.equal(aheadBytes(), 0);
    for (; written < 1200; written += 60) {
      for (const { writer } of many) writer.append(new Uint8Array(60), written);
    }
    // The budget, and what the ends of files were rounded by.
    assert.ok(
      aheadBytes() > 0 && aheadBytes() <= aheadSizes.totalBytes,
      `${aheadBytes()} bytes are set aside`,
    );
    for (const { writer } of many) writer.finish(written);
    assert.equal(aheadBytes(), 0);
    // What was given back others can have.
    const { writer } = open("/later");
    for (let at = 0; at < 600; at += 60) writer.append(new Uint8Array(60), at);
    assert.ok(disk.allocatedEnd("/later") > 600);
  });

  Deno.test(`SegmentWriter, by ${mode}, sets nothing aside on a disk that is nearly full`, () => {
    const disk = new MemoryDisk();
    const { open, room } = makeWriters(disk, mode);
    const { writer } = open("/log");
    room.roomBytes = 8 * aheadSizes.minBytes - 1;
    for (let at = 0; at < 1000; at += 100) writer.append(new Uint8Array(100), at);
    assert.equal(disk.allocatedEnd("/log"), 1000);
    room.roomBytes = Infinity;
    for (let at = 1000; at < 1200; at += 100) writer.append(new Uint8Array(100), at);
    assert.ok(disk.allocatedEnd("/log") > 1200);
  });
}

Deno.test("MappedWriter writes by pwrite, and says so once, where files can't be mapped for writing", () => {
  const disk = new MemoryDisk();
  const { open, lines } = makeWriters(disk, "mmap");
  failing(disk, "EOPNOTSUPP", "mapForWriting");
  for (const path of ["/a", "/b"]) {
    const { writer } = open(path);
    for (let at = 0; at < 3000; at += 100) writer.append(new Uint8Array(100).fill(7), at);
    writer.finish(3000);
    assert.ok(disk.read(path).every((byte) => byte === 7));
  }
  assert.deepEqual(lines, [
    "warn: log.write.mode=mmap does not work here, logs are written as with pwrite: mapForWriting /a: EOPNOTSUPP",
  ]);
});

Deno.test("MappedWriter goes on by pwrite when the disk has no room for a window, and by windows when it has again", () => {
  const disk = new MemoryDisk();
  const { open, lines } = makeWriters(disk, "mmap");
  const { writer } = open("/log");
  const calls: string[] = [];
  let isFull = true;
  disk.onCall = (call, path) => {
    calls.push(call);
    if (isFull && call === "mapForWriting") throw new MemoryDiskError(call, path, "ENOSPC");
  };
  for (let at = 0; at < 500; at += 50) writer.append(new Uint8Array(50), at);
  assert.equal(calls.filter((call) => call === "writeAt").length, 10);
  // Not for each batch.
  assert.ok(calls.filter((call) => call === "mapForWriting").length < 9);
  isFull = false;
  for (let at = 500; at < 1000; at += 50) writer.append(new Uint8Array(50), at);
  assert.ok(disk.mappedBytes > 0);
  assert.ok(calls.filter((call) => call === "writeAt").length < 14);
  assert.deepEqual(lines, []);
});

Deno.test("MappedWriter keeps a window mapped for the thread that faults it in, though it is closed meanwhile", () => {
  const disk = new MemoryDisk();
  const { open, background } = makeWriters(disk, "mmap");
  const { file, writer } = open("/log");
  for (let at = 0; at < 300; at += 50) writer.append(new Uint8Array(50), at);
  writer.finish(300);
  file.close();
  assert.equal(file.path, "/log");
  assert.ok(disk.mappedBytes > 0);
  background.run();
  assert.equal(disk.mappedBytes, 0);
});

Deno.test("WriteAhead's sizes are multiples of every page size that Linux has", () => {
  assert.equal(defaultAheadSizes.minBytes % 65_536, 0);
});
