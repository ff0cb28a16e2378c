/**
 * As much of kafkajs's protocol as its interface reaches.
 * @module
 */
import { ConfigResourceTypes, Kafka, logLevel, Partitioners } from "kafkajs";
import { attempt, within } from "./attempt.ts";

const topic = "golden-kafkajs";
const groupId = "golden-kafkajs-group";

export async function useKafkajs(bootstrap: string): Promise<void> {
  const kafka = new Kafka({ clientId: "golden", brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await attempt("createTopics", () =>
    admin.createTopics({
      topics: [{
        topic,
        numPartitions: 2,
        replicationFactor: 1,
        configEntries: [{ name: "segment.bytes", value: "1048576" }],
      }],
    }));
  await attempt("createTopics again", () => admin.createTopics({ topics: [{ topic: "bad name!" }] }));
  await attempt("produce", async () => {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, messages: [{ partition: 0, key: "a", value: "1", headers: { h: "x" } }] });
    await producer.send({ topic, acks: 0, messages: [{ partition: 1, value: "2" }] });
    await producer.disconnect();
  });
  await attempt("transaction", async () => {
    const producer = kafka.producer({
      transactionalId: "golden-kafkajs-txn",
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const committed = await producer.transaction();
    await committed.send({ topic, messages: [{ partition: 0, value: "committed" }] });
    await committed.sendOffsets({
      consumerGroupId: groupId,
      topics: [{ topic, partitions: [{ partition: 0, offset: "1" }] }],
    });
    await committed.commit();
    const aborted = await producer.transaction();
    await aborted.send({ topic, messages: [{ partition: 1, value: "aborted" }] });
    await aborted.abort();
    await producer.disconnect();
  });
  await attempt("consume", async () => {
    const consumer = kafka.consumer({ groupId, readUncommitted: false, rackId: "rack" });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    let records = 0;
    const enough = new Promise<void>((resolve) => {
      consumer.run({ eachMessage: () => Promise.resolve(++records >= 2 ? resolve() : undefined) });
    });
    await within(20_000, enough);
    await consumer.commitOffsets([{ topic, partition: 0, offset: "1", metadata: "note" }]);
    await new Promise((resolve) => setTimeout(resolve, 3500)); // a heartbeat
    await attempt("describeGroups", () => admin.describeGroups([groupId, "none"]));
    await consumer.disconnect();
  });
  for (
    const [what, call] of Object.entries({
      fetchTopicMetadata: () => admin.fetchTopicMetadata({ topics: [topic] }),
      listTopics: () => admin.listTopics(),
      fetchTopicOffsets: () => admin.fetchTopicOffsets(topic),
      fetchTopicOffsetsByTimestamp: () => admin.fetchTopicOffsetsByTimestamp(topic, 1),
      fetchOffsets: () => admin.fetchOffsets({ groupId, topics: [topic] }),
      setOffsets: () => admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: "0" }] }),
      describeCluster: () => admin.describeCluster(),
      describeConfigs: () =>
        admin.describeConfigs({
          includeSynonyms: true,
          resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: ["segment.bytes"] }],
        }),
      alterConfigs: () =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [{
            type: ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: [{ name: "retention.ms", value: "1000000" }],
          }],
        }),
      listGroups: () => admin.listGroups(),
      deleteTopicRecords: () =>
        admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "1" }] }),
      alterPartitionReassignments: () =>
        admin.alterPartitionReassignments({
          topics: [{ topic, partitionAssignment: [{ partition: 0, replicas: [7] }] }],
        }),
      listPartitionReassignments: () => admin.listPartitionReassignments({}),
      createPartitions: () => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }),
      deleteGroups: () => admin.deleteGroups([groupId, "none"]),
      deleteTopics: () => admin.deleteTopics({ topics: [topic] }),
    })
  ) {
    await attempt(what, call);
  }
  await admin.disconnect();
}
