import { equal, match } from "node:assert/strict";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { CompressionType } from "./compression.ts";
import { RecordBatch } from "./record_batch.ts";
import { recordsProblem } from "./record_check.ts";
import { controlRecord, decodeRecords, encodeBatch, RecordsError } from "./records.ts";

const LIMIT = { maxBytes: 1 << 20 };

function sample(compression: CompressionType = CompressionType.none): RecordBatch {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return new RecordBatch(encodeBatch([
    { timestamp: 1_700_000_000_000, key: bytes("key"), value: bytes("value".repeat(50)) },
    { timestamp: 1, value: null, headers: [{ key: "a", value: bytes("1") }, { key: "b", value: null }] },
    { timestamp: -1, key: new Uint8Array(0), value: new Uint8Array(0) },
  ], { compression, baseOffset: 40 }));
}

Deno.test("recordsProblem finds nothing wrong with records of any codec", () => {
  for (const codec of Object.values(CompressionType)) equal(recordsProblem(sample(codec), LIMIT), undefined);
});

Deno.test("recordsProblem accepts what compaction leaves: gaps, and no record at all", () => {
  const batch = sample();
  const bytes = batch.bytes.slice();
  new DataView(bytes.buffer).setInt32(23, 100);
  equal(recordsProblem(new RecordBatch(bytes), LIMIT), undefined);
  const empty = batch.bytes.slice(0, 61);
  new DataView(empty.buffer).setInt32(8, 61 - 12);
  new DataView(empty.buffer).setInt32(57, 0);
  equal(recordsProblem(new RecordBatch(empty), LIMIT), undefined);
});

Deno.test("recordsProblem tells which record is wrong", () => {
  const bytes = sample().bytes.slice();
  const view = new DataView(bytes.buffer);
  view.setInt32(57, 4);
  match(
    recordsProblem(new RecordBatch(bytes), LIMIT)!,
    /^record 3 of its batch: the bytes end within a number$/,
  );
  view.setInt32(57, 2);
  match(recordsProblem(new RecordBatch(bytes), LIMIT)!, /^\d+ bytes are left behind the last of 2 records$/);
  view.setInt32(57, 3);
  view.setInt32(23, 1);
  match(
    recordsProblem(new RecordBatch(bytes), LIMIT)!,
    /^record 2 .* offset delta is 2, .* between 2 and 1$/,
  );
});

Deno.test("recordsProblem wants a key of a control record, and offsets that rise", () => {
  const marker = encodeBatch([controlRecord("commit", { coordinatorEpoch: 0, timestamp: 1 })], {
    isControl: true,
  });
  equal(recordsProblem(new RecordBatch(marker), LIMIT), undefined);
  const keyless = encodeBatch([{ timestamp: 1 }], { isControl: true });
  match(recordsProblem(new RecordBatch(keyless), LIMIT)!, /control record, and its key has -1 bytes/);
  const twice = encodeBatch([{ timestamp: 1 }, { timestamp: 1 }]);
  twice[61 + 7 + 3] = 0; // the second record's offset delta
  match(recordsProblem(new RecordBatch(twice), LIMIT)!, /offset delta is 0, which is not between 1 and 1/);
});

Deno.test("recordsProblem never makes more of compressed bytes than it is allowed", () => {
  const zeros = new RecordBatch(encodeBatch([{ timestamp: 1, value: new Uint8Array(5_000_000) }], {
    compression: CompressionType.gzip,
  }));
  match(recordsProblem(zeros, LIMIT)!, /gzip data may decompress to 1048576 bytes here; found more/);
});

Deno.test("recordsProblem agrees with decodeRecords on records that were damaged at random", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  let bad = 0;
  for (let round = 0; round < 5000; round++) {
    const bytes = sample().bytes.slice();
    for (let flips = 1 + random.below(3); flips > 0; flips--) {
      bytes[61 + random.below(bytes.length - 61)] = random.below(256);
    }
    const batch = new RecordBatch(bytes);
    let decoded: string | undefined;
    let last = -1;
    try {
      for (const { offset } of decodeRecords(batch, LIMIT)) {
        // The decoder leaves their order to the reader.
        if (offset <= last) decoded ??= "order";
        last = offset;
      }
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error;
      decoded ??= error.message;
    }
    const problem = recordsProblem(batch, LIMIT);
    if (problem !== undefined) bad++;
    equal(problem !== undefined, decoded !== undefined, `seed ${seed}: ${problem}; decoder: ${decoded}`);
  }
  equal(bad > 500 && bad < 5000, true, `bad: ${bad}`);
});
