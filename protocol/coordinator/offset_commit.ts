/**
 * A committed offset, as it is kept in `__consumer_offsets`. Source: Kafka's OffsetCommitKey and OffsetCommitValue.
 *
 * Keys 0 and 1 say the same; 1 is written. Versions of the value:
 *  - 0: the beginning
 *  - 1: a time at which it expires, for a commit that asks for one
 *  - 2: without that again (KIP-211)
 *  - 3: the leader epoch of the last record that was consumed (KIP-320)
 *  - 4: flexible (KIP-915); the topic's id
 * Kafka 4.3 writes 4, or 1 where the commit has an expiry of its own: such a one has no leader epoch and no topic id.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const OffsetCommitKey = message({
  name: "OffsetCommitKey",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 1 },
  flexibleFrom: Infinity,
}, {
  group: field.string(),
  topic: field.string(),
  partition: field.int32(),
});
export type OffsetCommitKey = MessageOf<typeof OffsetCommitKey>;

export const OffsetCommitValue = message({
  name: "OffsetCommitValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 4 },
  flexibleFrom: 4,
}, {
  offset: field.int64(),
  leaderEpoch: field.int32({ since: 3, default: -1, ignorable: true }),
  metadata: field.string(),
  commitTimestamp: field.int64(),
  expireTimestamp: field.int64({ since: 1, until: 1, default: -1, ignorable: true }),
  topicId: field.uuid({ since: 4, tag: 0, ignorable: true }),
});
export type OffsetCommitValue = MessageOf<typeof OffsetCommitValue>;
