import assert from "node:assert/strict";
import { openNativeDisk } from "./native_disk.ts";
import { systemError, temporaryDirectory } from "./test_support.ts";
import { populateMemory } from "./writable_mapping.ts";

const disk = openNativeDisk();

Deno.test("WritableMapping writes at positions of the file, on any boundary", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(70_001).fill(1), 0);
  {
    using mapping = file.mapForWriting(70_001, 9000);
    assert.equal(file.size(), 79_001);
    mapping.write(new Uint8Array([2, 3]), 70_001);
    mapping.populate(75_000, 1000);
    mapping.write(new Uint8Array([4]), 79_000);
  }
  const into = new Uint8Array(9002);
  assert.equal(file.readAt(into, 69_999), 9002);
  assert.deepEqual([...into.subarray(0, 5)], [1, 1, 2, 3, 0]);
  assert.equal(into[9001], 4);
});

Deno.test("WritableMapping refuses what is outside of it and everything after close", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const mapping = file.mapForWriting(100, 50);
  assert.throws(() => mapping.write(new Uint8Array(1), 99), RangeError);
  assert.throws(() => mapping.write(new Uint8Array(2), 149), /the mapping is of \[100, 150\)/);
  assert.throws(() => mapping.write(new Uint8Array(1), NaN), RangeError);
  assert.throws(() => mapping.populate(100, 51), RangeError);
  mapping.close();
  mapping.close();
  assert.throws(() => mapping.write(new Uint8Array(1), 100), /the mapping has been closed/);
  assert.throws(() => mapping.populate(100, 1), /the mapping has been closed/);
});

Deno.test("WritableMapping throws before anything is mapped when the disk has no room", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  assert.throws(() => file.mapForWriting(0, 2 ** 50), (error: unknown) => {
    const code = (error as { code?: string }).code ?? "";
    assert(["ENOSPC", "EFBIG"].includes(code), String(error));
    return systemError(code, "fallocate ")(error);
  });
  assert.equal(file.size(), 0);
  assert.throws(() => file.mapForWriting(-1, 10), RangeError);
  assert.throws(() => file.mapForWriting(0, 0), RangeError);
});

Deno.test("NativeFile.truncate refuses to cut what is mapped for writing", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const mapping = file.mapForWriting(0, 8192);
  assert.throws(() => file.truncate(100), /mapped for writing up to 8192; close the mapping first/);
  file.truncate(8192);
  mapping.close();
  file.truncate(100);
  assert.equal(file.size(), 100);
});

Deno.test("populateMemory faults in pages of a mapping that is retained, and changes nothing in them", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(5000).fill(1), 0);
  const mapping = file.mapForWriting(5000, 100_000);
  mapping.write(new Uint8Array([7]), 60_000);
  mapping.retain();
  populateMemory(mapping.memory);
  mapping.close();
  populateMemory(mapping.memory);
  mapping.release();
  const into = new Uint8Array(105_000);
  assert.equal(file.readAt(into, 0), 105_000);
  assert.deepEqual([into[4999], into[5000], into[60_000], into[104_999]], [1, 0, 7, 0]);
});

Deno.test("populateMemory of a mapping whose pages were cut off the file is an error, and no signal", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const mapping = file.mapForWriting(0, 100_000);
  mapping.retain();
  const { memory } = mapping;
  mapping.close();
  file.truncate(0);
  assert.throws(() => populateMemory(memory), systemError("EFAULT", "madvise "));
  // Nor does it bring back what was cut.
  assert.equal(file.size(), 0);
  mapping.release();
  assert.throws(() => mapping.retain(), /EBADF/);
});

Deno.test("WritableMapping keeps its memory until it is released as often as retained, and not more often", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const mapping = file.mapForWriting(0, 8192);
  mapping.retain();
  mapping.release();
  assert.throws(() => mapping.release(), /released more often than retained/);
  mapping.write(new Uint8Array([1]), 0);
  mapping.close();
  assert.throws(() => mapping.release(), /released more often than retained/);
});
