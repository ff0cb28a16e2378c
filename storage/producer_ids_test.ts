import assert from "node:assert/strict";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { DATA, TestBackground } from "../tests/support/storage_fixture.ts";
import { ProducerIds } from "./producer_ids.ts";

function open(disk: MemoryDisk, atLeast = 0): ProducerIds {
  disk.makeDirectory(DATA);
  disk.syncDirectory("/");
  return new ProducerIds({
    disk,
    background: new TestBackground(disk),
    directory: DATA,
    log: () => {},
    atLeast,
  });
}

Deno.test("ProducerIds.passOver gives no id up to one that others know, also after a crash", () => {
  const disk = new MemoryDisk();
  const ids = open(disk);
  assert.equal(ids.next(), 0);
  ids.passOver(41);
  assert.equal(ids.next(), 42);
  ids.passOver(7);
  assert.equal(ids.next(), 43);
  // Beyond what is reserved.
  ids.passOver(1_000_000);
  assert.equal(ids.next(), 1_000_001);
  assert.ok(open(disk.afterPowerCut()).next()! > 1_000_001);
});

Deno.test("ProducerIds.provide makes that many to be had at once, none of them twice", () => {
  const disk = new MemoryDisk();
  const ids = open(disk);
  ids.provide(50_000);
  let last = -1;
  for (let count = 0; count < 50_000; count++) {
    const id = ids.next();
    assert.ok(id !== undefined && id > last);
    last = id;
  }
  assert.ok(open(disk.afterPowerCut()).next()! > last);
});
