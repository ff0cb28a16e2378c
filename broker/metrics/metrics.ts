/**
 * The broker's counters: numbers in shared memory, written by the reactor alone and read by any thread, so that
 * asking for them costs the reactor nothing. A reader sees each number whole, but not all of one moment.
 *
 * What there is one of has a fixed place here; what comes and goes (partitions, kinds of clients) has a row in a table
 * (metric_table.ts).
 * @module
 */
import { HISTOGRAM_CELLS, type HistogramReading, observe, readHistogram } from "./histogram.ts";

/** Every counter and gauge, with its unit in its name where it has one. The order is the layout of the memory. */
export const metricNames = [
  "turns",
  "connections",
  "acceptedConnections",
  "refusedConnections",
  "endedConnections",
  "requests",
  "receivedBytes",
  "sentBytes",
  "sendfileBytes",
  "producedBatches",
  "producedRecords",
  "producedBytes",
  "fetchedBytes",
  "heldRequestBytes",
  "parkedFetches",
  "fetchSessions",
  "fetchSessionPartitions",
  "evictedFetchSessions",
  "coldReads",
  "coldReadBytes",
  "unsupportedRequests",
  "partitions",
  "fencedPartitions",
  "unflushedBytes",
  "diskFreeBytes",
  "isDiskLow",
] as const;

export type MetricName = typeof metricNames[number];

/** What took how long, of all APIs together. */
export const histogramNames = ["fdatasync", "turn"] as const;

export type HistogramName = typeof histogramNames[number];

/** Kafka's API keys are below it; what is above counts as the last. */
const MAX_API_KEY = 99;
const API_KEYS = MAX_API_KEY + 1;

const indexOf = new Map<MetricName, number>(metricNames.map((name, index) => [name, index]));
const HISTOGRAMS = metricNames.length;
const REQUESTS = HISTOGRAMS + histogramNames.length * HISTOGRAM_CELLS;
const WAITS = REQUESTS + API_KEYS * HISTOGRAM_CELLS;
const CELLS = WAITS + API_KEYS * HISTOGRAM_CELLS;

export class Metrics {
  readonly #values: Float64Array;

  constructor(readonly memory: SharedArrayBuffer = Metrics.allocate()) {
    this.#values = new Float64Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT);
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

  observe(name: HistogramName, seconds: number): void {
    observe(this.#values, histogramStart(name), seconds);
  }

  histogram(name: HistogramName): HistogramReading {
    return readHistogram(this.#values, histogramStart(name));
  }

  /** A request was answered. `waited`: after its handler was done, for something to happen. */
  observeRequest(apiKey: number, seconds: number, waited: boolean): void {
    observe(this.#values, requestStart(apiKey, waited), seconds);
  }

  requestHistogram(apiKey: number, waited: boolean): HistogramReading {
    return readHistogram(this.#values, requestStart(apiKey, waited));
  }
}

function histogramStart(name: HistogramName): number {
  return HISTOGRAMS + histogramNames.indexOf(name) * HISTOGRAM_CELLS;
}

function requestStart(apiKey: number, waited: boolean): number {
  return (waited ? WAITS : REQUESTS) + Math.min(Math.max(apiKey, 0), MAX_API_KEY) * HISTOGRAM_CELLS;
}
