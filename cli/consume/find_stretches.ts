/**
 * Asks the cluster what the stretches of a range are.
 * @module
 */
import { EARLIEST, LATEST, offsetsAt } from "../../client/admin/offsets.ts";
import type { Cluster } from "../../client/cluster.ts";
import type { TopicPartition } from "../../client/consumer/topic_partitions.ts";
import { ResponseError } from "../../client/response_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Bound } from "../bound.ts";
import type { OffsetRange } from "./offset_range.ts";
import { type Stretch, stretchOf } from "./stretch.ts";

export interface FindStretchesOptions {
  readonly range: OffsetRange;
  readonly isUntilEnd: boolean;
  /** Ends are those of what is committed. */
  readonly isReadCommitted: boolean;
}

/** In the order of `partitions`. Throws a ResponseError. */
export async function findStretches(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  { range, isUntilEnd, isReadCommitted }: FindStretchesOptions,
): Promise<Stretch[]> {
  const ask = async (timestamp: number): Promise<number[]> => {
    const found = await offsetsAt(cluster, timestamp, partitions, { isReadCommitted });
    for (const { topic, partition, errorCode } of found) {
      if (errorCode !== ErrorCode.NONE) {
        throw new ResponseError(errorCode, `list the offsets of ${topic}-${partition}`);
      }
    }
    return found.map(({ offset }) => offset);
  };
  const askTime = (bound: Bound | undefined) =>
    bound?.kind === "time" ? ask(bound.timestampMs) : Promise.resolve(partitions.map(() => -1));
  const [starts, ends, fromTimes, toTimes] = await Promise.all([
    ask(EARLIEST),
    ask(LATEST),
    askTime(range.from),
    askTime(range.to),
  ]);
  return partitions.map(({ topic, partition }, i) => {
    const facts = {
      topic,
      partition,
      start: starts[i]!,
      end: ends[i]!,
      fromTime: fromTimes[i]!,
      toTime: toTimes[i]!,
    };
    return stretchOf(facts, range, isUntilEnd);
  });
}
