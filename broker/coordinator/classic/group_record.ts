/**
 * A classic group as a record of `__consumer_offsets`, there and back.
 * @module
 */
import {
  GROUP_METADATA_KEY_VERSION,
  GROUP_METADATA_VALUE_VERSION,
  type GroupMetadataInput,
  GroupMetadataKey,
  GroupMetadataValue,
} from "../../../protocol/coordinator/group_metadata.ts";
import { decodeVersioned, encodeVersioned } from "../../../protocol/versioned.ts";
import type { JournalRecord } from "../journal.ts";

/** `value` null: there is no such group any more. */
export function groupRecord(id: string, value: GroupMetadataInput | null): JournalRecord {
  return {
    key: encodeVersioned(GroupMetadataKey, GROUP_METADATA_KEY_VERSION, { group: id }),
    value: value === null ? null : encodeVersioned(GroupMetadataValue, GROUP_METADATA_VALUE_VERSION, value),
  };
}

/** Byte fields are views. undefined: it can't be read. */
export function readGroupRecord(
  { key, value }: JournalRecord,
): { readonly id: string; readonly value: GroupMetadataValue | null } | undefined {
  const id = decodeVersioned(GroupMetadataKey, key)?.value.group;
  if (id === undefined) return undefined;
  if (value === null) return { id, value };
  const decoded = decodeVersioned(GroupMetadataValue, value);
  return decoded && { id, value: decoded.value };
}
