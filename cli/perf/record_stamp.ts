/**
 * The first bytes of a record that perf sends, by which it is known again when it is read back.
 *
 *     0   u32  run        chosen at random, the same for all records of a run
 *     4   u16  partition  where it was sent to
 *     6   u48  sequence   its number in this partition and run, from 0
 *    12   u32  check      the CRC-32C of what follows, mixed with all of the above
 *
 * What must be true: a record whose bytes are not those that were sent does not pass `readStamp` (but for one in 2^32). The
 * CRC of what follows is known beforehand, as payloads are made before the run, so a stamp costs the sender no checksum.
 * @module
 */
import { crc32c } from "../../protocol/crc32c.ts";

export const STAMP_BYTES = 16;
/** Kafka has partitions beyond that, but nobody sends to all of them from one process. */
export const MAX_PARTITIONS = 65_536;

export interface RecordStamp {
  readonly run: number;
  readonly partition: number;
  readonly sequence: number;
}

/** `bodyChecksum`: {@link checksumOf} the record's bytes behind the stamp. */
export function writeStamp(
  view: DataView,
  position: number,
  { run, partition, sequence }: RecordStamp,
  bodyChecksum: number,
): void {
  const high = Math.floor(sequence / 2 ** 32);
  view.setUint32(position, run);
  view.setUint16(position + 4, partition);
  view.setUint16(position + 6, high);
  view.setUint32(position + 8, sequence);
  view.setUint32(position + 12, bodyChecksum ^ mixed(run, partition << 16 | high, sequence | 0));
}

/** undefined: the bytes are no record of perf's, or not as it was sent. */
export function readStamp(record: Uint8Array): RecordStamp | undefined {
  if (record.length < STAMP_BYTES) return undefined;
  const run = wordAt(record, 0);
  const place = wordAt(record, 4);
  const low = wordAt(record, 8);
  const check = checksumOf(record) ^ mixed(run, place, low);
  if (check !== wordAt(record, 12)) return undefined;
  return { run: run >>> 0, partition: place >>> 16, sequence: (place & 0xffff) * 2 ** 32 + (low >>> 0) };
}

/** Of the bytes behind the stamp. */
export function checksumOf(record: Uint8Array): number {
  return crc32c(record, STAMP_BYTES);
}

/** Whether a record says that it is of this run, whatever else may be wrong with it. */
export function claimsRun(record: Uint8Array, run: number): boolean {
  return record.length >= 4 && wordAt(record, 0) >>> 0 === run;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
}

/** Any change of any bit of the three changes about half of the bits of this. */
function mixed(first: number, second: number, third: number): number {
  return stirred(stirred(stirred(first) ^ second) ^ third);
}

/** The end of MurmurHash3 (public domain): each bit in moves each bit out with a chance of one half. One to one. */
function stirred(word: number): number {
  let h = word ^ word >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ h >>> 16;
}
