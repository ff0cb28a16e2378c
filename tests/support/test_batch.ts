/**
 * Record batches for tests of the log, made by hand: few fields, one value, no compression.
 * @module
 */
import { RecordBatch } from "../../protocol/record_batch.ts";

export interface TestBatch {
  /** Timestamps of its records; their number is the number of records. Default: one record at 0. */
  readonly timestamps?: readonly number[];
  /** What each record says. Default 10 bytes. */
  readonly value?: Uint8Array;
  readonly producerId?: number;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly isTransactional?: boolean;
}

const TRANSACTIONAL_BIT = 0x10;

/** A batch as a producer would send it. */
export function testBatch(
  {
    timestamps = [0],
    value = new Uint8Array(10),
    producerId = -1,
    epoch = -1,
    sequence = -1,
    isTransactional = false,
  }: TestBatch = {},
): RecordBatch {
  const baseTimestamp = timestamps[0]!;
  const records = timestamps.flatMap((timestamp, index) => {
    const body = [
      0,
      ...varint(timestamp - baseTimestamp),
      ...varint(index),
      ...varint(-1),
      ...varint(value.length),
    ];
    return [...varint(body.length + value.length + 1), ...body, ...value, 0];
  });
  const bytes = new Uint8Array(61 + records.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setInt32(12, -1);
  view.setInt8(16, 2);
  view.setInt16(21, isTransactional ? TRANSACTIONAL_BIT : 0);
  view.setInt32(23, timestamps.length - 1);
  view.setBigInt64(27, BigInt(baseTimestamp));
  view.setBigInt64(35, BigInt(Math.max(...timestamps)));
  view.setBigInt64(43, BigInt(producerId));
  view.setInt16(51, epoch);
  view.setInt32(53, sequence);
  view.setInt32(57, timestamps.length);
  bytes.set(records, 61);
  const batch = new RecordBatch(bytes);
  view.setUint32(17, batch.computeCrc());
  return batch;
}

function varint(value: number): number[] {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  const bytes: number[] = [];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(rest % 128 + 128);
  bytes.push(rest);
  return bytes;
}
