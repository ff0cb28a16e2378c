/**
 * A transactional producer, step by step: each step is one request, whose error code is returned. It numbers its batches and
 * takes over ids and epochs as clients do, by the first or the second version of the transaction protocol.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { RECORD_MS } from "./requests.ts";
import type { TestClient } from "./test_client.ts";

/** Versions of the requests by version of the protocol. */
const VERSIONS = {
  1: { initProducerId: 4, addPartitions: 3, addOffsets: 3, produce: 11, endTxn: 4 },
  2: { initProducerId: 5, addPartitions: 3, addOffsets: 4, produce: 12, endTxn: 5 },
} as const;

export interface TransactionalProducerOptions {
  readonly protocol?: 1 | 2;
  readonly timeoutMs?: number;
}

export class TransactionalProducer {
  producerId = -1;
  producerEpoch = -1;
  readonly #versions: Readonly<Record<keyof (typeof VERSIONS)[1], number>>;
  readonly #timeoutMs: number;
  /** Next sequence by partition. */
  readonly #sequences = new Map<string, number>();

  constructor(
    /** Its connection: another one, when the broker has been away. */
    public client: TestClient,
    readonly transactionalId: string,
    { protocol = 1, timeoutMs = 60_000 }: TransactionalProducerOptions = {},
  ) {
    this.#versions = VERSIONS[protocol];
    this.#timeoutMs = timeoutMs;
  }

  /** Asks for an epoch; going on from the one it has if `isGoingOn`. */
  *init({ isGoingOn = false } = {}): Generator<void, number> {
    const { errorCode, producerId, producerEpoch } = yield* this.client.ask(
      api.InitProducerId,
      this.#versions.initProducerId,
      {
        transactionalId: this.transactionalId,
        transactionTimeoutMs: this.#timeoutMs,
        ...isGoingOn ? { producerId: this.producerId, producerEpoch: this.producerEpoch } : {},
      },
    );
    if (errorCode === ErrorCode.NONE) this.#become(producerId, producerEpoch);
    return errorCode;
  }

  *add(topic: string, ...partitions: number[]): Generator<void, number> {
    const { resultsByTopicV3AndBelow: results } = yield* this.client.ask(
      api.AddPartitionsToTxn,
      this.#versions.addPartitions,
      {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: this.producerId,
        v3AndBelowProducerEpoch: this.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions }],
      },
    );
    return results[0]!.resultsByPartition[0]!.partitionErrorCode;
  }

  *addOffsets(groupId: string): Generator<void, number> {
    const { transactionalId, producerId, producerEpoch } = this;
    const { errorCode } = yield* this.client.ask(api.AddOffsetsToTxn, this.#versions.addOffsets, {
      transactionalId,
      producerId,
      producerEpoch,
      groupId,
    });
    return errorCode;
  }

  /** Sends one record. */
  *produce(topic: string, partition: number, value: string): Generator<void, number> {
    this.sendProduce(topic, partition, value);
    yield;
    return this.receiveProduce(topic, partition);
  }

  sendProduce(topic: string, partition: number, value: string): void {
    const records = encodeBatch([{ timestamp: RECORD_MS, value: new TextEncoder().encode(value) }], {
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      baseSequence: this.#sequences.get(`${topic}-${partition}`) ?? 0,
      isTransactional: true,
    });
    this.client.send(api.Produce, this.#versions.produce, {
      transactionalId: this.transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    });
  }

  receiveProduce(topic: string, partition: number): number {
    const { errorCode } = this.client.receive(api.Produce).responses[0]!.partitionResponses[0]!;
    if (errorCode === ErrorCode.NONE) {
      const key = `${topic}-${partition}`;
      this.#sequences.set(key, (this.#sequences.get(key) ?? 0) + 1);
    }
    return errorCode;
  }

  *end(isCommit: boolean): Generator<void, number> {
    this.sendEnd(isCommit);
    yield;
    return this.receiveEnd();
  }

  sendEnd(isCommit: boolean): void {
    const { transactionalId, producerId, producerEpoch } = this;
    this.client.send(api.EndTxn, this.#versions.endTxn, {
      transactionalId,
      producerId,
      producerEpoch,
      committed: isCommit,
    });
  }

  receiveEnd(): number {
    const { errorCode, producerId, producerEpoch } = this.client.receive(api.EndTxn);
    if (errorCode === ErrorCode.NONE && producerId >= 0) this.#become(producerId, producerEpoch);
    return errorCode;
  }

  *commit(): Generator<void, number> {
    return yield* this.end(true);
  }

  *abort(): Generator<void, number> {
    return yield* this.end(false);
  }

  #become(producerId: number, producerEpoch: number): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.#sequences.clear();
  }
}
