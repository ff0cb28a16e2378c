/**
 * Where partitions begin or end: what a reset policy comes to.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { EARLIEST, LATEST, offsetsAt } from "../admin/offsets.ts";
import type { Cluster } from "../cluster.ts";
import { ResponseError } from "../response_error.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";

/** "none": it is an error that nothing is committed. */
export type OffsetReset = "earliest" | "latest" | "none";

const TIMESTAMPS = { latest: LATEST, earliest: EARLIEST } as const;

/** An offset for each partition, or why there is none. */
export async function findStarts(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  reset: OffsetReset,
  isReadCommitted: boolean,
): Promise<PartitionMap<number | ResponseError>> {
  const starts = new PartitionMap<number | ResponseError>();
  if (reset === "none") {
    for (const one of partitions) {
      const what = `find where to begin in ${one.topic}-${one.partition}`;
      const why = "nothing is committed, or it is no more, and auto.offset.reset is none";
      starts.set(one, new ResponseError(ErrorCode.OFFSET_OUT_OF_RANGE, what, why));
    }
    return starts;
  }
  for (const found of await offsetsAt(cluster, TIMESTAMPS[reset], partitions, { isReadCommitted })) {
    const { topic, partition, errorCode, offset } = found;
    starts.set(
      { topic, partition },
      errorCode === ErrorCode.NONE
        ? offset
        : new ResponseError(errorCode, `list the offsets of ${topic}-${partition}`),
    );
  }
  return starts;
}
