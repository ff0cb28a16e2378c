/**
 * The bodies of requests to consumer instances, and of their answers, as Confluent's REST Proxy has them.
 * @module
 */
import * as v from "valibot";

const topic = v.pipe(v.string(), v.minLength(1), v.maxLength(249));
const partition = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const offset = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER - 1));
const metadata = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(4096))));

const Partition = v.strictObject({ topic, partition });
const Offset = v.strictObject({ topic, partition, offset, metadata });
/** ms since 1970, or as ISO 8601 has it. */
const Timestamp = v.strictObject({
  topic,
  partition,
  timestamp: v.union([v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.string(), v.isoTimestamp())]),
});

export const SubscriptionBody = v.union([
  v.strictObject({ topics: v.array(topic) }),
  v.strictObject({ topic_pattern: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)) }),
], 'wanted is {"topics":[…]} or {"topic_pattern":"…"}');

export const PartitionsBody = v.strictObject({ partitions: v.array(Partition) });

/** `offsets` are of records that were worked on, `partitions` (Redpanda's) of those to go on at. */
export const CommitOffsetsBody = v.union([
  v.strictObject({ offsets: v.array(Offset) }),
  v.strictObject({ partitions: v.array(Offset) }),
], 'wanted is {"offsets":[{"topic","partition","offset"}]}');

export const PositionsBody = v.strictObject({
  offsets: v.optional(v.array(Offset), []),
  timestamps: v.optional(v.array(Timestamp), []),
});

export const InstanceAnswer = v.strictObject({ instance_id: v.string(), base_uri: v.string() });
export const SubscriptionAnswer = v.strictObject({ topics: v.array(v.string()) });
export const OffsetsAnswer = v.strictObject({
  offsets: v.array(v.strictObject({
    topic: v.string(),
    partition: v.number(),
    offset: v.number(),
    metadata: v.string(),
  })),
});
