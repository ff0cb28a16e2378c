/**
 * What consumers tell each other through the classic protocol, whose broker passes it on unread: topics that a member
 * wants (in JoinGroup's metadata), and the partitions that it gets (in SyncGroup's assignment). A version, an int16, comes
 * first.
 *
 * Versions.
 *  - 1: partitions that the member still owns (KIP-429, cooperative rebalances)
 *  - 2: the generation in which it owned them (KIP-792)
 *  - 3: its rack (KIP-881)
 *
 * Later versions only add fields at the end, and are read as the newest known here.
 * @module
 */
import { message, type MessageCodec, type MessageOf } from "./codec.ts";
import { Reader } from "./primitives.ts";
import { field } from "./schema.ts";
import type { Versioned } from "./versioned.ts";

/** The protocol type of groups whose members speak this. */
export const CONSUMER_PROTOCOL_TYPE = "consumer";

export const ConsumerProtocolSubscription = message({
  name: "ConsumerProtocolSubscription",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 3 },
  flexibleFrom: Infinity,
}, {
  topics: field.array({ of: "string" }),
  userData: field.bytes({ nullable: 0, default: null }),
  ownedPartitions: field.array({ of: "TopicPartition", since: 1, ignorable: true }, {
    topic: field.string({ since: 1 }),
    partitions: field.array({ of: "int32", since: 1 }),
  }),
  generationId: field.int32({ since: 2, default: -1, ignorable: true }),
  rackId: field.string({ since: 3, nullable: 3, default: null, ignorable: true }),
});
export type ConsumerProtocolSubscription = MessageOf<typeof ConsumerProtocolSubscription>;

export const ConsumerProtocolAssignment = message({
  name: "ConsumerProtocolAssignment",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 3 },
  flexibleFrom: Infinity,
}, {
  assignedPartitions: field.array({ of: "TopicPartition" }, {
    topic: field.string(),
    partitions: field.array({ of: "int32" }),
  }),
  userData: field.bytes({ nullable: 0, default: null }),
});
export type ConsumerProtocolAssignment = MessageOf<typeof ConsumerProtocolAssignment>;

/** What a consumer subscribes to; undefined if the bytes are something else. Byte fields are views. */
export function decodeSubscription(bytes: Uint8Array): Versioned<ConsumerProtocolSubscription> | undefined {
  return decodeNewest(ConsumerProtocolSubscription, bytes);
}

/** What a consumer is assigned; undefined if the bytes are something else. Byte fields are views. */
export function decodeAssignment(bytes: Uint8Array): Versioned<ConsumerProtocolAssignment> | undefined {
  return decodeNewest(ConsumerProtocolAssignment, bytes);
}

function decodeNewest<T, Input>(codec: MessageCodec<T, Input>, bytes: Uint8Array): Versioned<T> | undefined {
  const reader = new Reader(bytes);
  const version = Math.min(reader.int16(), codec.versions.max);
  if (reader.failed || version < 0) return undefined;
  const value = codec.decode(reader, version);
  return reader.failed ? undefined : { version, value };
}
