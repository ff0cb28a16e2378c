/**
 * A topic as the v3 API shows it.
 * @module
 */
import * as v from "valibot";
import type { Cluster } from "../../../client/cluster.ts";
import { partitionStats, topicStats } from "../../../client/admin/topic_stats.ts";
import type { TopicDescription } from "../../../client/admin/topics.ts";
import { choice } from "../parameter.ts";
import { id, link, offset, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";

const stats = v.pipe(
  v.strictObject({
    /** Of all partitions, each as its leader has it on its disk. */
    size_bytes: v.nullable(offset),
    /** Offsets between the beginning and the end: more than there are records where it is compacted. */
    records_estimate: v.nullable(offset),
    cleanup_policy: v.nullable(v.string()),
    retention_ms: v.nullable(v.pipe(v.number(), v.integer())),
  }),
  v.title("TopicStats"),
);

export const kafkaTopic = new Resource("KafkaTopic", {
  topic_name: v.string(),
  is_internal: v.boolean(),
  replication_factor: id,
  partitions_count: id,
  partitions: link,
  configs: link,
  partition_reassignments: link,
  stats: v.optional(stats),
});

export type TopicStatsShape = v.InferOutput<typeof stats>;

/** Asks for figures that take more requests to find. */
export const includeStats = choice(["stats"], {
  description: "stats: also size, offsets and the like, which takes a few more requests to the brokers",
});

export interface TopicSummary {
  readonly name: string;
  readonly isInternal: boolean;
  readonly partitionCount: number;
  readonly replicationFactor: number;
}

export function summaryOf({ name, isInternal, partitions }: TopicDescription): TopicSummary {
  const replicationFactor = partitions[0]?.replicas.length ?? 0;
  return { name, isInternal, partitionCount: partitions.length, replicationFactor };
}

export function topicShape(scope: Scope, topic: TopicSummary, stats?: TopicStatsShape): ResourceJson {
  const { name, isInternal, partitionCount, replicationFactor } = topic;
  return kafkaTopic.at(scope, scope.link("topics", name), `topic=${name}`, {
    topic_name: name,
    is_internal: isInternal,
    replication_factor: replicationFactor,
    partitions_count: partitionCount,
    partitions: scope.related("topics", name, "partitions"),
    configs: scope.related("topics", name, "configs"),
    partition_reassignments: scope.related("topics", name, "partitions", "-", "reassignment"),
    ...(stats === undefined ? {} : { stats }),
  });
}

/** The stats of each topic, in order. */
export async function statsOf(
  cluster: Cluster,
  topics: readonly TopicDescription[],
): Promise<TopicStatsShape[]> {
  const [partitions, settings] = await Promise.all([
    partitionStats(cluster, topics),
    topicStats(cluster, topics),
  ]);
  return topics.map(({ name }, i) => {
    const all = partitions.get(name) ?? [];
    const { cleanupPolicy, retentionMs } = settings[i]!;
    return {
      size_bytes: sum(all.map(({ sizeInBytes }) => sizeInBytes)),
      records_estimate: sum(
        all.map(({ start, end }) => start === undefined || end === undefined ? undefined : end - start),
      ),
      cleanup_policy: cleanupPolicy ?? null,
      retention_ms: retentionMs ?? null,
    };
  });
}

/** null if one of them is not known. */
function sum(numbers: readonly (number | undefined)[]): number | null {
  let total = 0;
  for (const number of numbers) {
    if (number === undefined) return null;
    total += number;
  }
  return total;
}
