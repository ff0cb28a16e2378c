/**
 * The aborted transactions of a log: read from its `.txnindex` files, and made into the bytes of one. Kafka's layout, big-endian,
 * 34 bytes an entry, in the order of the markers:
 *
 *     int16 version 0, int64 producer id, int64 first offset, int64 last offset (the marker's), int64 last stable offset
 * @module
 */
import { getInt64, setInt64 } from "../../protocol/int64.ts";
import type { Disk } from "../disk.ts";
import { join, parseSegmentFile } from "../file_names.ts";

export interface AbortedTransaction {
  readonly producerId: number;
  /** Of its first record. */
  readonly firstOffset: number;
  /** Of the marker that ended it. */
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

const ENTRY_BYTES = 34;
const VERSION = 0;

/** What all `.txnindex` files in `directory` name, by first offset. A transaction's entry lies where its marker lies. */
export function readAbortedTransactions(disk: Disk, directory: string): AbortedTransaction[] {
  const found: AbortedTransaction[] = [];
  for (const { name } of disk.list(directory)) {
    if (parseSegmentFile(name)?.kind !== "txnindex") continue;
    using file = disk.open(join(directory, name), { readOnly: true });
    const bytes = new Uint8Array(file.size());
    const read = file.readAt(bytes, 0);
    found.push(...decodeAbortedTransactions(bytes.subarray(0, read)));
  }
  return found.sort((a, b) => a.firstOffset - b.firstOffset);
}

/** Stops at what is no entry: the end of an index that is being written, or a damaged one. */
export function decodeAbortedTransactions(bytes: Uint8Array): AbortedTransaction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: AbortedTransaction[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length && view.getInt16(at) === VERSION; at += ENTRY_BYTES) {
    const [producerId, firstOffset, lastOffset, lastStableOffset] = [2, 10, 18, 26].map((field) =>
      getInt64(view, at + field)
    ) as [number, number, number, number];
    if (firstOffset < 0 || lastOffset < firstOffset) break;
    found.push({ producerId, firstOffset, lastOffset, lastStableOffset });
  }
  return found;
}

export function encodeAbortedTransactions(transactions: readonly AbortedTransaction[]): Uint8Array {
  const bytes = new Uint8Array(transactions.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  transactions.forEach(({ producerId, firstOffset, lastOffset, lastStableOffset }, index) => {
    const at = index * ENTRY_BYTES;
    view.setInt16(at, VERSION);
    setInt64(view, at + 2, producerId);
    setInt64(view, at + 10, firstOffset);
    setInt64(view, at + 18, lastOffset);
    setInt64(view, at + 26, lastStableOffset);
  });
  return bytes;
}
