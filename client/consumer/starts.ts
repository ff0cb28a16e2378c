/**
 * Where partitions begin or end: what a reset policy comes to.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { ResponseError } from "../response_error.ts";
import { PartitionMap, type TopicPartition } from "./topic_partitions.ts";

/** "none": it is an error that nothing is committed. */
export type OffsetReset = "earliest" | "latest" | "none";

const TIMESTAMPS = { latest: -1, earliest: -2 } as const;

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
  const wanted = new Map<string, Map<number, number>>();
  for (const { topic, partition } of partitions) {
    const ofTopic = wanted.get(topic) ?? new Map<number, number>();
    wanted.set(topic, ofTopic.set(partition, TIMESTAMPS[reset]));
  }
  const found = await cluster.listOffsets(wanted, { isReadCommitted });
  for (const one of partitions) {
    const { errorCode = ErrorCode.UNKNOWN_SERVER_ERROR, offset } = found.get(one.topic)?.get(one.partition) ??
      {};
    starts.set(
      one,
      errorCode === ErrorCode.NONE
        ? offset!
        : new ResponseError(errorCode, `list the offsets of ${one.topic}-${one.partition}`),
    );
  }
  return starts;
}
