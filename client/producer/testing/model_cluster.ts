/**
 * A cluster that does to a sender whatever clusters do: moves leaders, breaks connections before and after writing, says
 * that it timed out, forgets producers. What it writes it keeps as a list of values, and it numbers and refuses batches by
 * Kafka's rules, as dumbly as they can be written down (KIP-98; ProducerStateManager).
 * @module
 */
import { ok } from "node:assert/strict";
import { api } from "../../../protocol/apis.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { ProduceRequest, ProduceResponse } from "../../../protocol/messages/00_produce.ts";
import { RecordBatch } from "../../../protocol/record_batch.ts";
import { decodeRecords } from "../../../protocol/records.ts";
import type { SeededRandom } from "../../../tests/support/random.ts";
import { ConnectionError } from "../../connection_error.ts";
import { UnknownTopicError } from "../../unknown_topic_error.ts";
import type { ProducerCluster } from "../producer_cluster.ts";

interface Written {
  readonly first: number;
  readonly last: number;
  readonly offset: number;
}

interface ProducerState {
  epoch: number;
  /** The last five. */
  written: Written[];
}

interface Partition {
  leader: number;
  readonly values: string[];
  readonly producers: Map<number, ProducerState>;
}

export interface Faults {
  /** Of a hundred requests. */
  readonly lostBefore: number;
  readonly lostAfter: number;
  /** Of a hundred batches. */
  readonly refused: number;
  readonly timedOut: number;
  readonly rejected: number;
  readonly forgotten: number;
  /** No broker gives a producer id. */
  readonly givesNoIds?: boolean;
}

export const NO_FAULTS: Faults = {
  lostBefore: 0,
  lostAfter: 0,
  refused: 0,
  timedOut: 0,
  rejected: 0,
  forgotten: 0,
};

const decoder = new TextDecoder();

export class ModelCluster {
  readonly topics = new Map<string, Partition[]>();
  faults: Faults = NO_FAULTS;
  /** Most requests that were on their way to a broker at once. */
  mostInFlight = 0;
  readonly #random: SeededRandom;
  readonly #brokerCount: number;
  #nextProducerId = 1000;
  readonly #inFlight = new Map<number, number>();
  /** By broker; another one when a connection breaks. */
  #connections = new Map<number, { isBroken: boolean; last: Promise<unknown> }>();

  constructor(random: SeededRandom, brokerCount: number) {
    this.#random = random;
    this.#brokerCount = brokerCount;
  }

  create(topic: string, partitionCount: number): void {
    this.topics.set(
      topic,
      Array.from({ length: partitionCount }, (_, index) => ({
        leader: index % this.#brokerCount,
        values: [],
        producers: new Map(),
      })),
    );
  }

  /** As a sender sees it. */
  get asCluster(): ProducerCluster {
    return this as unknown as ProducerCluster;
  }

  partitionCount(topic: string): Promise<number> {
    const partitions = this.topics.get(topic);
    return partitions === undefined
      ? Promise.reject(new UnknownTopicError(topic))
      : Promise.resolve(partitions.length);
  }

  async leadersOf(topic: string): Promise<number[]> {
    await this.partitionCount(topic);
    return this.topics.get(topic)!.map(({ leader }) => leader);
  }

