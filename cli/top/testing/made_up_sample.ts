/**
 * Samples of clusters that there are not.
 * @module
 */
import type { Sample, SampledGroup, SampledPartition } from "../sample.ts";

export interface MadeUp {
  readonly atMs?: number;
  readonly topics?: Readonly<Record<string, readonly Partial<SampledPartition>[]>>;
  readonly groups?: Readonly<Record<string, Partial<SampledGroup>>>;
  readonly metrics?: Sample["metrics"];
  readonly gaps?: readonly string[];
}

/** One broker, 1, which leads everything. */
export function madeUpSample({ atMs = 0, topics = {}, groups = {}, metrics, gaps = [] }: MadeUp): Sample {
  return {
    atMs,
    cluster: { id: "made-up", controller: 1 },
    brokers: [{
      id: 1,
      address: "127.0.0.1:9092",
      rack: undefined,
      size: 1000,
      freeBytes: 50e9,
      totalBytes: 100e9,
    }],
    topics: Object.entries(topics).map(([name, partitions]) => ({
      name,
      partitions: partitions.map((partition, i) => ({
        partition: i,
        leader: 1,
        replicas: [1],
        inSync: [1],
        start: 0,
        end: 0,
        size: undefined,
        ...partition,
      })),
    })),
    groups: Object.entries(groups).map(([id, group]) => ({
      id,
      state: "Stable",
      members: 1,
      topics: 1,
      lag: 0,
      committed: 0,
      ...group,
    })),
    metrics,
    gaps,
  };
}
