import assert from "node:assert/strict";
import { openNativeDisk } from "./native_disk.ts";
import { syncDescriptor } from "./sync_descriptor.ts";
import { systemError, temporaryDirectory, withSeed } from "./test_support.ts";

const disk = openNativeDisk();

Deno.test("NativeFile reads and writes like a byte array under random operations", () =>
  withSeed((random) => {
    using directory = temporaryDirectory();
    using file = disk.open(`${directory.path}/f`, { create: true });
    let model = new Uint8Array(0);
    for (let step = 0; step < 400; step++) {
      const position = random(20_000);
      switch (random(4)) {
        case 0: {
          const bytes = Uint8Array.from({ length: random(3000) }, () => random(256));
          file.writeAt(bytes, position);
          if (bytes.length > 0) model = resized(model, Math.max(model.length, position + bytes.length));
          model.set(bytes, bytes.length > 0 ? position : 0);
          break;
        }
        case 1: {
          const into = new Uint8Array(random(3000));
          const count = file.readAt(into, position);
          const expected = model.subarray(position, position + into.length);
          assert.deepEqual(into.subarray(0, count), expected);
          break;
        }
        case 2:
          file.truncate(position);
          model = resized(model, position);
          break;
        case 3:
          file.allocate(position, random(5000));
          break;
      }
      assert.equal(file.size(), model.length);
    }
  }));

Deno.test("NativeFile reads and writes views that begin inside their buffer", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const bytes = new Uint8Array([1, 2, 3, 4, 5, 6]);
  file.writeAt(bytes.subarray(2, 5), 1);
  const into = new Uint8Array(8).fill(9);
  assert.equal(file.readAt(into.subarray(1, 6), 0), 4);
  assert.deepEqual([...into], [9, 0, 3, 4, 5, 9, 9, 9]);
});

Deno.test("NativeFile reaches positions beyond 4 GiB", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/sparse`, { create: true });
  const position = 5 * 2 ** 32 + 7;
  file.writeAt(new Uint8Array([42]), position);
  assert.equal(file.size(), position + 1);
  const into = new Uint8Array(4);
  assert.equal(file.readAt(into, position), 1);
  assert.equal(into[0], 42);
});

Deno.test("NativeFile.allocate reserves blocks and leaves the size", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  if (!file.allocate(0, 1 << 20)) return; // a file system that can't
  assert.equal(file.size(), 0);
  assert((Deno.statSync(file.path).blocks ?? 0) * 512 >= 1 << 20);
  assert.equal(file.allocate(0, 0), true);
});

Deno.test("NativeFile.allocate throws, and changes nothing, when there is no room", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  assert.throws(() => file.allocate(0, 2 ** 50), (error: unknown) => {
    const code = (error as { code?: string }).code ?? "";
    assert(["ENOSPC", "EFBIG"].includes(code), String(error)); // by file system
    return systemError(code, `fallocate ${file.path}: `)(error);
  });
  assert.equal(file.size(), 0);
});

Deno.test("NativeFile.allocate on a full disk throws ENOSPC", () => {
  // The smallest full disk at hand: a tmpfs never has a petabyte, and says so by this code.
  const path = `/dev/shm/ffi-test-${crypto.randomUUID()}`;
  try {
    using file = disk.open(path, { create: true });
    assert.throws(() => file.allocate(0, 2 ** 50), systemError("ENOSPC"));
  } catch (error) {
    if ((error as { call?: string }).call !== "open") throw error; // no tmpfs here
  } finally {
    if (disk.exists(path)) disk.removeFile(path);
  }
});

Deno.test("NativeFile opened read-only refuses to be written", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/f`;
  disk.open(path, { create: true }).close();
  using file = disk.open(path, { readOnly: true });
  assert.throws(() => file.writeAt(new Uint8Array(1), 0), systemError("EBADF", `pwrite ${path}: `));
});

Deno.test("NativeFile stays open for those who retained it", () => {
  using directory = temporaryDirectory();
  const file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array([5]), 0);
  file.retain();
  file.retain();
  file.close();
  file.close();
  disk.removeFile(file.path);
  const into = new Uint8Array(1);
  assert.equal(file.readAt(into, 0), 1);
  assert.equal(into[0], 5);
  file.release();
  assert.equal(file.size(), 1);
  const descriptor = file.descriptor;
  file.release();
  assert.equal(file.descriptor, -1);
  assert(!isOpenAt(descriptor, file.path));
  assert.throws(() => file.retain(), systemError("EBADF", "retain "));
});

Deno.test("NativeFile.release throws when nobody had retained it", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  assert.throws(() => file.release(), /released more often than retained/);
  assert.equal(file.size(), 0);
});

Deno.test("NativeFile throws from every call after close", () => {
  using directory = temporaryDirectory();
  const file = disk.open(`${directory.path}/f`, { create: true });
  file.close();
  const bytes = new Uint8Array(1);
  assert.throws(() => file.size(), systemError("EBADF"));
  assert.throws(() => file.readAt(bytes, 0), systemError("EBADF"));
  assert.throws(() => file.writeAt(bytes, 0), systemError("EBADF"));
  assert.throws(() => file.allocate(0, 1), systemError("EBADF"));
  assert.throws(() => file.truncate(0), systemError("EBADF"));
  assert.throws(() => file.syncData(), systemError("EBADF"));
  assert.throws(() => file.map(1), systemError("EBADF"));
  assert.throws(() => file.mapForWriting(0, 1), systemError("EBADF"));
});

Deno.test("syncDescriptor syncs an open file and throws for none", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(10), 0);
  syncDescriptor(file.descriptor);
  file.syncData();
  assert.throws(() => syncDescriptor(-1, "/x"), systemError("EBADF", "fdatasync /x: "));
});

function resized(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

function isOpenAt(descriptor: number, path: string): boolean {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`).startsWith(path);
  } catch {
    return false;
  }
}
