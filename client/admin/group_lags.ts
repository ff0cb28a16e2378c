/**
 * How far consumer groups are behind.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import type { TopicPartition } from "./by_leader.ts";
import { type CommittedOffset, committedOffsets } from "./group_offsets.ts";
import { LATEST, offsetsAt } from "./offsets.ts";

export interface PartitionLag extends CommittedOffset {
  /** The offset of the next record to be written; undefined: nobody leads the partition at the moment. */
  readonly end: number | undefined;
  /** Never negative: a topic that was made anew may end before what was committed. */
  readonly lag: number | undefined;
}

/** The lag of each partition that a group has committed, by group; partitions that are no more are left out. */
export async function groupLags(
  cluster: Cluster,
  groups: readonly string[],
): Promise<Map<string, PartitionLag[]>> {
  const committed = await Promise.all(groups.map((group) => committedOffsets(cluster, group)));
  const partitions = new Map(committed.flat().map((offset) => [keyOf(offset), offset]));
  const found = await offsetsAt(cluster, LATEST, [...partitions.values()]);
  const ends = new Map(found.map((end) => [keyOf(end), end]));
  return new Map(groups.map((group, i) => [
    group,
    committed[i]!.flatMap((offset): PartitionLag[] => {
      const found = ends.get(keyOf(offset))!;
      if (found.errorCode === ErrorCode.NONE) {
        return [{ ...offset, end: found.offset, lag: Math.max(0, found.offset - offset.offset) }];
      }
      return found.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        ? []
        : [{ ...offset, end: undefined, lag: undefined }];
    }),
  ]));
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
