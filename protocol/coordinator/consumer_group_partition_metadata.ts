/**
 * The record in which Apache Kafka 4.0 kept what a group's topics looked like (key version 4). A hash in the group's own record
 * has taken its place since 4.1 (KIP-1101): it is only ever taken back, and its value never read.
 * @module
 */
import { message } from "../codec.ts";
import { field } from "../schema.ts";

export const CONSUMER_GROUP_PARTITION_METADATA = 4;

export const ConsumerGroupPartitionMetadataKey = message({
  name: "ConsumerGroupPartitionMetadataKey",
  apiKey: -1,
  type: "data",
  versions: { min: CONSUMER_GROUP_PARTITION_METADATA, max: CONSUMER_GROUP_PARTITION_METADATA },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
});
