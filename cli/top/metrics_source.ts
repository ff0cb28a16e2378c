/**
 * Where the figures come from that no request of Kafka's protocol tells: a Milena's HTTP port.
 *
 * What must be true: an address that was only guessed is believed if it tells of just the topics that the cluster has, since
 * any program may have that port, and another broker too; and whoever is not there is asked for again, but seldom.
 * @module
 */
import { type MetricsSample, readMetrics } from "./metrics_sample.ts";

/** What is known of the cluster whose metrics they should be. */
export interface Expected {
  readonly topics: readonly string[];
  /** Of its first broker. */
  readonly host: string | undefined;
}

export interface MetricsSource {
  /** undefined: nobody tells. */
  take(expected: Expected): Promise<MetricsSample | undefined>;
}

const TIMEOUT_MS = 1000;
/** Samples from a guess that was wrong to the next. */
const SKIPPED = 10;

const HTTP_PORT = 8080;

/** `given` is what --metrics says; without it the HTTP port that a Milena has by default is tried. */
export function metricsSource(given: string | undefined, guessedPort = HTTP_PORT): MetricsSource {
  if (given === "none") return { take: () => Promise.resolve(undefined) };
  return given === undefined ? new GuessedMetrics(guessedPort) : { take: () => fetchMetrics(given) };
}

class GuessedMetrics implements MetricsSource {
  readonly #port: number;
  #toSkip = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async take({ topics, host }: Expected): Promise<MetricsSample | undefined> {
    if (this.#toSkip > 0 || host === undefined) {
      this.#toSkip--;
      return undefined;
    }
    const sample = await fetchMetrics(
      `http://${host.includes(":") ? `[${host}]` : host}:${this.#port}/metrics`,
    );
    if (sample !== undefined && isOf(topics, sample)) return sample;
    this.#toSkip = SKIPPED;
    return undefined;
  }
}

async function fetchMetrics(url: string): Promise<MetricsSample | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { signal, redirect: "error" });
    const text = await response.text();
    return response.ok ? readMetrics(text, { url, atMs: performance.now() }) : undefined;
  } catch {
    return undefined;
  }
}

function isOf(topics: readonly string[], sample: MetricsSample): boolean {
  return sample.connections !== undefined && topics.length === sample.topics.size &&
    topics.every((topic) => sample.topics.has(topic));
}
