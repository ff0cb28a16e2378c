import { deepEqual, equal } from "node:assert/strict";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { encodeBatch, type NewRecord } from "../../protocol/records.ts";
import { uvarintSize } from "../../protocol/wire_size.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { RecordWriter } from "./record_writer.ts";

const encoder = new TextEncoder();

function written(records: readonly NewRecord[], asText: boolean): Uint8Array {
  const decoder = new TextDecoder();
  const text = (bytes: Uint8Array | null | undefined) =>
    bytes === null || bytes === undefined ? null : asText ? decoder.decode(bytes) : bytes;
  const writer = new RecordWriter();
  const bytes = new Uint8Array(1_000_000);
  let at = 0;
  records.forEach((record, index) => {
    writer.take(text(record.key), text(record.value), record.headers);
    const delta = record.timestamp - records[0]!.timestamp;
    const length = writer.lengthOf(delta, index);
    const end = writer.write(bytes, at, length, delta, index);
    equal(end - at, uvarintSize(2 * length) + length);
    at = end;
  });
  return bytes.subarray(0, at);
}

function recordsOf(batch: Uint8Array): Uint8Array {
  const view = new RecordBatch();
  view.reset(batch, 0);
  return view.recordsBytes;
}

Deno.test("RecordWriter writes what encodeBatch writes", () => {
  const records: NewRecord[] = [
    { timestamp: 1_700_000_000_000 },
    { timestamp: 1_700_000_000_001, key: encoder.encode("k"), value: encoder.encode("väl\u{1F600}ue") },
    { timestamp: 1_600_000_000_000, value: new Uint8Array(0) },
    { timestamp: 1_800_000_000_000, key: new Uint8Array(0), value: encoder.encode("x".repeat(70_000)) },
    {
      timestamp: 1_700_000_000_000,
      value: encoder.encode("y".repeat(64)),
      headers: [{ key: "ä", value: encoder.encode("1") }, { key: "", value: null }, {
        key: "ä",
        value: null,
      }],
    },
  ];
  deepEqual(written(records, false), recordsOf(encodeBatch(records)));
  deepEqual(written(records, true), recordsOf(encodeBatch(records)));
});

Deno.test("RecordWriter writes what encodeBatch writes for random records", () => {
  const seed = testSeed();
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const part = () => {
      const length = random.below(4) === 0 ? random.below(20_000) : random.below(100);
      return random.below(8) === 0 ? null : Uint8Array.from({ length }, () => 32 + random.below(90));
    };
    const records = Array.from({ length: 1 + random.below(20) }, (): NewRecord => ({
      timestamp: 1_700_000_000_000 + random.below(1_000_000) - 500_000,
      key: part(),
      value: part(),
      headers: Array.from({ length: random.below(3) }, (_, index) => ({ key: `h${index}`, value: part() })),
    }));
    deepEqual(
      written(records, round % 2 === 0),
      recordsOf(encodeBatch(records)),
      `seed ${seed}, round ${round}`,
    );
  }
});
