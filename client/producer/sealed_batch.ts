/**
 * The bytes of a batch as they are sent: its header before its records, compressed.
 * @module
 */
import * as layout from "../../protocol/batch_layout.ts";
import { BATCH_OVERHEAD, CURRENT_MAGIC } from "../../protocol/record_batch.ts";
import { compress, CompressionType } from "../../protocol/compression.ts";
import { crc32c } from "../../protocol/crc32c.ts";
import type { BatchMemory } from "./batch_memory.ts";
import type { SenderBatch } from "./sender_batch.ts";

export interface SealOptions {
  readonly compression: CompressionType;
  readonly level: number | undefined;
  readonly isTransactional: boolean;
}

/** Of a closed batch; a new array. */
export function sealBatch(memory: BatchMemory, batch: SenderBatch, options: SealOptions): Uint8Array {
  const { head, count } = batch;
  const { compression } = options;
  const byteCount = memory.byteCountOf(head, count);
  const plain = new Uint8Array(BATCH_OVERHEAD + byteCount);
  memory.copyRecords(head, count, plain, BATCH_OVERHEAD);
  let bytes = plain;
  if (compression !== CompressionType.none) {
    const packed = compress(plain.subarray(BATCH_OVERHEAD), compression, options.level);
    bytes = new Uint8Array(BATCH_OVERHEAD + packed.length);
    bytes.set(packed, BATCH_OVERHEAD);
  }
  const view = new DataView(bytes.buffer);
  const baseTimestamp = memory.baseTimestampOf(head);
  view.setInt32(layout.BATCH_LENGTH, bytes.length - layout.BATCH_LENGTH - 4);
  view.setInt32(layout.LEADER_EPOCH, -1);
  view.setInt8(layout.MAGIC, CURRENT_MAGIC);
  view.setInt16(layout.ATTRIBUTES, compression | (options.isTransactional ? layout.TRANSACTIONAL_BIT : 0));
  view.setInt32(layout.LAST_OFFSET_DELTA, count - 1);
  view.setBigInt64(layout.BASE_TIMESTAMP, BigInt(baseTimestamp));
  view.setBigInt64(layout.MAX_TIMESTAMP, BigInt(memory.maxTimestampOf(head, count)));
  view.setBigInt64(layout.PRODUCER_ID, BigInt(batch.identity?.producerId ?? -1));
  view.setInt16(layout.PRODUCER_EPOCH, batch.identity?.producerEpoch ?? -1);
  view.setInt32(layout.BASE_SEQUENCE, batch.sequence);
  view.setInt32(layout.RECORD_COUNT, count);
  view.setUint32(layout.CRC, crc32c(bytes, layout.ATTRIBUTES));
  return bytes;
}
