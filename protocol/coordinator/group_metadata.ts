/**
 * What `__consumer_offsets` keeps of a group of the classic protocol: one record, its members and what they were
 * assigned. The key's version, 2, tells it from the other kinds of records there.
 *
 * Versions of the value.
 *  - 1: the members' rebalance timeouts (KIP-62)
 *  - 2: since when the group is in its state (KIP-211)
 *  - 3: instance ids of static members (KIP-345); what Kafka 4.3 writes
 *  - 4: flexible (KIP-915)
 * @module
 */
import { message } from "../codec.ts";
import type { InputOf, MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

/** Says in the key what kind of record it is. */
export const GROUP_METADATA_KEY_VERSION = 2;
/** Written; 0 to 4 are read. */
export const GROUP_METADATA_VALUE_VERSION = 3;

export const GroupMetadataKey = message({
  name: "GroupMetadataKey",
  apiKey: -1,
  type: "data",
  versions: { min: GROUP_METADATA_KEY_VERSION, max: GROUP_METADATA_KEY_VERSION },
  flexibleFrom: Infinity,
}, {
  group: field.string({ since: 2, until: 2 }),
});
export type GroupMetadataKey = MessageOf<typeof GroupMetadataKey>;

export const GroupMetadataValue = message({
  name: "GroupMetadataValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 4 },
  flexibleFrom: 4,
}, {
  protocolType: field.string(),
  generation: field.int32(),
  protocol: field.string({ nullable: 0 }),
  leader: field.string({ nullable: 0 }),
  currentStateTimestamp: field.int64({ since: 2, default: -1, ignorable: true }),
  members: field.array({ of: "MemberMetadata" }, {
    memberId: field.string(),
    groupInstanceId: field.string({ since: 3, nullable: 3, default: null, ignorable: true }),
    clientId: field.string(),
    clientHost: field.string(),
    rebalanceTimeout: field.int32({ since: 1, default: -1, ignorable: true }),
    sessionTimeout: field.int32(),
    subscription: field.bytes(),
    assignment: field.bytes(),
  }),
});
export type GroupMetadataValue = MessageOf<typeof GroupMetadataValue>;
export type GroupMetadataInput = InputOf<typeof GroupMetadataValue>;
