import assert from "node:assert/strict";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { OffsetIndex } from "./offset_index.ts";
import { TimeIndex } from "./time_index.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("OffsetIndex.append writes Kafka's bytes", () => {
  const disk = new MemoryDisk();
  using index = new OffsetIndex(disk, "/i", 1000, 80);
  index.append(1005, 4100);
  index.append(1200, 0x7fffffff);
  index.writeOut();
  assert.equal(hex(disk.read("/i")), "0000000500001004" + "000000c87fffffff");
  assert.deepEqual(index.last, { offset: 1200, position: 0x7fffffff });
});

Deno.test("TimeIndex.maybeAppend writes Kafka's bytes, and only for a later timestamp", () => {
  const disk = new MemoryDisk();
  using index = new TimeIndex(disk, "/t", 1000, 120);
  index.maybeAppend(-1, 1001);
  index.maybeAppend(1_700_000_000_123, 1005);
  index.maybeAppend(1_700_000_000_123, 1006);
  index.maybeAppend(1_700_000_000_122, 1007);
  index.maybeAppend(1_700_000_000_124, 1008);
  index.writeOut();
  assert.equal(hex(disk.read("/t")), "0000018bcfe5687b00000005" + "0000018bcfe5687c00000008");
  assert.deepEqual(index.last, { timestamp: 1_700_000_000_124, offset: 1008 });
});

Deno.test("OffsetIndex.lookup agrees with a sorted array", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const disk = new MemoryDisk();
  for (const count of [0, 1, 2, 3, 100, 1500]) {
    const base = random.below(1_000_000);
    const model: { offset: number; position: number }[] = [];
    const path = `/i${count}`;
    using writer = new OffsetIndex(disk, path, base, 12000);
    let offset = base;
    let position = 0;
    for (let index = 0; index < count; index++) {
      offset += 1 + random.below(5);
      position += 1 + random.below(9000);
      writer.append(offset, position);
      model.push({ offset, position });
    }
    if (random.below(2) === 0) writer.writeOut();
    else writer.finish();
    using reader = new OffsetIndex(disk, path, base, 12000);
    for (let target = base; target < offset + 3; target++) {
      const wanted = model.findLast((entry) => entry.offset <= target)?.position ?? 0;
      assert.equal(writer.lookup(target), wanted, `seed ${seed}: ${target} in ${JSON.stringify(model)}`);
      assert.equal(reader.lookup(target), wanted, `seed ${seed}: ${target}, opened again`);
    }
    assert.deepEqual(Array.from(model, (_, index) => reader.entryAt(index)), model);
    for (const { position } of model) {
      assert.equal(reader.lookupPosition(position), position);
      assert.equal(
        reader.lookupPosition(position - 1),
        model.findLast((entry) => entry.position < position)?.position ?? 0,
      );
    }
  }
});

Deno.test("TimeIndex.lookup agrees with a sorted array", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const disk = new MemoryDisk();
  for (const count of [0, 1, 2, 3, 100]) {
    const model: { timestamp: number; offset: number }[] = [];
    const path = `/t${count}`;
    using writer = new TimeIndex(disk, path, 50, 12000);
    let offset = 50;
    let timestamp = 1_700_000_000_000;
    for (let index = 0; index < count; index++) {
      offset += 1 + random.below(5);
      timestamp += 1 + random.below(4);
      writer.maybeAppend(timestamp, offset);
      model.push({ timestamp, offset });
    }
    writer.writeOut();
    using reader = new TimeIndex(disk, path, 50, 12000);
    for (let target = 1_700_000_000_000 - 1; target < timestamp + 3; target++) {
      const wanted = model.findLast((entry) => entry.timestamp <= target)?.offset ?? 50;
      assert.equal(writer.lookup(target), wanted, `seed ${seed}: ${target} in ${JSON.stringify(model)}`);
      assert.equal(reader.lookup(target), wanted, `seed ${seed}: ${target}, opened again`);
    }
  }
});

Deno.test("OffsetIndex looked up while it grows finds all entries, in memory or in the file, and holds no file", () => {
  const disk = new MemoryDisk();
  using index = new OffsetIndex(disk, "/i", 0, 8 * 1200);
  for (let count = 1; count <= 1200; count++) {
    index.append(count * 10, count * 100);
    assert.equal(index.lookup(5), 0);
    assert.equal(index.lookup((count - 1) * 10 + 1), (count - 1) * 100);
    assert.equal(index.lookup((count >> 1) * 10), (count >> 1) * 100);
    assert.deepEqual(disk.openPaths, []);
  }
  assert.ok(index.isFull);
});

Deno.test("OffsetIndex.isFull and TimeIndex.isFull round their size down, and the latter keeps an entry free", () => {
  const disk = new MemoryDisk();
  using offsetIndex = new OffsetIndex(disk, "/i", 0, 23);
  using timeIndex = new TimeIndex(disk, "/t", 0, 47);
  offsetIndex.append(1, 1);
  timeIndex.maybeAppend(1, 1);
  assert.ok(!offsetIndex.isFull && !timeIndex.isFull);
  offsetIndex.append(2, 2);
  timeIndex.maybeAppend(2, 2);
  assert.ok(offsetIndex.isFull && timeIndex.isFull);
  timeIndex.maybeAppend(3, 3);
});

Deno.test("OffsetIndex keeps entries that could be written in part only, and writes them whole the next time", () => {
  const disk = new MemoryDisk();
  using index = new OffsetIndex(disk, "/i", 0, 800);
  index.append(10, 100);
  index.append(20, 200);
  disk.shortWriteShare = 0.5;
  disk.onCall = (call) => {
    if (call === "writeAt") throw new MemoryDiskError(call, "/i", "ENOSPC");
  };
  assert.throws(() => index.writeOut());
  assert.equal(disk.read("/i").length, 8);
  disk.onCall = () => {};
  assert.deepEqual(index.last, { offset: 20, position: 200 });
  assert.equal(index.lookup(11), 100);
  index.append(30, 300);
  index.finish();
  assert.equal(hex(disk.read("/i")), "0000000a00000064" + "00000014000000c8" + "0000001e0000012c");
  assert.deepEqual(disk.openPaths, ["/i"]);
  index.seal();
  assert.deepEqual(disk.openPaths, []);
});

Deno.test("OffsetIndex.problem notices a torn, a zeroed and a foreign file", () => {
  const disk = new MemoryDisk();
  const problemOf = (bytes: Uint8Array) => {
    disk.write("/i", bytes);
    using index = new OffsetIndex(disk, "/i", 0, 800);
    return index.problem(10_000);
  };
  assert.equal(problemOf(new Uint8Array(0)), undefined);
  assert.equal(typeof problemOf(new Uint8Array(12)), "string");
  assert.equal(typeof problemOf(new Uint8Array(16)), "string");
  assert.equal(typeof problemOf(new Uint8Array(16).fill(0xff)), "string");
  assert.equal(typeof problemOf(new TextEncoder().encode("not an index at all.....")), "string");
});
