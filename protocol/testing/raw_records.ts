/**
 * Batches whose header is right and whose records are whatever a test wants them to be.
 * @module
 */
import { type BatchOptions, encodeBatch } from "../record_encoder.ts";
import { RecordBatch } from "../record_batch.ts";

/** Makes checks of the header pass again after a test has changed a field of it. */
export function seal(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(17, new RecordBatch(bytes).computeCrc());
  return bytes;
}

/** A batch that says it has `recordCount` records, and has `records`, compressed or not. */
export function rawBatch(records: Uint8Array, recordCount: number, options: BatchOptions = {}): Uint8Array {
  const header = encodeBatch([{ timestamp: 1000 }], options).subarray(0, 61);
  const bytes = new Uint8Array(header.length + records.length);
  bytes.set(header);
  bytes.set(records, header.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setInt32(23, recordCount - 1);
  view.setInt32(57, recordCount);
  return seal(bytes);
}
