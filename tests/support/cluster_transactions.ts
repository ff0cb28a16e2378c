/**
 * A transactional producer over a real cluster, by the first version of the transaction protocol.
 * @module
 */
import { equal } from "node:assert/strict";
import type { Cluster } from "../../client/cluster.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { encodeBatch } from "../../protocol/records.ts";

interface ProducerIdentity {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export class ClusterTransactions {
  static async begin(cluster: Cluster, transactionalId: string): Promise<ClusterTransactions> {
    const { errorCode, producerId, producerEpoch } = await cluster.askCoordinator(
      "transaction",
      transactionalId,
      api.InitProducerId,
      { transactionalId, transactionTimeoutMs: 60_000 },
      { maxVersion: 4, codeOf: ({ errorCode }) => errorCode },
    );
    equal(errorCode, 0);
    return new ClusterTransactions(cluster, { transactionalId, producerId, producerEpoch });
  }

  readonly #cluster: Cluster;
  readonly #id: ProducerIdentity;
  #sequence = 0;

  private constructor(cluster: Cluster, id: ProducerIdentity) {
    this.#cluster = cluster;
    this.#id = id;
  }

  /** Writes `values` to a partition; always the same one. */
  async write(topic: string, partition: number, values: readonly string[]): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = this.#id;
    // Apache Kafka may still be ending the transaction before.
    while (await this.#add(topic, partition) === ErrorCode.CONCURRENT_TRANSACTIONS) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const records = encodeBatch(
      values.map((value) => ({ timestamp: 0, value: new TextEncoder().encode(value) })),
      { producerId, producerEpoch, baseSequence: this.#sequence, isTransactional: true },
    );
    this.#sequence += values.length;
    const answer = await this.#cluster.askLeader(topic, partition, api.Produce, {
      transactionalId,
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    }, {
      maxVersion: 11,
      codeOf: ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode,
    });
    equal(answer.responses[0]!.partitionResponses[0]!.errorCode, 0);
  }

  async #add(topic: string, partition: number): Promise<number> {
    const { transactionalId, producerId, producerEpoch } = this.#id;
    const added = await this.#cluster.askCoordinator("transaction", transactionalId, api.AddPartitionsToTxn, {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    }, { maxVersion: 3, codeOf: () => 0 });
    const code = added.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode;
    if (code !== ErrorCode.CONCURRENT_TRANSACTIONS) equal(code, 0);
    return code;
  }

  async end(how: "commit" | "abort"): Promise<void> {
    const { errorCode } = await this.#cluster.askCoordinator(
      "transaction",
      this.#id.transactionalId,
      api.EndTxn,
      { ...this.#id, committed: how === "commit" },
      { maxVersion: 4, codeOf: ({ errorCode }) => errorCode },
    );
    equal(errorCode, 0);
  }
}
