/**
 * A broker's processor time and memory over the time of a run.
 *
 * A source that stops answering ends the watch and not the run: what was measured is worth more than how.
 * @module
 */
import type { BrokerUsage, UsageSample } from "./result.ts";
import type { Usage, UsageSource } from "./usage_source.ts";

const FIRST_INTERVAL_MS = 500;
const MAX_SAMPLES = 240;

interface Reading extends Usage {
  readonly atMs: number;
}

export class UsageWatch {
  readonly #source: UsageSource;
  #readings: Reading[] = [];
  #intervalMs = FIRST_INTERVAL_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;
  #failure: string | undefined;

  private constructor(source: UsageSource) {
    this.#source = source;
  }

  /** Reads the source once; undefined: there is none. Throws if it can't be read. */
  static async start(source: UsageSource | undefined): Promise<UsageWatch | undefined> {
    if (source === undefined) return undefined;
    const watch = new UsageWatch(source);
    await watch.#read();
    watch.#await();
    return watch;
  }

  /** Why nothing more could be read. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Reads the source a last time; what the run took, since `beginMs`. */
  async stop(beginMs: number, records: number): Promise<BrokerUsage> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#failure === undefined) await this.#tryRead();
    const first = this.#readings[0]!;
    const last = this.#readings.at(-1)!;
    const cpuSeconds = last.cpuSeconds - first.cpuSeconds;
    return {
      source: this.#source.name,
      cpuSeconds,
      cpuSecondsPerMillionRecords: records === 0 ? 0 : cpuSeconds / records * 1e6,
      maxResidentBytes: Math.max(...this.#readings.map(({ residentBytes }) => residentBytes)),
      samples: samplesOf(this.#readings, beginMs),
    };
  }

  #await(): void {
    this.#timer = setTimeout(async () => {
      await this.#tryRead();
      if (this.#readings.length > MAX_SAMPLES) {
        // As long again takes no more memory: every second reading is enough.
        this.#readings = this.#readings.filter((_, at) => at % 2 === 0);
        this.#intervalMs *= 2;
      }
      if (!this.#isOver && this.#failure === undefined) this.#await();
    }, this.#intervalMs);
  }

  async #tryRead(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#failure = (error as Error).message;
    }
  }

  async #read(): Promise<void> {
    const usage = await this.#source.read();
    this.#readings.push({ ...usage, atMs: performance.now() });
  }
}

/** Processor time comes in steps of 10 ms: of a shorter time than this it says nothing. */
const LEAST_SPAN_MS = 100;

export function samplesOf(readings: readonly Reading[], beginMs: number): UsageSample[] {
  const samples: UsageSample[] = [];
  let before = readings[0]!;
  for (const reading of readings.slice(1)) {
    const spanMs = reading.atMs - before.atMs;
    if (spanMs < LEAST_SPAN_MS) continue;
    samples.push({
      seconds: Math.max(0, ((reading.atMs + before.atMs) / 2 - beginMs) / 1000),
      processors: (reading.cpuSeconds - before.cpuSeconds) / (spanMs / 1000),
      residentBytes: reading.residentBytes,
    });
    before = reading;
  }
  return samples;
}
