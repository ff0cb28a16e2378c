/**
 * The broker's counters: numbers in shared memory, written by the reactor alone and read by any thread, so that
 * asking for them costs the reactor nothing. A reader sees each number whole, but not all of one moment.
 * @module
 */

/** Every counter and gauge, with its unit in its name where it has one. The order is the layout of the memory. */
export const metricNames = [
  "turns",
  "connections",
  "acceptedConnections",
  "refusedConnections",
  "requests",
  "receivedBytes",
  "sentBytes",
  "sendfileBytes",
  "producedBatches",
  "producedRecords",
  "producedBytes",
  "fetchedBytes",
  "parkedFetches",
  "fetchSessions",
  "fetchSessionPartitions",
  "evictedFetchSessions",
  "coldReads",
  "coldReadBytes",
  "unsupportedRequests",
] as const;

export type MetricName = typeof metricNames[number];

const indexOf = new Map<MetricName, number>(metricNames.map((name, index) => [name, index]));

export class Metrics {
  readonly #values: Float64Array;

  constructor(readonly memory: SharedArrayBuffer = Metrics.allocate()) {
    this.#values = new Float64Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(metricNames.length * Float64Array.BYTES_PER_ELEMENT);
  }

  add(name: MetricName, amount: number): void {
    this.#values[indexOf.get(name)!]! += amount;
  }

  set(name: MetricName, value: number): void {
    this.#values[indexOf.get(name)!] = value;
  }

  get(name: MetricName): number {
    return this.#values[indexOf.get(name)!]!;
  }
}
