/**
 * What `GET /metrics` of a Milena says of its process and its clients, out of Prometheus' text format.
 *
 * What must be true: a number that is not told is undefined, and never 0; only the series that are named here are read,
 * since a broker of ten thousand partitions tells a hundred thousand others.
 * @module
 */

export interface MetricsSample {
  /** Of a clock that only goes forward. */
  readonly atMs: number;
  /** Where it came from, for people. */
  readonly url: string;
  readonly connections: number | undefined;
  readonly rssBytes: number | undefined;
  /** Since the process started, as are the following. */
  readonly cpuSeconds: number | undefined;
  readonly requests: number | undefined;
  readonly produce: DurationBuckets;
  readonly fetch: DurationBuckets;
  /** Of those topics that it tells of. */
  readonly topics: ReadonlySet<string>;
}

/** How many took at most so many seconds, by that bound; the last bound is Infinity. Empty: it is not told. */
export type DurationBuckets = ReadonlyMap<number, number>;

const SERIES = /^([a-z_]+)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;
const DURATIONS = "milena_request_duration_seconds_bucket";
const WANTED = new Set([
  "milena_connections",
  "process_resident_memory_bytes",
  "process_cpu_seconds_total",
  "milena_requests_total",
  DURATIONS,
  "kafka_topic_partitions",
]);

export function readMetrics(text: string, { url, atMs }: { url: string; atMs: number }): MetricsSample {
  const sums = new Map<string, number>();
  const topics = new Set<string>();
  const durations = { Produce: new Map<number, number>(), Fetch: new Map<number, number>() };
  for (const line of text.split("\n")) {
    const [, name, labels = "", digits] = SERIES.exec(line) ?? [];
    if (name === undefined || !WANTED.has(name)) continue;
    const value = Number(digits);
    sums.set(name, (sums.get(name) ?? 0) + value);
    if (name === "kafka_topic_partitions") topics.add(labelsOf(labels).get("topic") ?? "");
    if (name !== DURATIONS) continue;
    const { api, le } = Object.fromEntries(labelsOf(labels));
    if (api === "Produce" || api === "Fetch") {
      durations[api].set(le === "+Inf" ? Infinity : Number(le), value);
    }
  }
  return {
    url,
    atMs,
    connections: sums.get("milena_connections"),
    rssBytes: sums.get("process_resident_memory_bytes"),
    cpuSeconds: sums.get("process_cpu_seconds_total"),
    requests: sums.get("milena_requests_total"),
    produce: durations.Produce,
    fetch: durations.Fetch,
    topics,
  };
}

function labelsOf(text: string): Map<string, string> {
  return new Map(
    Array.from(text.matchAll(LABEL), ([, name, value]) => [
      name!,
      value!.replaceAll(/\\(.)/g, (_, character) => character === "n" ? "\n" : character),
    ]),
  );
}
