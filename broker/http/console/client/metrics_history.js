/**
 * The last ten minutes of /metrics, asked every two seconds while the page is looked at.
 *
 * What must be true: memory is bounded whatever the server has to tell. Only the families that are shown are kept, what is
 * told per partition is added up by topic (but the lag of groups), and there are at most MAX_SERIES.
 * @module
 */
import { ApiError, ask } from "./api.js";
import { parseMetrics } from "./metrics_text.js";

export const INTERVAL_MS = 2000;
export const SPAN_MS = 600_000;
/** When a server without that route is asked again. */
const MISSING_INTERVAL_MS = 30_000;
const CAPACITY = SPAN_MS / INTERVAL_MS;
const MAX_SERIES = 20_000;

/** The labels by which each family is told apart; others are added up. @type {Readonly<Record<string, readonly string[]>>} */
const families = {
  milena_topic_produced_records_total: ["topic"],
  milena_topic_produced_bytes_total: ["topic"],
  milena_topic_fetched_bytes_total: ["topic"],
  milena_partition_log_bytes: ["topic"],
  milena_requests_total: ["api"],
  milena_request_duration_seconds_bucket: ["api", "le"],
  milena_fdatasync_duration_seconds_bucket: ["le"],
  milena_loop_lag_seconds_bucket: ["le"],
  milena_unflushed_bytes: [],
  milena_connections: [],
  milena_client_connections: ["software", "version"],
  milena_page_cache_misses_total: [],
  milena_disk_free_bytes: [],
  process_resident_memory_bytes: [],
  process_cpu_seconds_total: [],
  kafka_topic_partition_current_offset: ["topic"],
  kafka_topic_partition_oldest_offset: ["topic"],
  kafka_consumergroup_lag: ["consumergroup", "topic", "partition"],
  kafka_consumergroup_members: ["consumergroup"],
};

/**
 * @typedef {object} Series
 * @property {Readonly<Record<string, string>>} labels
 * @property {number[]} values one for each time; NaN where it was not told
 */

/** A point of a chart: milliseconds, and a value that may be NaN. @typedef {readonly [number, number]} Point */

