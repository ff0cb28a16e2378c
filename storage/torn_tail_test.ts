/**
 * What a crash, or a disk, may leave of the end of a log: each time recovery has to find exactly the longest good prefix, and
 * must not throw.
 */
import assert from "node:assert/strict";
import type { MemoryDisk } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import {
  assertRecovers,
  countWhole,
  PARTITION,
  writeLog,
  type WrittenBatch,
} from "../tests/support/written_log.ts";
import { formatSegmentFile, parseSegmentFile } from "./file_names.ts";

const BATCHES = 50;
const LOG = `${PARTITION}/${formatSegmentFile(0, "log")}`;
const config = { indexIntervalBytes: 500 };

/** Starts with `bytes` as the only segment. */
function assertLongestPrefix(
  disk: MemoryDisk,
  batches: readonly WrittenBatch[],
  bytes: Uint8Array,
  label: string,
): readonly string[] {
  const damaged = disk.afterKill();
  damaged.write(LOG, bytes);
  const lines = assertRecovers(damaged, batches.slice(0, countWhole(batches, bytes)), label, config);
  // A torn end is no damage: nothing to keep, nothing to be alarmed about.
  assert.deepEqual(damaged.names(PARTITION).filter((name) => name.endsWith(".corrupt")), [], label);
  assert.deepEqual(lines.filter((line) => !line.startsWith("info:")), [], label);
  return lines;
}

function withTail(bytes: Uint8Array, tail: Uint8Array): Uint8Array {
  const longer = new Uint8Array(bytes.length + tail.length);
  longer.set(bytes);
  longer.set(tail, bytes.length);
  return longer;
}

/** Where the last `count` batches begin. */
function startOfLast(count: number, batches: readonly WrittenBatch[]): number {
  return batches.slice(0, -count).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

Deno.test("recovery of a log cut at every byte returns exactly the batches that are whole", () => {
  const { disk, batches } = writeLog(BATCHES, config);
  const bytes = disk.read(LOG);
  assert.equal(batches.length, BATCHES);
  for (let length = 0; length <= bytes.length; length++) {
    assertLongestPrefix(
      disk,
      batches,
      bytes.subarray(0, length),
      `cut to ${length} of ${bytes.length} bytes`,
    );
  }
});

Deno.test("recovery of a log of several segments cut anywhere believes no snapshot or index of what is gone", () => {
  const config = { indexIntervalBytes: 200, segmentBytes: 1500 };
  const { disk, batches } = writeLog(BATCHES, config);
  const baseOffsets = disk.names(PARTITION).map(parseSegmentFile)
    .filter((file) => file?.kind === "log").map((file) => file!.offset);
  assert.ok(baseOffsets.length >= 4, `segments: ${baseOffsets}`);
  for (const [index, baseOffset] of baseOffsets.entries()) {
    const path = `${PARTITION}/${formatSegmentFile(baseOffset, "log")}`;
    const bytes = disk.read(path);
    const before = batches.filter(({ offset }) => offset < baseOffset);
    for (let length = 0; length <= bytes.length; length += 13) {
      const cut = disk.afterKill();
      cut.write(path, bytes.subarray(0, length));
      for (const later of baseOffsets.slice(index + 1)) {
        cut.removeFile(`${PARTITION}/${formatSegmentFile(later, "log")}`);
      }
      const whole = countWhole(batches.slice(before.length), bytes.subarray(0, length));
      const label = `segment ${baseOffset} cut to ${length} of ${bytes.length} bytes`;
      assertRecovers(cut, batches.slice(0, before.length + whole), label, config);
    }
  }
});

// Base offset and leader epoch are not under the checksum: they are good where they fit their place.
for (const [what, count] of [["data batch", BATCHES], ["marker", 49]] as const) {
  Deno.test(`recovery of a log with any bit of its last batch flipped, a ${what}, returns all batches but that one`, () => {
    const { disk, batches } = writeLog(count, config);
    const bytes = disk.read(LOG);
    const start = startOfLast(1, batches);
    for (let bit = start * 8; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assertLongestPrefix(disk, batches, flipped, `bit ${bit - start * 8} of the batch`);
    }
  });
}

Deno.test("recovery of a log with zeros or noise from any position of its last two batches on returns those before", () => {
  const { disk, batches } = writeLog(BATCHES, config);
  const bytes = disk.read(LOG);
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let position = startOfLast(2, batches); position < bytes.length; position++) {
    const zeroed = bytes.slice().fill(0, position);
    assertLongestPrefix(disk, batches, zeroed, `zeros from ${position} on`);
    const noisy = withTail(bytes.subarray(0, position), random.bytes(bytes.length - position));
    assertLongestPrefix(disk, batches, noisy, `seed ${seed}: noise from ${position} on`);
  }
});

Deno.test("recovery of a log with noise, zeros or ones behind its end cuts them off", () => {
  const { disk, batches } = writeLog(BATCHES, config);
  const bytes = disk.read(LOG);
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let length = 1; length <= 300; length++) {
    const noisy = withTail(bytes, random.bytes(length));
    assertLongestPrefix(disk, batches, noisy, `seed ${seed}: ${length} bytes of noise`);
  }
  for (const length of [1, 11, 12, 60, 61, 62, 511, 512, 5000]) {
    for (const byte of [0, 0xff]) {
      const longer = withTail(bytes, new Uint8Array(length).fill(byte));
      assertLongestPrefix(disk, batches, longer, `${length} bytes of ${byte}`);
    }
  }
});
