/**
 * The record of a consumer group itself (key version 3): its epoch, and a hash of the topics it is subscribed to.
 *
 * The hash is only ever compared with one that the same coordinator computes. Apache Kafka's has 64 bits (XXH3), of which a
 * reader here keeps 53: to a coordinator that takes a group over from another kind the topics look changed, once.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const CONSUMER_GROUP_METADATA = 3;

export const ConsumerGroupMetadataKey = message({
  name: "ConsumerGroupMetadataKey",
  apiKey: -1,
  type: "data",
  versions: { min: CONSUMER_GROUP_METADATA, max: CONSUMER_GROUP_METADATA },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
});

export const ConsumerGroupMetadataValue = message({
  name: "ConsumerGroupMetadataValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  epoch: field.int32(),
  metadataHash: field.int64({ tag: 0, default: 0 }),
});
export type ConsumerGroupMetadataValue = MessageOf<typeof ConsumerGroupMetadataValue>;