export class MetricsHistory extends EventTarget {
  /** When each scrape was, in ms. @type {number[]} */
  times = [];
  /** Why there is nothing; undefined: there is. @type {Error | undefined} */
  failure;
  /** @type {Map<string, Map<string, Series>>} */
  #families = new Map();
  #seriesCount = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  start() {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#timer === undefined) this.#turn();
    });
    this.#turn();
  }

  async #turn() {
    this.#timer = undefined;
    if (document.hidden) return;
    // Held while it is asked, so that no second turn begins.
    this.#timer = setTimeout(() => {}, 0);
    try {
      this.add(await (await ask("/metrics", { accept: "text/plain" })).text(), Date.now());
      this.failure = undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.dispatchEvent(new Event("change"));
    const isMissing = this.failure instanceof ApiError && this.failure.isMissingRoute;
    this.#timer = setTimeout(() => this.#turn(), isMissing ? MISSING_INTERVAL_MS : INTERVAL_MS);
  }

  /**
   * Takes what was told at a time.
   *
   * @param {string} text
   * @param {number} time
   */
  add(text, time) {
    const index = this.times.length;
    for (const { name, labels, value } of parseMetrics(text)) {
      const kept = families[name];
      if (kept === undefined) continue;
      const series = this.#seriesOf(name, kept, labels);
      if (series === undefined) continue;
      while (series.values.length < index) series.values.push(NaN);
      series.values[index] = (series.values[index] ?? 0) + value;
    }
    this.times.push(time);
    if (this.times.length > CAPACITY) this.#dropOldest();
  }

  /**
   * @param {string} name
   * @param {readonly string[]} kept
   * @param {Readonly<Record<string, string>>} labels
   */
  #seriesOf(name, kept, labels) {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, family = new Map());
    const key = kept.map((label) => labels[label] ?? "").join("\0");
    let series = family.get(key);
    if (series === undefined && this.#seriesCount < MAX_SERIES) {
      series = { labels: Object.fromEntries(kept.map((label) => [label, labels[label] ?? ""])), values: [] };
      family.set(key, series);
      this.#seriesCount++;
    }
    return series;
  }

  #dropOldest() {
    this.times.shift();
    for (const family of this.#families.values()) {
      for (const [key, series] of family) {
        series.values.shift();
        if (series.values.every(Number.isNaN)) {
          family.delete(key);
          this.#seriesCount--;
        }
      }
    }
  }

  /** Whether the server tells of this family. @param {string} name */
  has(name) {
    return (this.#families.get(name)?.size ?? 0) > 0;
  }

  /**
   * The series of a family whose labels are `labels`.
   *
   * @param {string} name
   * @param {Readonly<Record<string, string>>} [labels]
   * @returns {Series[]}
   */
  series(name, labels = {}) {
    const wanted = Object.entries(labels);
    return [...this.#families.get(name)?.values() ?? []].filter((series) =>
      wanted.every(([label, value]) => series.labels[label] === value)
    );
  }

  /**
   * The last value of a family, added up; undefined if it was not told.
   *
   * @param {string} name
   * @param {Readonly<Record<string, string>>} [labels]
   */
  last(name, labels) {
    const index = this.times.length - 1;
    const values = this.series(name, labels).map(({ values }) => values[index]).filter(isNumber);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  }

  /**
   * A family added up, at each time.
   *
   * @param {string} name
   * @param {Readonly<Record<string, string>>} [labels]
   * @returns {Point[]}
   */
  values(name, labels) {
    return this.points(this.series(name, labels));
  }

  /**
   * @param {readonly Series[]} series
   * @returns {Point[]}
   */
  points(series) {
    return this.times.map((time, i) => {
      let sum = NaN;
      for (const { values } of series) {
        const value = values[i];
        if (isNumber(value)) sum = (Number.isNaN(sum) ? 0 : sum) + value;
      }
      return [time, sum];
    });
  }

  /**
   * A counter's growth each second, at each time.
   *
   * @param {string} name
   * @param {Readonly<Record<string, string>>} [labels]
   * @returns {Point[]}
   */
  rates(name, labels) {
    const series = this.series(name, labels);
    return this.times.slice(1).map((time, i) => {
      const elapsed = (time - (this.times[i] ?? time)) / 1000;
      let growth = NaN;
      for (const { values } of series) growth = plus(growth, growthOf(values[i], values[i + 1]));
      return [time, growth / elapsed];
    });
  }

  /**
   * A counter's growth each second, over the last few scrapes; undefined if it is not known.
   *
   * @param {string} name
   * @param {Readonly<Record<string, string>>} [labels]
   */
  rate(name, labels) {
    const last = this.times.length - 1;
    const first = Math.max(0, last - 2);
    const elapsed = ((this.times[last] ?? 0) - (this.times[first] ?? 0)) / 1000;
    if (elapsed <= 0) return undefined;
    let growth = NaN;
    for (const { values } of this.series(name, labels)) {
      for (let i = first; i < last; i++) growth = plus(growth, growthOf(values[i], values[i + 1]));
    }
    return Number.isNaN(growth) ? undefined : growth / elapsed;
  }

  /**
   * How much was counted in each bucket of a histogram, between two scrapes (default: the first and the last).
   *
   * @param {string} name
   * @param {Readonly<Record<string, string>>} [labels]
   * @param {number} [from]
   * @param {number} [to]
   * @returns {Bucket[]} by upper bound
   */
  buckets(name, labels, from = 0, to = this.times.length - 1) {
    /** @type {Map<number, number>} */
    const totals = new Map();
    for (const { labels: { le = "" }, values } of this.series(name, labels)) {
      const bound = le === "+Inf" ? Infinity : Number(le);
      const before = values[from];
      const after = values[to];
      if (!isNumber(after)) continue;
      const growth = isNumber(before) && before <= after ? after - before : after;
      totals.set(bound, (totals.get(bound) ?? 0) + growth);
    }
    let below = 0;
    return [...totals].sort(([a], [b]) => a - b).map(([bound, total]) => {
      const within = Math.max(0, total - below);
      below = Math.max(below, total);
      return { bound, count: within };
    });
  }

  /**
   * A quantile of a histogram at each time, each over the last ten seconds.
   *
   * @param {string} name
   * @param {number} share
   * @param {Readonly<Record<string, string>>} [labels]
   * @returns {Point[]}
   */
  quantiles(name, share, labels) {
    return this.times.slice(1).map((time, i) => {
      return [time, quantile(this.buckets(name, labels, Math.max(0, i - 4), i + 1), share) ?? NaN];
    });
  }
}

/** @typedef {{ readonly bound: number, readonly count: number }} Bucket */

/**
 * A quantile, by a straight line within its bucket; undefined if nothing was counted.
 *
 * @param {readonly Bucket[]} buckets
 * @param {number} share
 */
export function quantile(buckets, share) {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = share * total;
  let lower = 0;
  for (const { bound, count } of buckets) {
    if (rank <= count && count > 0) {
      return bound === Infinity ? lower : lower + (bound - lower) * rank / count;
    }
    rank -= count;
    if (bound !== Infinity) lower = bound;
  }
  return lower;
}

/** A counter that is smaller than before began anew. @param {number | undefined} before @param {number | undefined} after */
function growthOf(before, after) {
  if (!isNumber(before) || !isNumber(after)) return NaN;
  return after >= before ? after - before : after;
}

/** @param {number} sum @param {number} value */
function plus(sum, value) {
  if (Number.isNaN(value)) return sum;
  return Number.isNaN(sum) ? value : sum + value;
}

/** @param {number | undefined} value @returns {value is number} */
function isNumber(value) {
  return value !== undefined && !Number.isNaN(value);
}
