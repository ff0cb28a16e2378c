/**
 * A committed offset, and the record that keeps it.
 * @module
 */
import { OffsetCommitKey, OffsetCommitValue } from "../../../protocol/coordinator/offset_commit.ts";
import { type Uuid, ZERO_UUID } from "../../../protocol/uuid.ts";
import { encodeVersioned } from "../../../protocol/versioned.ts";
import type { JournalRecord } from "../journal.ts";

const KEY_VERSION = 1;
const VALUE_VERSION = 4;
/** The only one that has a time of expiry. */
const EXPIRING_VALUE_VERSION = 1;

export interface CommittedOffset extends OffsetCommitValue {
  /** Of the record, within its partition of the journal: of two commits the later one counts. */
  readonly recordOffset: number;
}

/** Where an offset is committed. */
export interface OffsetPlace {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** Whether two topics of one name are the same, as far as their ids are known: the zero id is not. */
export function isSameTopic(id: Uuid, other: Uuid): boolean {
  return id === other || id === ZERO_UUID || other === ZERO_UUID;
}

export function offsetRecord(place: OffsetPlace, value: OffsetCommitValue): JournalRecord {
  return {
    key: encodeVersioned(OffsetCommitKey, KEY_VERSION, place),
    value: encodeVersioned(
      OffsetCommitValue,
      value.expireTimestamp >= 0 ? EXPIRING_VALUE_VERSION : VALUE_VERSION,
      value,
    ),
  };
}

/** Takes the offset back. */
export function offsetTombstone(place: OffsetPlace): JournalRecord {
  return { key: encodeVersioned(OffsetCommitKey, KEY_VERSION, place), value: null };
}