  /** What is remembered is true or, now and then, not yet. */
  rememberedLeader(topic: string, partition: number): number | undefined {
    if (this.#chance(this.faults.refused)) return this.#random.below(this.#brokerCount);
    return this.topics.get(topic)?.[partition]?.leader;
  }

  forget(topic: string): void {
    const partitions = this.topics.get(topic) ?? [];
    if (!this.#chance(this.faults.refused) || partitions.length === 0) return;
    partitions[this.#random.below(partitions.length)]!.leader = this.#random.below(this.#brokerCount);
  }

  async ask(asked: { readonly key: number }): Promise<unknown> {
    ok(asked.key === api.InitProducerId.key);
    await this.#pause();
    if (this.faults.givesNoIds) throw lost();
    return { errorCode: 0, producerId: this.#nextProducerId++, producerEpoch: 0 };
  }

  /** A coordinator that never refuses: what is tried here is the order of batches. */
  async askCoordinator(_kind: string, _id: string, asked: { readonly key: number }): Promise<unknown> {
    if (asked.key === api.InitProducerId.key) return await this.ask(asked);
    await this.#pause();
    return { errorCode: 0, resultsByTopicV3AndBelow: [] };
  }

  close(): void {}

  /** Requests over one connection are carried out one after the other, and answered in that order. */
  async askBroker(broker: number, _: unknown, body: ProduceRequest): Promise<ProduceResponse> {
    const inFlight = (this.#inFlight.get(broker) ?? 0) + 1;
    this.#inFlight.set(broker, inFlight);
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
    let connection = this.#connections.get(broker);
    if (connection === undefined || connection.isBroken) {
      connection = { isBroken: false, last: Promise.resolve() };
      this.#connections.set(broker, connection);
    }
    const mine = connection;
    const answer = mine.last.then(async () => {
      await this.#pause();
      if (mine.isBroken) throw lost();
      if (this.#chance(this.faults.lostBefore)) {
        mine.isBroken = true;
        throw lost();
      }
      const response = this.#produce(broker, body);
      if (this.#chance(this.faults.lostAfter)) {
        mine.isBroken = true;
        throw lost();
      }
      return response;
    });
    mine.last = answer.catch(() => {});
    try {
      return await answer;
    } finally {
      this.#inFlight.set(broker, this.#inFlight.get(broker)! - 1);
    }
  }

  #produce(broker: number, { topicData }: ProduceRequest): ProduceResponse {
    const responses = topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) => {
        const partition = this.topics.get(name)?.[index];
        const outcome = partition === undefined || partition.leader !== broker
          ? { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 }
          : this.#append(partition, records!);
        return { index, ...outcome, logAppendTimeMs: -1, recordErrors: [], errorMessage: null };
      }),
    }));
    return { responses } as unknown as ProduceResponse;
  }

  #append(partition: Partition, bytes: Uint8Array): { errorCode: number; baseOffset: number } {
    const refused = (errorCode: number) => ({ errorCode, baseOffset: -1 });
    if (this.#chance(this.faults.refused)) return refused(ErrorCode.NOT_ENOUGH_REPLICAS);
    if (this.#chance(this.faults.rejected)) return refused(ErrorCode.INVALID_RECORD);
    const batch = new RecordBatch();
    batch.reset(bytes, 0);
    ok(batch.sizeInBytes === bytes.length);
    const { producerId, producerEpoch, baseSequence: first } = batch;
    const values = Array.from(decodeRecords(batch, { maxBytes: 1e7 }), ({ value }) => decoder.decode(value!));
    if (this.#chance(this.faults.forgotten)) partition.producers.delete(producerId);
    const state = partition.producers.get(producerId) ?? { epoch: producerEpoch, written: [] };
    const last = (first + values.length - 1) % 2 ** 31;
    const duplicate = state.written.find((one) => one.first === first && one.last === last);
    if (duplicate !== undefined) return { errorCode: 0, baseOffset: duplicate.offset };
    const newest = state.written.at(-1);
    if (newest !== undefined && first !== (newest.last + 1) % 2 ** 31) {
      return refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    const offset = partition.values.length;
    partition.values.push(...values);
    state.written = [...state.written.slice(-4), { first, last, offset }];
    partition.producers.set(producerId, state);
    return this.#chance(this.faults.timedOut)
      ? refused(ErrorCode.REQUEST_TIMED_OUT)
      : { errorCode: 0, baseOffset: offset };
  }

  #chance(percent: number): boolean {
    return percent > 0 && this.#random.below(1000) < percent * 10;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#random.below(3) === 0 ? 1 : 0));
  }
}

function lost(): ConnectionError {
  return new ConnectionError("closed", "the model's connection broke", true);
}
