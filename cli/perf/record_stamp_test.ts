import { deepEqual, equal } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { checksumOf, claimsRun, readStamp, STAMP_BYTES, writeStamp } from "./record_stamp.ts";

function stamped(
  record: Uint8Array<ArrayBuffer>,
  run: number,
  partition: number,
  sequence: number,
): Uint8Array {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  writeStamp(view, 0, { run, partition, sequence }, checksumOf(record));
  return record;
}

Deno.test("readStamp gives what writeStamp has written, up to the largest of each", () => {
  for (
    const stamp of [
      { run: 0, partition: 0, sequence: 0 },
      { run: 0xffffffff, partition: 65_535, sequence: 2 ** 48 - 1 },
      { run: 0x80000001, partition: 32_768, sequence: 2 ** 32 + 2 ** 31 },
    ]
  ) {
    for (const bytes of [STAMP_BYTES, 100, 1024]) {
      const record = stamped(new Uint8Array(bytes).fill(7), stamp.run, stamp.partition, stamp.sequence);
      deepEqual(readStamp(record), stamp);
      equal(claimsRun(record, stamp.run), true);
    }
  }
});

Deno.test("readStamp does not take a record in which any one bit has turned around", () => {
  const record = stamped(new SeededRandom(1).bytes(64), 12345, 6, 789);
  for (let bit = 0; bit < record.length * 8; bit++) {
    record[bit >> 3]! ^= 1 << (bit & 7);
    equal(readStamp(record), undefined, `bit ${bit}`);
    record[bit >> 3]! ^= 1 << (bit & 7);
  }
  equal(readStamp(record)!.sequence, 789);
});

Deno.test("readStamp does not take what others have written, nor what was cut short", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 1000; round++) {
    equal(readStamp(random.bytes(random.below(200))), undefined, `seed ${seed}, round ${round}`);
  }
  equal(readStamp(new Uint8Array(100)), undefined);
  const record = stamped(random.bytes(100), 1, 0, 5);
  equal(readStamp(record.subarray(0, 99)), undefined);
  equal(readStamp(record.subarray(0, 15)), undefined);
  equal(claimsRun(record, 2), false);
});
