import assert from "node:assert/strict";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { SeededRandom } from "../tests/support/random.ts";
import { DATA } from "../tests/support/storage_fixture.ts";
import { DataDirectory } from "./data_directory.ts";

function open(disk: MemoryDisk): DataDirectory {
  return DataDirectory.open({
    disk,
    directory: DATA,
    random: new SeededRandom(1),
    nodeId: 1,
    clusterId: undefined,
  });
}

Deno.test("DataDirectory.mayHaveLostWrites after a power cut, not after a kill or a clean stop", () => {
  const disk = new MemoryDisk();
  {
    using first = open(disk);
    first.markInUse();
    first.markRecovered();
  }
  assert.equal(open(disk.afterKill()).mayHaveLostWrites, false);
  assert.equal(open(disk.afterPowerCut()).mayHaveLostWrites, true);
  open(disk).markClean();
  assert.equal(open(disk.afterPowerCut()).mayHaveLostWrites, false);
});

Deno.test("DataDirectory.mayHaveLostWrites until somebody has seen to it, however often it is killed meanwhile", () => {
  const disk = new MemoryDisk();
  {
    using first = open(disk);
    first.markInUse();
    first.markRecovered();
  }
  let next = disk.afterPowerCut();
  for (let starts = 0; starts < 3; starts++) {
    using directory = open(next);
    assert.equal(directory.mayHaveLostWrites, true);
    directory.markInUse();
    next = next.afterKill();
  }
  open(next).markRecovered();
  assert.equal(open(next.afterKill()).mayHaveLostWrites, false);
});
