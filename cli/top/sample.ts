/**
 * What a cluster says of itself at one moment. Rates are the difference of two (`figures.ts`).
 * @module
 */
import type { MetricsSample } from "./metrics_sample.ts";

export interface Sample {
  /** Of a clock that only goes forward; when the offsets had come. */
  readonly atMs: number;
  readonly cluster: {
    readonly id: string | null;
    /** undefined: there is none at the moment. */
    readonly controller: number | undefined;
  };
  readonly brokers: readonly SampledBroker[];
  readonly topics: readonly SampledTopic[];
  readonly groups: readonly SampledGroup[];
  /** undefined: nobody tells. */
  readonly metrics: MetricsSample | undefined;
  /** Parts of it that could not be had, as sentences. */
  readonly gaps: readonly string[];
}

export interface SampledBroker {
  readonly id: number;
  readonly address: string;
  readonly rack: string | undefined;
  /** Bytes of all its replicas; undefined: it does not tell. */
  readonly size: number | undefined;
  /** Of the file systems of its data directories. */
  readonly freeBytes: number | undefined;
  readonly totalBytes: number | undefined;
}

export interface SampledPartition {
  readonly partition: number;
  readonly leader: number | undefined;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Bytes on its leader's disk. */
  readonly size: number | undefined;
}

export interface SampledTopic {
  readonly name: string;
  readonly partitions: readonly SampledPartition[];
}

export interface SampledGroup {
  readonly id: string;
  /** As brokers spell it: "Stable". */
  readonly state: string;
  readonly members: number;
  readonly topics: number;
  /** Records behind the ends of partitions; undefined: it has committed nothing. */
  readonly lag: number | undefined;
  /** The sum of what it has committed. */
  readonly committed: number;
}
