/**
 * The log engine over the file system of this machine: the same story leaves the same bytes as over the disk in memory,
 * from which all other tests of it draw their conclusions.
 * @module
 */
import assert from "node:assert/strict";
import "../../ffi/test_support.ts";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import "../../ffi/test_support.ts";
import { checkDataDirectory } from "../../storage/check.ts";
import type { Disk } from "../../storage/disk.ts";
import { join } from "../../storage/file_names.ts";
import type { WriteMode } from "../../storage/store_config.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { openTestStore, readAll } from "../support/storage_fixture.ts";
import { testBatch } from "../support/test_batch.ts";

const CONFIG = { segmentBytes: 4000, indexIntervalBytes: 300 };

/** Two lives of a store: one that ends like a killed process, one that ends well. */
function live(disk: Disk, directory: string, writeMode: WriteMode): void {
  const storeConfig = { writeMode };
  {
    using fixture = openTestStore(disk, { config: CONFIG, storeConfig, directory });
    const { store } = fixture;
    const [log, other] = store.createTopic("a", 2, new Map()).partitions;
    store.createTopic("b", 1, new Map());
    for (let index = 0; index < 100; index++) {
      const timestamps = [5000 + index * 10, 5000 + index * 7];
      log!.append(testBatch({ timestamps, producerId: 3, epoch: 0, sequence: index * 2 }));
      if (index % 10 === 0) fixture.settle();
    }
    other!.append(testBatch());
    store.deleteTopic("b");
    fixture.settle();
  }
  using fixture = openTestStore(disk, { config: CONFIG, storeConfig, directory, seed: 2 });
  const log = fixture.store.topic("a")!.partitions[0]!;
  assert.equal(readAll(log).length, 100);
  for (let offset = 0; offset < 200; offset++) {
    const slice = log.read(offset, 1, { minOneBatch: true })!;
    const header = new Uint8Array(8);
    slice.file.readAt(header, slice.position);
    slice.file.release();
    assert.equal(Number(new DataView(header.buffer).getBigInt64(0)), offset - offset % 2);
  }
  assert.deepEqual(log.lookupTimestamp(5500), { timestamp: 5500, offset: 100 });
  assert.equal(
    log.append(testBatch({ timestamps: [1, 2], producerId: 3, epoch: 0, sequence: 198 })).duplicate,
    true,
  );
  log.append(testBatch({ timestamps: [7000], producerId: 3, epoch: 0, sequence: 200 }));
  fixture.store.closeCleanly();
  fixture.settle();
}

/** Every file under `directory`, by path. */
function contents(disk: Disk, directory: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of disk.list(directory)) {
    if (isDirectory) {
      Object.assign(found, contents(disk, join(directory, name), `${prefix}${name}/`));
      continue;
    }
    using file = disk.open(join(directory, name), { readOnly: true });
    const bytes = new Uint8Array(file.size());
    file.readAt(bytes, 0);
    found[prefix + name] = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return found;
}

for (const writeMode of ["pwrite", "mmap"] as const) {
  Deno.test(`TopicStore, by ${writeMode}, leaves the same bytes on the file system as on the disk in memory`, () => {
    const directory = Deno.makeTempDirSync({ prefix: "milena-storage-" });
    try {
      const native = openNativeDisk();
      const memory = new MemoryDisk();
      live(native, join(directory, "data"), writeMode);
      live(memory, "/data", writeMode);
      assert.deepEqual(memory.openPaths, []);
      const found = contents(native, join(directory, "data"));
      assert.deepEqual(found, contents(memory, "/data"));
      assert.ok(Object.keys(found).length > 20);
      assert.deepEqual(checkDataDirectory(native, join(directory, "data")).problems, []);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}
