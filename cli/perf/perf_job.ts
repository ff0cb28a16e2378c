/**
 * What one run is given, and what all kinds of runs share: clients' configurations, the sending of records, the usage of the
 * broker.
 * @module
 */
import { Producer } from "../../client/producer/producer.ts";
import { showMany } from "../units.ts";
import type { ClientConfigs, ProducerInput } from "./client_configs.ts";
import { Ledger, type OnAcknowledged } from "./ledger.ts";
import type { Payload } from "./payload.ts";
import type { PerfOptions } from "./perf_options.ts";
import type { PerfProgress } from "./perf_progress.ts";
import type { PerfTopic } from "./perf_topic.ts";
import type { UsageSource } from "./usage_source.ts";

export interface PerfJob {
  readonly broker: string;
  /** From 1. */
  readonly round: number;
  /** Their bootstrap.servers are those of the broker. */
  readonly configs: ClientConfigs;
  readonly options: PerfOptions;
  readonly payload: Payload;
  readonly usage: UsageSource | undefined;
  readonly progress: PerfProgress;
  /** Aborted: end soon, and leave nothing behind. */
  readonly signal: AbortSignal;
}

/** What a record takes in a batch beside its value: length, attributes, deltas, and that there are no key and headers. */
const RECORD_OVERHEAD_BYTES = 10;
/** After an interruption nobody waits for a broker that is away. */
const IMPATIENT_MS = 2000;

/** "Milena, run 2 of 3: sending" */
export function describeJob({ broker, round, options }: PerfJob, doing: string): string {
  return options.runs === 1 ? `${broker}: ${doing}` : `${broker}, run ${round} of ${options.runs}: ${doing}`;
}

/** At random, and not 0, which is what a page of nothing has. */
export function newRun(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! || 1;
}

/** Records for one batch. */
export function recordsPerBatch({ configs, options }: PerfJob): number {
  return Math.max(
    1,
    Math.floor(configs.producerValue("batch.size") / (options.recordBytes + RECORD_OVERHEAD_BYTES)),
  );
}

/** A producer whose reports go to whichever ledger is open. */
export class LedgerProducer implements AsyncDisposable {
  readonly producer: Producer;
  /** Aborted when the job is to end, or a record was refused: what comes after that is no measurement any more. */
  readonly signal: AbortSignal;
  readonly #jobSignal: AbortSignal;
  readonly #refused = new AbortController();
  #ledger: Ledger;

  private constructor(job: PerfJob, topic: PerfTopic, config: ProducerInput) {
    this.#jobSignal = job.signal;
    this.signal = AbortSignal.any([job.signal, this.#refused.signal]);
    this.#ledger = new Ledger(topic.partitionCount);
    this.producer = new Producer({
      ...config,
      "on.batch": (report) => {
        this.#ledger.settle(report);
        if (report.error !== undefined) this.#refused.abort();
      },
    });
  }

  /** Returns when it knows the topic. */
  static async start(job: PerfJob, topic: PerfTopic, usual: ProducerInput = {}): Promise<LedgerProducer> {
    const started = new LedgerProducer(job, topic, job.configs.producer(usual));
    try {
      await started.producer.partitionsFor(topic.name);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** For what is sent from now on; nothing must be on its way. */
  open(onAcknowledged: OnAcknowledged): Ledger {
    return this.#ledger = new Ledger(this.#ledger.partitions.length, onAcknowledged);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer.close(this.#jobSignal.aborted ? { timeoutMs: IMPATIENT_MS } : {});
  }
}

/** What there is to say of records that were not delivered. */
export function refusals(ledger: Ledger): string[] {
  const count = ledger.partitions.reduce((sum, { refusedCount }) => sum + refusedCount, 0);
  if (count === 0) return [];
  return [
    `${
      showMany(count, "record was", "records were")
    } not delivered, and no more were sent: ${ledger.firstError?.message}`,
  ];
}
