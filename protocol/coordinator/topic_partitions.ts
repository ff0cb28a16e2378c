/**
 * Partitions of one topic, as several records of groups have them.
 * @module
 */
import { field } from "../schema.ts";

export const topicPartitions = {
  topicId: field.uuid(),
  partitions: field.array({ of: "int32" }),
};
