/**
 * `.snapshot` files: the producers of a partition as of the offset in the file's name. Kafka's layout, big-endian:
 *
 *     int16 version = 1, uint32 CRC-32C of all that follows, int32 count, and for each producer
 *     int64 producer id, int16 epoch, int32 last sequence, int64 last offset, int32 offset delta, int64 timestamp,
 *     int32 coordinator epoch, int64 first offset of the current transaction
 *
 * A snapshot saves reading the log, no more: a damaged one is passed over for an older one.
 * @module
 */
import { crc32c } from "../protocol/crc32c.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { getInt64, setInt64 } from "../protocol/int64.ts";
import type { ProducerSnapshotEntry } from "./producer_state.ts";

const VERSION = 1;
const HEADER_SIZE = 10;
const CRC_POSITION = 2;
const CRC_END = 6;
const COUNT_POSITION = 6;
const ENTRY_SIZE = 46;

export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + entries.length * ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt16(0, VERSION);
  view.setInt32(COUNT_POSITION, entries.length);
  let position = HEADER_SIZE;
  for (const entry of entries) {
    setInt64(view, position, entry.producerId);
    view.setInt16(position + 8, entry.epoch);
    view.setInt32(position + 10, entry.lastSequence);
    setInt64(view, position + 14, entry.lastOffset);
    view.setInt32(position + 22, entry.offsetDelta);
    setInt64(view, position + 26, entry.timestamp);
    view.setInt32(position + 34, entry.coordinatorEpoch);
    setInt64(view, position + 38, entry.currentTransactionFirstOffset);
    position += ENTRY_SIZE;
  }
  view.setUint32(CRC_POSITION, crc32c(bytes.subarray(CRC_END)));
  return bytes;
}

/** What the bytes hold, or, as a string, why they are no snapshot. */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerSnapshotEntry[] | string {
  if (bytes.length < HEADER_SIZE) return `it has ${bytes.length} bytes, fewer than a header`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getInt16(0);
  if (version !== VERSION) return `its version is ${version}, not ${VERSION}`;
  const count = view.getInt32(COUNT_POSITION);
  if (count < 0 || bytes.length !== HEADER_SIZE + count * ENTRY_SIZE) {
    return `it says ${count} producers, which does not fit its ${bytes.length} bytes`;
  }
  if (view.getUint32(CRC_POSITION) !== crc32c(bytes.subarray(CRC_END))) return "its checksum is wrong";
  return Array.from({ length: count }, (_, index) => {
    const position = HEADER_SIZE + index * ENTRY_SIZE;
    return {
      producerId: getInt64(view, position),
      epoch: view.getInt16(position + 8),
      lastSequence: view.getInt32(position + 10),
      lastOffset: getInt64(view, position + 14),
      offsetDelta: view.getInt32(position + 22),
      timestamp: getInt64(view, position + 26),
      coordinatorEpoch: view.getInt32(position + 34),
      currentTransactionFirstOffset: getInt64(view, position + 38),
    };
  });
}

/** Returns the file, for the caller to sync and to close. What could be written in part only is removed. */
export function writeProducerSnapshot(
  disk: Disk,
  path: string,
  entries: Iterable<ProducerSnapshotEntry>,
): DiskFile {
  const file = disk.open(path, { create: true });
  try {
    file.truncate(0);
    file.writeAt(encodeProducerSnapshot([...entries]), 0);
    return file;
  } catch (error) {
    file.close();
    disk.removeFile(path);
    throw error;
  }
}

export function readProducerSnapshot(disk: Disk, path: string): ProducerSnapshotEntry[] | string {
  using file = disk.open(path, { readOnly: true });
  const bytes = new Uint8Array(file.size());
  return decodeProducerSnapshot(bytes.subarray(0, file.readAt(bytes, 0)));
}
