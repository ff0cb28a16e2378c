import assert from "node:assert/strict";
import { openNativeDisk } from "./native_disk.ts";
import { bringIntoCache, isCached } from "./page_cache.ts";
import { evict, systemError, temporaryDirectory } from "./test_support.ts";

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 16 * MEBIBYTE;

/** Both ways to ask. */
const ways = [{ mayCount: true }, { mayCount: false }];

/** A file on the disk, and whether its pages can be evicted, which a file system in memory does not do. */
function openFile(directory: string) {
  const file = openNativeDisk().open(`${directory}/f`, { create: true });
  const chunk = new Uint8Array(MEBIBYTE).fill(0x5a);
  for (let position = 0; position < FILE_BYTES; position += MEBIBYTE) file.writeAt(chunk, position);
  file.syncData();
  const { descriptor, path } = file;
  const at = (position: number, length: number) => ({ descriptor, path, position, length });
  evict(descriptor);
  const canEvict = !isCached(at(0, FILE_BYTES));
  if (!canEvict) console.log(`left out: this file system keeps ${path} in the page cache`);
  return { file, at, canEvict, [Symbol.dispose]: () => file.close() };
}

Deno.test("isCached says yes to what was just written, whatever the range", () => {
  using directory = temporaryDirectory();
  using file = openNativeDisk().open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(3 * MEBIBYTE + 17), 0);
  const { descriptor, path } = file;
  for (const way of ways) {
    for (
      const [position, length] of [[0, 1], [0, 3 * MEBIBYTE + 17], [4095, 2], [3 * MEBIBYTE + 16, 1], [5, 0]]
    ) {
      const range = { descriptor, path, position: position!, length: length! };
      assert.ok(isCached(range, way), `${position}, ${length} bytes`);
    }
  }
  assert.ok(file.isCached(0, 3 * MEBIBYTE));
});

Deno.test("isCached says no to what was evicted, and yes once it was brought back, to the page", () => {
  using directory = temporaryDirectory();
  using fixture = openFile(directory.path);
  const { at, file, canEvict } = fixture;
  if (!canEvict) return;
  for (const way of ways) {
    evict(file.descriptor);
    assert.ok(!isCached(at(5 * MEBIBYTE, MEBIBYTE), way));
    bringIntoCache(at(5 * MEBIBYTE, MEBIBYTE), 0);
    assert.ok(isCached(at(5 * MEBIBYTE, MEBIBYTE), way));
    assert.ok(isCached(at(5 * MEBIBYTE + 100, 1), way));
    assert.ok(!isCached(at(0, FILE_BYTES), way), "most of it is still on the disk only");
  }
  evict(file.descriptor);
  bringIntoCache(at(MEBIBYTE, 4096), 0);
  assert.ok(!isCached(at(MEBIBYTE, FILE_BYTES - MEBIBYTE)), "the first page alone is not all");
  assert.ok(!file.isCached(FILE_BYTES - 1, 1));
});

Deno.test("bringIntoCache reads what lies behind the range, too, and does not mind the end of the file", () => {
  using directory = temporaryDirectory();
  using fixture = openFile(directory.path);
  const { at, canEvict } = fixture;
  if (!canEvict) return;
  bringIntoCache(at(FILE_BYTES - MEBIBYTE, 4096), 2 * MEBIBYTE);
  // It has been asked for; the end of this read is the end of that one.
  bringIntoCache(at(FILE_BYTES - 4096, 8192), 0);
  assert.ok(isCached(at(FILE_BYTES - MEBIBYTE, MEBIBYTE)));
});

Deno.test("bringIntoCache names the file that can't be read", () => {
  assert.throws(
    () => bringIntoCache({ descriptor: -1, path: "/gone", position: 0, length: 10 }, 0),
    systemError("EBADF", "pread /gone"),
  );
});
