/**
 * Identities under which streams of records are written, so that a batch may be sent again when its answer was lost: the
 * broker knows by id and sequence that it has it (KIP-98).
 *
 * What must be true: an identity is used by one stream at a time, and its sequence in a partition goes on where the last
 * batch that is known to be written ended; one that has a batch whose fate is unknown is never used again. So each stream
 * needs none of its own: the broker keeps few of them in mind, however many streams there are.
 * @module
 */
import type { Cluster } from "../../client/cluster.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { ResponseError } from "../../client/response_error.ts";
import { api } from "../../protocol/apis.ts";
import type { BatchProducer } from "../../protocol/batch_builder.ts";
import { ErrorCode } from "../../protocol/errors.ts";

/** Partitions that an identity may have a sequence in; beyond it another is asked for. */
const MAX_PARTITIONS = 10_000;
/** Brokers forget an identity after a day without a batch. */
const MAX_IDLE_MS = 60 * 60 * 1000;
const MAX_SEQUENCE = 2 ** 31 - 1;
const ATTEMPTS = 5;
const RETRY_MS = 100;

export class BulkProducer {
  readonly #id: number;
  readonly #epoch: number;
  readonly #sequences = new Map<string, number>();
  #isSpoilt = false;
  lastUsed = performance.now();

  constructor(id: number, epoch: number) {
    this.#id = id;
    this.#epoch = epoch;
  }

  get isUsable(): boolean {
    return !this.#isSpoilt && this.#sequences.size < MAX_PARTITIONS &&
      performance.now() - this.lastUsed < MAX_IDLE_MS;
  }

  /** What the next batch for a partition says of itself. */
  next(topic: string, partition: number): BatchProducer {
    return {
      producerId: this.#id,
      producerEpoch: this.#epoch,
      baseSequence: this.#sequences.get(`${topic}:${partition}`) ?? 0,
    };
  }

  /** The next batch for a partition was written; it had `count` records. */
  written(topic: string, partition: number, count: number): void {
    const key = `${topic}:${partition}`;
    const end = (this.#sequences.get(key) ?? 0) + count;
    this.#sequences.set(key, end > MAX_SEQUENCE ? end - MAX_SEQUENCE - 1 : end);
  }

  /** Nobody knows what became of a batch. */
  spoil(): void {
    this.#isSpoilt = true;
  }
}

export class BulkProducers {
  readonly #cluster: Cluster;
  readonly #idle: BulkProducer[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** An identity that nobody else uses until it is given back; undefined if the broker gives none. */
  async lease(): Promise<BulkProducer | undefined> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isUsable) return idle;
    }
    const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        const answer = await this.#cluster.ask(api.InitProducerId, body);
        if (answer.errorCode === ErrorCode.NONE) {
          return new BulkProducer(answer.producerId, answer.producerEpoch);
        }
        if (!new ResponseError(answer.errorCode, "get a producer id").retriable) return undefined;
      } catch (error) {
        // Asking twice does no harm: an id that nobody uses is forgotten.
        if (!(error instanceof ConnectionError) || !error.retriable) return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return undefined;
  }

  giveBack(producer: BulkProducer): void {
    producer.lastUsed = performance.now();
    if (producer.isUsable) this.#idle.push(producer);
  }
}
