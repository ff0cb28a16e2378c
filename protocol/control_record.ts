/**
 * The one record of a control batch, which ends a transaction. Source: KIP-98; Kafka's ControlRecordType.json and
 * EndTxnMarker.json.
 *
 * Key: int16 version 0, int16 type (0 abort, 1 commit). Value: int16 version 0, int32 epoch of the coordinator.
 * @module
 */
import type { NewRecord } from "./record_encoder.ts";

export type ControlRecordType = "abort" | "commit";

const ABORT = 0;
const COMMIT = 1;

/** The record that a transaction's coordinator writes to end it; to be encoded with `isControl` and `isTransactional`. */
export function controlRecord(
  type: ControlRecordType,
  { coordinatorEpoch, timestamp }: { readonly coordinatorEpoch: number; readonly timestamp: number },
): NewRecord {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setInt16(2, type === "commit" ? COMMIT : ABORT);
  const value = new Uint8Array(6);
  new DataView(value.buffer).setInt32(2, coordinatorEpoch);
  return { timestamp, key, value };
}

/** What a control record's key says; undefined for types that came later, which readers pass over. */
export function controlRecordType(key: Uint8Array | null): ControlRecordType | undefined {
  if (key === null || key.length < 4) return undefined;
  const type = new DataView(key.buffer, key.byteOffset, key.byteLength).getInt16(2);
  return type === ABORT ? "abort" : type === COMMIT ? "commit" : undefined;
}
