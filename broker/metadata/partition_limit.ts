/**
 * How many partitions a broker will hold.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import { TopicRefusal } from "./topic_refusal.ts";

/** Throws {@link TopicRefusal} if `count` more partitions would be too many. */
export function checkPartitionLimit({ config, topics }: Broker, count: number): void {
  const inAll = topics.partitionCount + count;
  if (inAll <= config.limits.partitions) return;
  throw new TopicRefusal(
    ErrorCode.POLICY_VIOLATION,
    `${count} more partitions would make ${inAll}; milena.max.partitions is ${config.limits.partitions}`,
  );
}
