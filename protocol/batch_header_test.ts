import { deepEqual, equal } from "node:assert/strict";
import { batchHeader } from "./batch_header.ts";
import { CompressionType } from "./compression.ts";
import { RecordBatch } from "./record_batch.ts";
import { encodeBatch } from "./records.ts";

Deno.test("batchHeader has every field of a batch, and numbers that no number can hold as BigInt", () => {
  const bytes = encodeBatch([{ timestamp: 5 }, { timestamp: 3 }], {
    compression: CompressionType.lz4,
    baseOffset: 7,
    leaderEpoch: 2,
    producerId: 11,
    producerEpoch: 1,
    baseSequence: 0x7fff_ffff,
    isTransactional: true,
  });
  const batch = new RecordBatch(bytes);
  deepEqual(batchHeader(batch), {
    baseOffset: 7,
    lastOffset: 8,
    sizeInBytes: bytes.length,
    leaderEpoch: 2,
    magic: 2,
    crc: batch.computeCrc(),
    codec: "lz4",
    timestampType: "CreateTime",
    isTransactional: true,
    isControl: false,
    deleteHorizonMs: undefined,
    lastOffsetDelta: 1,
    baseTimestamp: 5,
    maxTimestamp: 5,
    producerId: 11,
    producerEpoch: 1,
    baseSequence: 0x7fff_ffff,
    lastSequence: 0,
    recordCount: 2,
  });
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, 2n ** 53n);
  view.setBigInt64(43, 2n ** 63n - 1n);
  view.setInt16(21, 0x47);
  const header = batchHeader(batch);
  equal(header.baseOffset, 2n ** 53n);
  equal(header.lastOffset, 2n ** 53n + 1n);
  equal(header.producerId, 2n ** 63n - 1n);
  equal(header.codec, "codec 7");
  equal(header.deleteHorizonMs, 5);
});
