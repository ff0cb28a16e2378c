/**
 * A producer of our own that outlives its broker and sends as fast as it is answered. It tells a history which
 * records were acknowledged, and at which offsets; when the broker is back it goes on where it was: an idempotent one
 * sends again what had no answer, with the same sequence numbers.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode, errorName } from "../../protocol/errors.ts";
import { batch } from "../support/raw_batch.ts";
import { type RecordName, recordValue } from "./history.ts";

/** Who hears what came of each record: a {@link History}, or one of another kind. */
export interface LoadHistory {
  acknowledge(name: RecordName, offset: number | undefined): void;
  fail(name: RecordName): void;
}

/** The numbers of an idempotent producer's batch. */
export interface ProducerNumbers {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

interface Sent {
  readonly firstIndex: number;
  readonly count: number;
  readonly records: Uint8Array;
}

export interface LoadOptions {
  readonly topic: string;
  readonly partition: number;
  /** With producer id and sequence numbers; what had no answer is sent again. Else it is not, and may be lost. */
  readonly idempotent: boolean;
  readonly acks: 1 | -1;
  /** Makes a batch. Default: records without keys whose values are their names. */
  readonly encode?: (names: readonly RecordName[], numbers: Partial<ProducerNumbers>) => Uint8Array;
}

/** Requests in flight: the broker remembers five batches of a producer. */
const window = 5;
const recordsPerBatch = 20;
const padding = "x".repeat(150);

export class Load {
  readonly options: LoadOptions;
  readonly #history: LoadHistory;
  #unanswered: Sent[] = [];
  #nextIndex = 0;
  #producer: { readonly id: number; readonly epoch: number } | undefined;

  constructor(options: LoadOptions, history: LoadHistory) {
    this.options = options;
    this.#history = history;
  }

  /** Records sent so far, acknowledged or not. */
  get sentCount(): number {
    return this.#nextIndex;
  }

  /** Produces until `signal` is aborted or the connection ends. Throws if the broker refuses a record. */
  async run(connection: Connection, signal: AbortSignal): Promise<void> {
    try {
      await this.#identify(connection);
      const again = this.options.idempotent ? this.#unanswered : [];
      if (again.length === 0) {
        for (const sent of this.#unanswered) for (const name of this.#names(sent)) this.#history.fail(name);
      }
      this.#unanswered = [...again];
      const flying = new Set<Promise<void>>();
      const fly = (sent: Sent, isRetry: boolean) => {
        const flight = this.#send(connection, sent, isRetry).finally(() => flying.delete(flight));
        flying.add(flight);
        // All flights are awaited below; until then a failed one must not count as unhandled.
        flight.catch(() => {});
      };
      for (const sent of again) fly(sent, true);
      while (!signal.aborted) {
        while (flying.size < window) fly(this.#next(), false);
        await Promise.race(flying);
      }
      await Promise.all(flying);
    } catch (error) {
      // The broker was killed: what it had not answered stays unanswered.
      if (connection.isOpen || error instanceof Refused) throw error;
    }
  }

  async #identify(connection: Connection): Promise<void> {
    if (!this.options.idempotent || this.#producer !== undefined) return;
    const answer = await connection.request(api.InitProducerId, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    if (answer.errorCode !== 0) throw new Refused(`InitProducerId: ${errorName(answer.errorCode)}`);
    this.#producer = { id: answer.producerId, epoch: answer.producerEpoch };
  }

  #next(): Sent {
    const firstIndex = this.#nextIndex;
    this.#nextIndex += recordsPerBatch;
    const names = this.#names({ firstIndex, count: recordsPerBatch });
    const { encode = encodeValues } = this.options;
    const producer = this.#producer;
    const numbers = producer === undefined
      ? {}
      : { producerId: producer.id, producerEpoch: producer.epoch, baseSequence: firstIndex };
    const sent = { firstIndex, count: recordsPerBatch, records: encode(names, numbers) };
    this.#unanswered.push(sent);
    return sent;
  }

  /** Each partition has one load, so one name will do for all. */
  #names({ firstIndex, count }: { readonly firstIndex: number; readonly count: number }): RecordName[] {
    const { partition } = this.options;
    return Array.from(
      { length: count },
      (_, at) => ({ producer: "load", partition, index: firstIndex + at }),
    );
  }

  async #send(connection: Connection, sent: Sent, isRetry: boolean): Promise<void> {
    const { topic, partition, acks } = this.options;
    const answer = await connection.request(api.Produce, {
      acks,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: sent.records }] }],
    }, { maxVersion: 11 });
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    const { firstIndex, count } = sent;
    if (errorCode === ErrorCode.NONE) {
      this.#names(sent).forEach((name, at) => this.#history.acknowledge(name, baseOffset + at));
    } else if (isRetry && errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      // It is stored, only its offset is forgotten. The reader sees whether that is true.
      for (const name of this.#names(sent)) this.#history.acknowledge(name, undefined);
    } else {
      const what = isRetry ? "sent again" : "sent";
      throw new Refused(
        `records ${firstIndex} to ${firstIndex + count - 1} of partition ${partition}, ${what}: ${
          errorName(errorCode)
        }`,
      );
    }
    this.#unanswered = this.#unanswered.filter((one) => one !== sent);
  }
}

function encodeValues(names: readonly RecordName[], numbers: Partial<ProducerNumbers>): Uint8Array {
  return batch(names.map((name) => recordValue(name, padding)), numbers);
}

class Refused extends Error {}
