import assert from "node:assert/strict";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { type AbortedTransaction, TransactionIndex } from "./transaction_index.ts";

const PATH = "/x.txnindex";

function entry(
  firstOffset: number,
  lastOffset: number,
  lastStableOffset = lastOffset + 1,
): AbortedTransaction {
  return { producerId: 5, firstOffset, lastOffset, lastStableOffset };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function collect(index: TransactionIndex, from: number, upTo: number) {
  const found: AbortedTransaction[] = [];
  const isComplete = index.collect(from, upTo, found);
  return { markers: found.map(({ lastOffset }) => lastOffset), isComplete };
}

function refuseWrites(disk: MemoryDisk, share = 0): void {
  disk.shortWriteShare = share;
  disk.onCall = (call, path) => {
    if (call === "writeAt") throw new MemoryDiskError(call, path, "ENOSPC");
  };
}

Deno.test("TransactionIndex.append writes Kafka's bytes, in a file that comes with the first entry", () => {
  const disk = new MemoryDisk();
  using index = new TransactionIndex(disk, PATH, 1000);
  assert.equal(index.entryCount, 0);
  assert.equal(index.problem(2000), undefined);
  index.finish();
  assert.deepEqual(disk.names("/"), []);
  index.append({ producerId: 0x0102, firstOffset: 1003, lastOffset: 1010, lastStableOffset: 1001 });
  index.append({
    producerId: 7,
    firstOffset: 1001,
    lastOffset: 0x1_0000_0001,
    lastStableOffset: 0x1_0000_0002,
  });
  assert.equal(
    hex(disk.read(PATH)),
    "0000" + "0000000000000102" + "00000000000003eb" + "00000000000003f2" + "00000000000003e9" +
      "0000" + "0000000000000007" + "00000000000003e9" + "0000000100000001" + "0000000100000002",
  );
  assert.throws(() => index.append(entry(1, 1010)), /a marker at 1010 after one at/);
});

Deno.test("TransactionIndex.collect tells who overlaps a range, and when no later segment has to be asked", () => {
  const disk = new MemoryDisk();
  using index = new TransactionIndex(disk, PATH, 0);
  assert.deepEqual(collect(index, 0, 100), { markers: [], isComplete: false });
  index.append(entry(10, 20, 5)); // somebody else has been open since 5
  index.append(entry(5, 30, 31));
  index.append(entry(40, 50, 51));
  assert.deepEqual(collect(index, 0, 100), { markers: [20, 30, 50], isComplete: false });
  assert.deepEqual(collect(index, 20, 100), { markers: [20, 30, 50], isComplete: false });
  assert.deepEqual(collect(index, 21, 100), { markers: [30, 50], isComplete: false });
  assert.deepEqual(collect(index, 51, 100), { markers: [], isComplete: false });
  // The marker at 30 left nothing before 31 undecided.
  assert.deepEqual(collect(index, 0, 31), { markers: [20, 30], isComplete: true });
  assert.deepEqual(collect(index, 0, 32), { markers: [20, 30], isComplete: true }, "40 is not below 32");
  assert.deepEqual(collect(index, 0, 5), { markers: [], isComplete: true });
  assert.deepEqual(collect(index, 0, 6), { markers: [30], isComplete: true });
});

Deno.test("TransactionIndex agrees with a list, though the disk refuses now and then, when opened again too", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 20; round++) {
    const disk = new MemoryDisk();
    using index = new TransactionIndex(disk, PATH, 100);
    let list: AbortedTransaction[] = [];
    let offset = 100;
    let stable = 90;
    for (let step = 0; step < 200; step++) {
      const first = offset - random.below(30);
      offset += 1 + random.below(10);
      stable = Math.max(stable, Math.min(offset + 1 - random.below(40), offset + 1));
      const added = { producerId: step, firstOffset: first, lastOffset: offset, lastStableOffset: stable };
      if (random.below(4) === 0) refuseWrites(disk, random.pick([0, 0.5]));
      try {
        index.append(added);
      } catch (error) {
        assert.ok(error instanceof MemoryDiskError);
      }
      disk.onCall = () => {};
      list.push(added);
      if (random.below(30) === 0) {
        const at = offset - random.below(20);
        index.truncateTo(at);
        list = list.filter(({ lastOffset }) => lastOffset < at);
      }
      if (random.below(10) === 0) index.close();
      assert.deepEqual(index.entries(), list, `seed ${seed}`);
      const from = random.below(offset);
      const found: AbortedTransaction[] = [];
      index.collect(from, Infinity, found);
      assert.deepEqual(found, list.filter(({ lastOffset }) => lastOffset >= from), `seed ${seed}`);
    }
    index.finish();
    using again = new TransactionIndex(disk, PATH, 100);
    assert.deepEqual(again.entries(), list, `seed ${seed}`);
    assert.equal(again.problem(offset + 1), undefined, `seed ${seed}`);
  }
});

