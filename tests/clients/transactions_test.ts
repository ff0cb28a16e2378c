/**
 * Transactions of confluent-kafka, kafka-python 3, aiokafka and kafkajs: commit, abort, offsets, fencing.
 * @module
 */
import { targetOfThisFile } from "../support/target.ts";
import { closeConfluent, confluentPackage, startConfluent } from "./confluent.ts";
import { aiokafkaTransactions, kafkaPython3Transactions } from "./kafka_python.ts";
import { kafkajsTransactions } from "./kafkajs_transactions.ts";
import { drivenTransactionalClient } from "./transactional_client.ts";
import { testTransactions } from "./transactions.ts";

const confluentTransactions = drivenTransactionalClient({
  name: "confluent-kafka",
  needs: [confluentPackage],
  start: startConfluent,
});

const target = targetOfThisFile();
Deno.test.afterAll(closeConfluent);
for (
  const client of [confluentTransactions, kafkaPython3Transactions, aiokafkaTransactions, kafkajsTransactions]
) {
  Deno.test.afterAll(() => client.close?.());
  testTransactions(client, target);
}
