/**
 * The header of a batch as an object with every bit of it: 64-bit fields are exact, as BigInt where a number is not.
 * For people who look at a batch; the broker has `RecordBatch`.
 * @module
 */
import { compressionName } from "./compression_type.ts";
import { BATCH_OVERHEAD, type RecordBatch, type TimestampType } from "./record_batch.ts";

export interface BatchHeader {
  readonly baseOffset: number | bigint;
  readonly lastOffset: number | bigint;
  /** Of the whole batch, as it says. */
  readonly sizeInBytes: number;
  readonly leaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly codec: string;
  readonly timestampType: TimestampType;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** From when on compaction may drop its tombstones (KIP-534); such a batch has no base timestamp of its own. */
  readonly deleteHorizonMs: number | bigint | undefined;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number | bigint;
  readonly maxTimestamp: number | bigint;
  readonly producerId: number | bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly recordCount: number;
}

const DELETE_HORIZON_BIT = 0x40;

/** Of a batch of which at least the header is there. */
export function batchHeader(batch: RecordBatch): BatchHeader {
  const { buffer, byteOffset } = batch.bytes;
  const view = new DataView(buffer, byteOffset, BATCH_OVERHEAD);
  const baseOffset = view.getBigInt64(0);
  const baseTimestamp = exact(view.getBigInt64(27));
  return {
    baseOffset: exact(baseOffset),
    lastOffset: exact(baseOffset + BigInt(batch.lastOffsetDelta)),
    sizeInBytes: batch.sizeInBytes,
    leaderEpoch: batch.leaderEpoch,
    magic: batch.magic,
    crc: batch.crc,
    codec: compressionName(batch.compression),
    timestampType: batch.timestampType,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    deleteHorizonMs: (batch.attributes & DELETE_HORIZON_BIT) === 0 ? undefined : baseTimestamp,
    lastOffsetDelta: batch.lastOffsetDelta,
    baseTimestamp,
    maxTimestamp: exact(view.getBigInt64(35)),
    producerId: exact(view.getBigInt64(43)),
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    recordCount: batch.recordCount,
  };
}

/** A number where that is exact. */
export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
