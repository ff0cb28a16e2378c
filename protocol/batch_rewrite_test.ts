import assert from "node:assert/strict";
import { emptyBatch, placeholderBatch, rewriteBatch } from "./batch_rewrite.ts";
import { CompressionType } from "./compression_type.ts";
import { checkStoredBatch, RecordBatch } from "./record_batch.ts";
import { RecordScan } from "./record_scan.ts";
import { decodeRecords, encodeBatch, RecordsError } from "./records.ts";
import { Writer } from "./writer.ts";

const text = (value: string) => new TextEncoder().encode(value);
const MAX = { maxBytes: 1 << 20 };

const OPTIONS = {
  baseOffset: 100,
  leaderEpoch: 3,
  producerId: 7,
  producerEpoch: 2,
  baseSequence: 40,
  isTransactional: true,
};

const RECORDS = [
  { timestamp: 5000, key: text("a"), value: text("1"), headers: [{ key: "h", value: text("x") }] },
  { timestamp: 9000, key: text("b"), value: null },
  { timestamp: 7000, key: null, value: text("3") },
  { timestamp: 8000, key: text("d"), value: text("4"), headers: [{ key: "", value: null }] },
];

function original(compression: CompressionType): RecordBatch {
  return new RecordBatch(encodeBatch(RECORDS, { ...OPTIONS, compression }));
}

function checked(bytes: Uint8Array): RecordBatch {
  const batch = new RecordBatch();
  assert.equal(checkStoredBatch(bytes, 0, bytes.length, batch), undefined);
  assert.equal(batch.sizeInBytes, bytes.length);
  return batch;
}

/** What all batches made of one have in common. */
function assertSamePlace(batch: RecordBatch): void {
  assert.deepEqual([batch.baseOffset, batch.lastOffset, batch.leaderEpoch], [100, 103, 3]);
}

Deno.test("RecordScan sees of each record what decodeRecords makes of it", () => {
  for (const compression of Object.values(CompressionType)) {
    const batch = original(compression);
    const scan = new RecordScan();
    scan.open(batch, 1 << 20);
    for (const record of decodeRecords(batch, MAX)) {
      assert.ok(scan.next());
      assert.equal(scan.offsetDelta + 100, record.offset);
      assert.equal(scan.timestampDelta + batch.baseTimestamp, record.timestamp);
      assert.equal(scan.hasValue, record.value !== null);
      const key = scan.keyStart < 0 ? null : scan.bytes.slice(scan.keyStart, scan.keyEnd);
      assert.deepEqual(key, record.key && record.key.slice());
    }
    assert.equal(scan.next(), false);
    scan.rewind();
    assert.ok(scan.next());
    assert.deepEqual([scan.start, scan.offsetDelta], [0, 0]);
  }
});

Deno.test("RecordScan refuses records that do not fit, as decodeRecords does", () => {
  const { bytes } = original(CompressionType.none);
  for (let at = 61; at < bytes.length; at++) {
    for (const byte of [0x00, 0x01, 0x7f, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] = byte;
      const scan = new RecordScan();
      try {
        scan.open(new RecordBatch(damaged), 1 << 20);
        let end = 0;
        while (scan.next()) {
          assert.ok(scan.start === end && scan.end > scan.start && scan.end <= scan.bytes.length);
          assert.ok(scan.keyEnd >= scan.keyStart && scan.keyEnd <= scan.end);
          end = scan.end;
        }
      } catch (error) {
        assert.ok(error instanceof RecordsError, `byte ${at} as ${byte}: ${error}`);
      }
    }
  }
});

Deno.test("rewriteBatch keeps the batch's place and its records' offsets, times and headers", () => {
  for (const compression of Object.values(CompressionType)) {
    const batch = original(compression);
    const scan = new RecordScan();
    scan.open(batch, 1 << 20);
    const writer = new Writer();
    while (scan.next()) {
      if (scan.offsetDelta % 2 === 1) writer.raw(scan.bytes.subarray(scan.start, scan.end));
    }
    const rewritten = checked(rewriteBatch(batch, writer.bytes(), { recordCount: 2, maxTimestamp: 9000 }));
    assertSamePlace(rewritten);
    assert.deepEqual([rewritten.maxTimestamp, rewritten.recordCount], [9000, 2]);
    assert.deepEqual([rewritten.baseSequence, rewritten.lastSequence], [40, 43]);
    assert.equal(rewritten.compression, compression);
    assert.equal(rewritten.deleteHorizonMs, undefined);
    const wanted = [...decodeRecords(batch, MAX)].filter(({ offset }) => offset % 2 === 1);
    assert.deepEqual([...decodeRecords(rewritten, MAX)], wanted);
  }
});

Deno.test("rewriteBatch with a delete horizon makes it what times count from", () => {
  const batch = new RecordBatch(encodeBatch([{ timestamp: 5000, key: text("a") }], OPTIONS));
  const writer = new Writer();
  const scan = new RecordScan();
  scan.open(batch, 1 << 20);
  scan.next();
  const rest = scan.bytes.subarray(scan.timeEnd, scan.end);
  writer.varint(1 + 2 + rest.length);
  writer.int8(0);
  writer.varlong(5000 - 6000);
  writer.raw(rest);
  const rewritten = checked(
    rewriteBatch(batch, writer.bytes(), { recordCount: 1, maxTimestamp: 5000, deleteHorizonMs: 6000 }),
  );
  assert.equal(rewritten.deleteHorizonMs, 6000);
  assert.deepEqual([...decodeRecords(rewritten, MAX)], [...decodeRecords(batch, MAX)]);
});

Deno.test("emptyBatch keeps the producer's sequence, placeholderBatch only the offsets", () => {
  const batch = original(CompressionType.zstd);
  const empty = checked(emptyBatch(batch));
  assertSamePlace(empty);
  assert.deepEqual(
    [empty.producerId, empty.producerEpoch, empty.lastSequence, empty.isTransactional, empty.recordCount],
    [7, 2, 43, true, 0],
  );
  assert.deepEqual([empty.sizeInBytes, empty.compression, empty.maxTimestamp], [61, 0, 9000]);
  assert.deepEqual([...decodeRecords(empty, MAX)], []);

  const placeholder = checked(placeholderBatch(batch));
  assertSamePlace(placeholder);
  assert.deepEqual(
    [placeholder.producerId, placeholder.producerEpoch, placeholder.baseSequence, placeholder.attributes],
    [-1, -1, -1, 0],
  );
});
