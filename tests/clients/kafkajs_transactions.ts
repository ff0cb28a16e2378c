/**
 * kafkajs as a transactional producer.
 * @module
 */
import { Partitioners, type Transaction } from "kafkajs";
import { kafkajs } from "./kafkajs.ts";
import type { TransactionalClient } from "./transactional_client.ts";

export const kafkajsTransactions: TransactionalClient = {
  name: "kafkajs",
  needs: [],
  async open(bootstrap, transactionalId) {
    const producer = kafkajs(bootstrap).producer({
      transactionalId,
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 3 },
    });
    await producer.connect();
    let transaction: Transaction;
    return {
      async begin() {
        transaction = await producer.transaction();
      },
      async send({ topic, partition }, values) {
        await transaction.send({ topic, messages: values.map((value) => ({ partition, value })) });
      },
      sendOffset: (consumerGroupId, { topic, partition }, offset) =>
        transaction.sendOffsets({
          consumerGroupId,
          topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
        }),
      commit: () => transaction.commit(),
      abort: () => transaction.abort(),
      close: () => producer.disconnect(),
    };
  },
};