Deno.test("TransactionIndex keeps what the disk does not take, over a close too, and is not finished before it does", () => {
  const disk = new MemoryDisk();
  using index = new TransactionIndex(disk, PATH, 0);
  index.append(entry(1, 2));
  refuseWrites(disk, 0.5);
  assert.throws(() => index.append(entry(3, 4)), MemoryDiskError);
  assert.throws(() => index.finish(), MemoryDiskError);
  index.close();
  assert.deepEqual(collect(index, 0, 100).markers, [2, 4]);
  disk.onCall = () => {};
  index.finish();
  assert.equal(disk.read(PATH).length, 68);
});

Deno.test("TransactionIndex keeps an entry even if the disk does not tell what else there is", () => {
  const disk = new MemoryDisk();
  new TransactionIndex(disk, PATH, 0).append(entry(1, 2));
  using index = new TransactionIndex(disk, PATH, 0);
  disk.onCall = (call, path) => {
    throw new MemoryDiskError(call, path, "EIO");
  };
  assert.throws(() => index.append(entry(3, 4)), MemoryDiskError);
  disk.onCall = () => {};
  assert.deepEqual(collect(index, 0, 100).markers, [2, 4]);
});

Deno.test("TransactionIndex.problem notices torn, zeroed, foreign and misplaced entries", () => {
  const disk = new MemoryDisk();
  const problemOf = (bytes: Uint8Array) => {
    disk.write(PATH, bytes);
    using index = new TransactionIndex(disk, PATH, 100);
    return index.problem(200);
  };
  const bytesOf = (...entries: AbortedTransaction[]) => {
    const other = new MemoryDisk();
    using index = new TransactionIndex(other, PATH, 0);
    for (const one of entries) index.append(one);
    return other.read(PATH);
  };
  const sound = bytesOf(entry(90, 110), entry(100, 199));
  assert.equal(problemOf(sound), undefined);
  assert.equal(problemOf(new Uint8Array(0)), undefined);
  const versionOne = sound.slice();
  versionOne[1] = 1;
  for (
    const bytes of [
      sound.subarray(0, 50),
      new Uint8Array(34),
      new Uint8Array(68).fill(0xff),
      new TextEncoder().encode("not an index of transactions at all".slice(0, 34)),
      versionOne,
      bytesOf(entry(90, 99)),
      bytesOf(entry(100, 200)),
      bytesOf(entry(110, 110)),
      bytesOf(entry(100, 110, 112)),
      bytesOf(entry(100, 110), entry(101, 120, 105)),
      bytesOf({ ...entry(100, 110), producerId: -1 }),
      new Uint8Array([...sound.subarray(34), ...sound.subarray(0, 34)]),
    ]
  ) {
    assert.equal(typeof problemOf(bytes), "string", hex(bytes));
  }
});

Deno.test("TransactionIndex.replace leaves after a power cut what was there or what is wanted, and no file for nothing", () => {
  const wanted = [entry(1, 2), entry(3, 4)];
  for (let failing = 0;; failing++) {
    const disk = new MemoryDisk();
    using index = new TransactionIndex(disk, PATH, 0);
    index.append(entry(7, 9));
    index.finish();
    index.openFile!.syncData();
    disk.syncDirectory("/");
    const before = disk.read(PATH);
    let calls = 0;
    let after: MemoryDisk | undefined;
    disk.onCall = () => {
      if (calls++ === failing) after = disk.afterPowerCut();
    };
    assert.ok(index.replace(wanted));
    disk.onCall = () => {};
    assert.deepEqual(index.entries(), wanted);
    disk.syncDirectory("/");
    if (after === undefined) {
      assert.deepEqual(disk.afterPowerCut().read(PATH), disk.read(PATH));
      assert.ok(index.replace([]));
      assert.ok(!disk.names("/").includes(PATH.slice(1)));
      assert.ok(!index.replace([]));
      break;
    }
    assert.deepEqual(after.read(PATH), before);
  }
});
