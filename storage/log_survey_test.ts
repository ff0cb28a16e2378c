import { deepEqual, equal } from "node:assert/strict";
import { RecordBatch } from "../protocol/record_batch.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { surveyLog } from "./log_survey.ts";

const LIMITS = { baseOffset: 0, recoveryPoint: 0, latestEpoch: Infinity };

/** Five batches of one record each, and where they begin. */
function sampleLog(): { bytes: Uint8Array; size: number } {
  const batches = Array.from({ length: 5 }, (_, index) => {
    const batch = testBatch({ timestamps: [1000 + index] });
    batch.setBaseOffset(index);
    batch.setLeaderEpoch(0);
    return batch.bytes;
  });
  return { bytes: new Uint8Array(batches.flatMap((bytes) => [...bytes])), size: batches[0]!.length };
}

function walk(bytes: Uint8Array, limits = LIMITS): string[] {
  const disk = new MemoryDisk();
  disk.write("/log", bytes);
  using file = disk.open("/log", { readOnly: true });
  const seen: string[] = [];
  const end = surveyLog(file, limits, {
    onBatch: ({ baseOffset }, position) => void seen.push(`${baseOffset}@${position}`),
    onBad: ({ position, offset }, header) =>
      void seen.push(`bad ${offset}@${position}${header === undefined ? "" : ` as ${header.baseOffset}`}`),
    onBadEnd: (_, end, tail) => void seen.push(`${tail} to ${end}`),
  });
  return [...seen, `end ${end}`];
}

Deno.test("surveyLog meets each batch of a good log", () => {
  const { bytes, size } = sampleLog();
  deepEqual(walk(bytes), [0, 1, 2, 3, 4].map((index) => `${index}@${index * size}`).concat("end 5"));
});

Deno.test("surveyLog goes on at the next good batch, as often as need be", () => {
  const { bytes, size } = sampleLog();
  bytes[size + 65]! ^= 1;
  bytes[3 * size + 8] = 0x70; // a length beyond all bounds
  deepEqual(walk(bytes), [
    "0@0",
    `bad 1@${size} as 1`,
    `damaged to ${2 * size}`,
    `2@${2 * size}`,
    `bad 3@${3 * size} as 3`,
    `damaged to ${4 * size}`,
    `4@${4 * size}`,
    "end 5",
  ]);
});

Deno.test("surveyLog tells a tail of zeros from one that was torn", () => {
  const { bytes, size } = sampleLog();
  const zeros = new Uint8Array(5 * size + 100);
  zeros.set(bytes.subarray(0, 2 * size));
  deepEqual(walk(zeros).slice(2), [`bad 2@${2 * size}`, `zeros to ${zeros.length}`, "end 2"]);
  deepEqual(walk(bytes.subarray(0, 3 * size - 1)).slice(2), [
    `bad 2@${2 * size} as 2`,
    `torn to ${3 * size - 1}`,
    "end 2",
  ]);
  deepEqual(walk(bytes.subarray(0, 2 * size + 9)).slice(2), [
    `bad 2@${2 * size}`,
    `torn to ${2 * size + 9}`,
    "end 2",
  ]);
});

Deno.test("surveyLog finds a batch bad that stands where another is due", () => {
  const { bytes, size } = sampleLog();
  new RecordBatch(bytes, size).setBaseOffset(9); // the checksum does not cover it
  deepEqual(walk(bytes).slice(1, 4), [`bad 1@${size} as 9`, `damaged to ${2 * size}`, `2@${2 * size}`]);
  // Below the recovery point compaction may have been: then the batch behind it is the one that can't be.
  deepEqual(walk(bytes, { ...LIMITS, recoveryPoint: 20 }).slice(1, 3), [
    `9@${size}`,
    `bad 10@${2 * size} as 2`,
  ]);
});

Deno.test("surveyLog ends when its visitor has seen enough", () => {
  const disk = new MemoryDisk();
  disk.write("/log", sampleLog().bytes);
  using file = disk.open("/log", { readOnly: true });
  let count = 0;
  equal(surveyLog(file, LIMITS, { onBatch: () => ++count < 2, onBad: () => {} }), 1);
  equal(count, 2);
});
