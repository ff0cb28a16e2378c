/**
 * Where reading begins: an offset, `earliest`, `latest`, `-N` for the last N records of each partition, or a time.
 * @module
 */
import { EARLIEST, LATEST, offsetsAt } from "../../client/admin/offsets.ts";
import type { Cluster } from "../../client/cluster.ts";
import { checkPartition } from "./partition_check.ts";
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
      return await list(cluster, topic, partitions, EARLIEST, isolation);
    case "latest":
      return await list(cluster, topic, partitions, LATEST, isolation);
    case "last": {
      const found = await offsetRanges(cluster, topic, partitions, isolation);
      return new Map(Array.from(found, ([partition, { start: first, end }]) => {
        return [partition, Math.max(first, end - start.count)];
      }));
    }
    case "time": {
      const [found, ends] = await Promise.all([
        list(cluster, topic, partitions, start.timestampMs, isolation),
        list(cluster, topic, partitions, LATEST, isolation),
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
    list(cluster, topic, partitions, EARLIEST, isolation),
    list(cluster, topic, partitions, LATEST, isolation),
  ]);
  return new Map(
    Array.from(starts, ([partition, start]) => [partition, { start, end: ends.get(partition)! }]),
  );
}

/** As `offsetRanges`, of one partition. */
export async function offsetRange(
  cluster: Cluster,
  topic: string,
  partition: number,
  isolation: Isolation,
): Promise<Ends> {
  return (await offsetRanges(cluster, topic, [partition], isolation)).get(partition)!;
}

async function list(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolation: Isolation,
): Promise<Map<number, number>> {
  const asked = partitions.map((partition) => ({ topic, partition }));
  const isReadCommitted = isolation === "read_committed";
  const offsets = new Map<number, number>();
  for (const found of await offsetsAt(cluster, timestamp, asked, { isReadCommitted })) {
    await checkPartition(cluster, found.errorCode, `list the offsets of ${topic}-${found.partition}`, found);
    offsets.set(found.partition, found.offset);
  }
  return offsets;
}
