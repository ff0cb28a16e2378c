/**
 * The control batch that ends a transaction in a partition: one control record, of the transaction's producer, without a
 * sequence. Source: KIP-98; Kafka's EndTransactionMarker and MemoryRecords.
 * @module
 */
import { controlRecord, type ControlRecordType, controlRecordType } from "./control_record.ts";
import type { RecordBatch } from "./record_batch.ts";
import { decodeRecords } from "./record_decoder.ts";
import { encodeBatch } from "./record_encoder.ts";
import { RecordsError } from "./records_error.ts";

const COORDINATOR_EPOCH_POSITION = 2;
const MIN_VALUE_BYTES = 6;
/** Many times what a marker has. */
const MAX_UNPACKED_BYTES = 4096;

/** How a transaction ended, and who said so. */
export interface EndMarker {
  readonly type: ControlRecordType;
  /** Of the transaction's coordinator: an older one must not be listened to. */
  readonly coordinatorEpoch: number;
}

export interface NewEndMarker extends EndMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** The bytes of the batch. */
export function encodeEndMarker(
  { type, coordinatorEpoch, producerId, producerEpoch, timestamp }: NewEndMarker,
): Uint8Array {
  return encodeBatch([controlRecord(type, { coordinatorEpoch, timestamp })], {
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
  });
}

/**
 * What a control batch says; undefined if it ends no transaction: compaction has taken its record out, or it is of a type
 * that came later.
 */
export function decodeEndMarker(batch: RecordBatch): EndMarker | undefined {
  try {
    for (const { key, value } of decodeRecords(batch, { maxBytes: MAX_UNPACKED_BYTES })) {
      const type = controlRecordType(key);
      if (type === undefined || value === null || value.length < MIN_VALUE_BYTES) return undefined;
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      return { type, coordinatorEpoch: view.getInt32(COORDINATOR_EPOCH_POSITION) };
    }
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
  }
}
