/**
 * From where to where a partition is read.
 * @module
 */
import type { TopicPartition } from "../../client/consumer/topic_partitions.ts";
import { offsetOf } from "../bound.ts";
import type { OffsetRange } from "./offset_range.ts";

export interface Stretch extends TopicPartition {
  /** Where the client begins: an offset that there is, or the end. */
  readonly position: number;
  /** Records before it are passed over: it may lie behind the end. */
  readonly from: number;
  /** Records from here on are not read. Infinity: there is no end. */
  readonly to: number;
}

/** What is known of a partition. */
export interface PartitionFacts extends TopicPartition {
  readonly start: number;
  readonly end: number;
  /** The first offset that is not older than the bound, if that is a time; -1: all are older. */
  readonly fromTime: number;
  readonly toTime: number;
}

export function stretchOf(facts: PartitionFacts, { from, to }: OffsetRange, isUntilEnd: boolean): Stretch {
  const { topic, partition, start, end } = facts;
  const first = offsetOf(from, { start, end, atTime: timeOf(facts.fromTime) });
  const last = Math.min(
    to === undefined ? Infinity : offsetOf(to, { start, end, atTime: timeOf(facts.toTime) }),
    isUntilEnd ? end : Infinity,
  );
  return { topic, partition, position: Math.min(Math.max(first, start), end), from: first, to: last };
}

/** Whether nothing of it is to come any more. */
export function isDone({ to }: Stretch, position: number): boolean {
  return position >= to;
}

function timeOf(offset: number): number | undefined {
  return offset < 0 ? undefined : offset;
}
