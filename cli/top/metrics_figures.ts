/**
 * What a broker's metrics tell of the time between two samples of them.
 * @module
 */
import type { DurationBuckets, MetricsSample } from "./metrics_sample.ts";

export interface MetricsFigures {
  readonly url: string;
  readonly connections: number | undefined;
  readonly rssBytes: number | undefined;
  /** Processors in use: 1.5 is one and a half. */
  readonly cpus: number | undefined;
  /** By second. */
  readonly requests: number | undefined;
  /** Seconds; undefined: there was no such request. */
  readonly produceP99: number | undefined;
  readonly fetchP99: number | undefined;
}

export function metricsFigures(now: MetricsSample, before: MetricsSample | undefined): MetricsFigures {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  const rate = (now: number | undefined, before: number | undefined) => {
    // Less than before: the broker has begun anew.
    return now === undefined || before === undefined || seconds <= 0 || now < before
      ? undefined
      : (now - before) / seconds;
  };
  return {
    url: now.url,
    connections: now.connections,
    rssBytes: now.rssBytes,
    cpus: rate(now.cpuSeconds, before?.cpuSeconds),
    requests: rate(now.requests, before?.requests),
    produceP99: quantile(0.99, now.produce, before?.produce),
    fetchP99: quantile(0.99, now.fetch, before?.fetch),
  };
}

/**
 * The duration that `share` of those between two samples took at most, as Prometheus' histogram_quantile has it: spread
 * evenly within a bucket; above the last finite bound, that bound.
 */
export function quantile(
  share: number,
  now: DurationBuckets,
  before: DurationBuckets | undefined,
): number | undefined {
  if (before === undefined) return undefined;
  const counts = Array.from(now, ([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }))
    .sort((a, b) => a.bound - b.bound);
  const total = counts.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  let below = { bound: 0, count: 0 };
  for (const bucket of counts) {
    if (bucket.count >= rank) {
      if (bucket.bound === Infinity) return below.bound;
      const part = (rank - below.count) / (bucket.count - below.count);
      return below.bound + (bucket.bound - below.bound) * part;
    }
    below = bucket;
  }
  return below.bound;
}
