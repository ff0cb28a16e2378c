/**
 * Offsets of many partitions at once, with an answer for each in the order in which they were asked for.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import type { ListOffsetsOptions } from "../list_offsets.ts";
import type { Answered, PartitionAnswer, TopicPartition } from "./by_leader.ts";

/** Instead of a time: the offset of the next record to be written. */
export const LATEST = -1;
/** Instead of a time: the first offset there is. */
export const EARLIEST = -2;

export interface FoundOffset extends PartitionAnswer {
  /** -1: all records are older. */
  readonly offset: number;
}

export interface OffsetRange extends PartitionAnswer {
  readonly start: number;
  readonly end: number;
}

/** The first offset of each partition at `timestamp`: milliseconds since 1970, LATEST or EARLIEST. */
export async function offsetsAt(
  cluster: Cluster,
  timestamp: number,
  partitions: readonly TopicPartition[],
  options: ListOffsetsOptions = {},
): Promise<FoundOffset[]> {
  const wanted = new Map<string, Map<number, number>>();
  for (const { topic, partition } of partitions) {
    const ofTopic = wanted.get(topic) ?? new Map<number, number>();
    wanted.set(topic, ofTopic.set(partition, timestamp));
  }
  const found = await cluster.listOffsets(wanted, options);
  return partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    ...found.get(topic)?.get(partition) ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, offset: -1 },
  }));
}

/** Where each partition begins and ends. */
export async function offsetRanges(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<Answered<OffsetRange>[]> {
  const [starts, ends] = await Promise.all([
    offsetsAt(cluster, EARLIEST, partitions),
    offsetsAt(cluster, LATEST, partitions),
  ]);
  return starts.map(({ topic, partition, errorCode, offset }, i) => {
    const end = ends[i]!;
    if (errorCode !== ErrorCode.NONE) return { topic, partition, errorCode };
    return { topic, partition, errorCode: end.errorCode, start: offset, end: end.offset };
  });
}
