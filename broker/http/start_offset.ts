/**
 * Where reading begins: an offset, `earliest`, `latest`, `-N` for the last N records of each partition, or a time.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { checkCode } from "../../client/response_error.ts";
import type { Cluster, FoundOffset } from "../../client/cluster.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from "./gateway.ts";
import { noSuchPartition, noSuchTopic } from "./kafka_failures.ts";
import type { Isolation } from "./partition_fetch.ts";

export type Start =
  | { readonly kind: "earliest" | "latest" }
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "time"; readonly timestampMs: number };

export interface Ends {
  readonly start: number;
  readonly end: number;
}

/** The offsets to begin at, by partition. Throws an ApiError 404 or a ResponseError. */
export async function startOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  start: Start,
  isolation: Isolation,
): Promise<Map<number, number>> {
  switch (start.kind) {
    case "earliest":
      return await list(cluster, topic, partitions, EARLIEST_TIMESTAMP, isolation);
    case "latest":
      return await list(cluster, topic, partitions, LATEST_TIMESTAMP, isolation);
    case "last": {
      const found = await offsetRanges(cluster, topic, partitions, isolation);
      return new Map(Array.from(found, ([partition, { start: first, end }]) => {
        return [partition, Math.max(first, end - start.count)];
      }));
    }
    case "time": {
      const [found, ends] = await Promise.all([
        list(cluster, topic, partitions, start.timestampMs, isolation),
        list(cluster, topic, partitions, LATEST_TIMESTAMP, isolation),
      ]);
      return new Map(Array.from(found, ([partition, offset]) => {
        return [partition, offset < 0 ? ends.get(partition)! : offset];
      }));
    }
  }
}

/** The first offset of each partition, and the one after the last. */
export async function offsetRanges(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  isolation: Isolation,
): Promise<Map<number, Ends>> {
  const [starts, ends] = await Promise.all([
    list(cluster, topic, partitions, EARLIEST_TIMESTAMP, isolation),
    list(cluster, topic, partitions, LATEST_TIMESTAMP, isolation),
  ]);
  return new Map(
    Array.from(starts, ([partition, start]) => [partition, { start, end: ends.get(partition)! }]),
  );
}

async function list(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolation: Isolation,
): Promise<Map<number, number>> {
  const wanted = new Map([[topic, new Map(partitions.map((partition) => [partition, timestamp]))]]);
  const found = (await cluster.listOffsets(wanted, { isReadCommitted: isolation === "read_committed" })).get(
    topic,
  );
  const offsets = new Map<number, number>();
  for (const partition of partitions) {
    offsets.set(partition, await offsetOf(cluster, topic, partition, found?.get(partition)));
  }
  return offsets;
}

async function offsetOf(
  cluster: Cluster,
  topic: string,
  partition: number,
  found: FoundOffset | undefined,
): Promise<number> {
  const code = found?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    const count = (await cluster.leadersOf(topic)).length;
    throw partition >= count ? noSuchPartition(topic, partition, count) : noSuchTopic(topic);
  }
  checkCode(code, `list the offsets of ${topic}-${partition}`);
  return found!.offset;
}
