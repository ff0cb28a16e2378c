import assert from "node:assert/strict";
import { openNativeDisk } from "./native_disk.ts";
import { runInProcess, systemError, temporaryDirectory, withSeed } from "./test_support.ts";

const disk = openNativeDisk();

Deno.test("MappedRegion reads what a DataView reads, and throws where it throws", () =>
  withSeed((random) => {
    using directory = temporaryDirectory();
    using file = disk.open(`${directory.path}/f`, { create: true });
    const bytes = Uint8Array.from({ length: 5000 }, () => random(256));
    file.writeAt(bytes, 0);
    using region = file.map(bytes.length);
    const model = new DataView(bytes.buffer);
    for (let step = 0; step < 2000; step++) {
      const position = random(5100) - 50;
      const inside32 = position >= 0 && position + 4 <= bytes.length;
      if (inside32) assert.equal(region.getInt32(position), model.getInt32(position));
      else assert.throws(() => region.getInt32(position), RangeError);
      const inside64 = position >= 0 && position + 8 <= bytes.length;
      if (inside64) assert.equal(region.getInt64(position), Number(model.getBigInt64(position)));
      else assert.throws(() => region.getInt64(position), RangeError);
    }
    assert.throws(() => region.getInt32(NaN), RangeError);
    assert.throws(() => region.getInt64(Infinity), RangeError);
  }));

Deno.test("MappedRegion.getInt64 gives the nearest number for either sign", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const values = [0n, -1n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 62n + 1n, -(2n ** 63n), 2n ** 32n - 1n];
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, index) => view.setBigInt64(index * 8, value));
  file.writeAt(new Uint8Array(view.buffer), 0);
  using region = file.map(view.byteLength);
  values.forEach((value, index) => assert.equal(region.getInt64(index * 8), Number(value)));
});

Deno.test("MappedRegion sees what is written after it was mapped, as far as the file reaches", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  using region = file.map(1 << 20);
  assert.equal(region.byteLength, 1 << 20);
  assert.throws(() => region.getInt32(0), /the file has 0 bytes/);
  file.writeAt(new Uint8Array([0, 0, 1, 0]), 0);
  assert.equal(region.getInt32(0), 256);
  file.writeAt(new Uint8Array([0, 0, 2, 0]), 0);
  assert.equal(region.getInt32(0), 512);
  file.writeAt(new Uint8Array([0, 0, 0, 7]), 100_000);
  assert.equal(region.getInt32(100_000), 7);
  assert.throws(() => region.getInt32(100_001), /the file has 100004 bytes/);
});

Deno.test("MappedRegion does not reach where the file was cut", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(100_000), 0);
  using region = file.map(100_000);
  assert.equal(region.getInt32(99_996), 0);
  file.truncate(10);
  assert.throws(() => region.getInt32(99_996), RangeError);
  assert.equal(region.getInt32(6), 0);
});

Deno.test("MappedRegion outlives its file", () => {
  using directory = temporaryDirectory();
  const file = disk.open(`${directory.path}/f`, { create: true });
  using region = file.map(100);
  file.writeAt(new Uint8Array([0, 0, 0, 3]), 0);
  file.close();
  disk.removeFile(file.path);
  assert.equal(region.getInt32(0), 3);
  assert.throws(() => region.getInt32(4), RangeError);
});

Deno.test("MappedRegion of no bytes has none", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  using region = file.map(0);
  assert.throws(() => region.getInt32(0), RangeError);
});

Deno.test("MappedRegion throws after close, which may be called again", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(100), 0);
  const region = file.map(100);
  region.close();
  region.close();
  assert.throws(
    () => region.getInt32(0),
    /^RangeError: read 4 mapped bytes at 0 of .*: the mapping has been closed$/,
  );
  assert.throws(() => region.getInt64(8), RangeError);
  file.truncate(0);
});

Deno.test("NativeFile.map throws when the mapping is refused", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  assert.throws(() => file.map(2 ** 50), systemError("ENOMEM", "mmap "));
});

Deno.test("a process that uses closed and cut mappings lives, also once the reads are optimised", async () => {
  const { code, stdout, stderr } = await runInProcess(`
    import { openNativeDisk } from ffi("native_disk.ts");
    const disk = openNativeDisk();
    const path = Deno.makeTempFileSync();
    const file = disk.open(path);
    file.writeAt(new Uint8Array(1 << 20).fill(1), 0);
    const region = file.map(1 << 20);
    const read = (at: number) => region.getInt32(at) + region.getInt64(at);
    let sum = 0;
    for (let i = 0; i < 300_000; i++) sum += read((i * 8) % (1 << 20));
    let refused = 0;
    const refuse = (action: () => unknown) => { try { action(); } catch { refused++; } };
    file.truncate(0);
    refuse(() => read(500_000));
    file.truncate(1 << 20);
    sum += read(500_000);
    const writable = file.mapForWriting(0, 1 << 20);
    writable.write(new Uint8Array(100), 0);
    refuse(() => file.truncate(0));
    writable.close();
    refuse(() => writable.write(new Uint8Array(100), 0));
    refuse(() => writable.populate(0, 4096));
    region.close();
    for (let i = 0; i < 1000; i++) refuse(() => read((i * 8) % (1 << 20)));
    file.close();
    refuse(() => file.readAt(new Uint8Array(10), 0));
    disk.removeFile(path);
    console.log(refused, sum > 0);`);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "1005 true\n");
});
