import assert from "node:assert/strict";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { TestBackground } from "../tests/support/storage_fixture.ts";
import { OffsetCheckpoint } from "./offset_checkpoint.ts";

function setUp() {
  const disk = new MemoryDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  const background = new TestBackground(disk);
  const checkpoint = new OffsetCheckpoint(disk, "/data/c", () => {});
  const written = (disk: MemoryDisk) =>
    disk.exists("/data/c") ? new TextDecoder().decode(disk.read("/data/c")) : "";
  return { disk, background, checkpoint, written };
}

function offsets(offset: number, topic = "t") {
  return [{ topic, partition: 0, offset }];
}

Deno.test("OffsetCheckpoint.writeInBackground calls back when a power cut could not take it any more", () => {
  const { disk, background, checkpoint, written } = setUp();
  const done: number[] = [];
  checkpoint.writeInBackground(background, () => offsets(1), (error, [entry]) => {
    assert.equal(error, undefined);
    done.push(entry!.offset);
    assert.match(written(disk.afterPowerCut()), /^t 0 1$/m);
  });
  assert.deepEqual(done, []);
  background.run();
  assert.deepEqual(done, [1]);
});

Deno.test("OffsetCheckpoint.writeInBackground asks for the offsets when it writes, and writes nothing twice", () => {
  const { background, checkpoint } = setUp();
  let offset = 1;
  const done: number[] = [];
  const write = () =>
    checkpoint.writeInBackground(background, () => offsets(offset), (_, [entry]) => done.push(entry!.offset));
  write();
  write();
  write();
  offset = 2;
  background.run();
  assert.deepEqual(done, [1, 2, 2]);
  write();
  assert.equal(background.jobCount, 0, "an idle broker leaves the disk alone");
  assert.deepEqual(done, [1, 2, 2, 2]);
});

Deno.test("OffsetCheckpoint.write comes before whatever the background is at", () => {
  const { disk, background, checkpoint, written } = setUp();
  for (let jobs = 0; jobs < 4; jobs++) {
    checkpoint.writeInBackground(background, () => offsets(10 + jobs, "old"));
    for (let job = 0; job < jobs; job++) background.runOne();
    assert.ok(checkpoint.mentions("old"));
    checkpoint.write(offsets(jobs, "new"));
    assert.ok(!checkpoint.mentions("old") && checkpoint.mentions("new"));
    background.run();
    for (const left of [disk, disk.afterKill(), disk.afterPowerCut()]) {
      assert.equal(written(left), `0\n1\nnew 0 ${jobs}\n`);
    }
  }
});

Deno.test("OffsetCheckpoint.mentions knows what it has read, and topics by their whole name", () => {
  const { disk, checkpoint } = setUp();
  checkpoint.write([...offsets(1, "orders"), ...offsets(2, "orders.old")]);
  const again = new OffsetCheckpoint(disk, "/data/c", () => {});
  assert.ok(!again.mentions("orders"));
  assert.deepEqual([...again.read()], [["orders-0", 1], ["orders.old-0", 2]]);
  assert.ok(again.mentions("orders") && again.mentions("orders.old"));
  assert.ok(!again.mentions("order") && !again.mentions("old"));
});

Deno.test("OffsetCheckpoint.writeInBackground does not tell of success if what came in its place has failed", () => {
  const { disk, background, checkpoint, written } = setUp();
  const outcomes: (string | undefined)[] = [];
  checkpoint.write(offsets(1));
  checkpoint.writeInBackground(background, () => offsets(2), (error) => outcomes.push(error?.message));
  disk.onCall = (call, path) => {
    if (call === "writeAt") throw new MemoryDiskError(call, path, "ENOSPC");
  };
  assert.throws(() => checkpoint.write(offsets(3)), /ENOSPC/);
  disk.onCall = () => {};
  background.run();
  assert.match(written(disk.afterPowerCut()), /^t 0 1$/m);
  assert.match(outcomes[0] ?? "", /ENOSPC/);
});
