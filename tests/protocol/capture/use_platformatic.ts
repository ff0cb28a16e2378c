/**
 * As much of @platformatic/kafka's protocol as its interface reaches.
 * @module
 */
import { Buffer } from "node:buffer";
import { Admin, Consumer, Producer } from "@platformatic/kafka";
import { attempt, within } from "./attempt.ts";

const topic = "golden-platformatic";

export async function usePlatformatic(bootstrap: string): Promise<void> {
  const common = { clientId: "golden", bootstrapBrokers: [bootstrap], retries: 1, timeout: 10_000 };
  const admin = new Admin(common);
  await attempt("createTopics", () => admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 }));
  await attempt("createTopics again", () => admin.createTopics({ topics: [topic] }));
  const message = (value: string) => ({
    topic,
    partition: 0,
    key: Buffer.from("key"),
    value: Buffer.from(value),
    headers: new Map([[Buffer.from("h"), Buffer.from("x")]]),
  });
  await attempt("produce", async () => {
    const producer = new Producer({ ...common, idempotent: true });
    await producer.send({ messages: [message("1")], acks: -1 });
    await producer.close();
  });
  await attempt("transaction", async () => {
    const producer = new Producer({
      ...common,
      idempotent: true,
      transactionalId: "golden-platformatic-txn",
    });
    const committed = await producer.beginTransaction();
    await committed.send({ messages: [message("committed")], acks: -1 });
    await committed.commit();
    const aborted = await producer.beginTransaction();
    await aborted.send({ messages: [message("aborted")], acks: -1 });
    await aborted.abort();
    await producer.close();
  });
  for (const groupProtocol of ["classic", "consumer"] as const) {
    const groupId = `golden-platformatic-${groupProtocol}`;
    await attempt(groupProtocol, async () => {
      const consumer = new Consumer(
        {
          ...common,
          groupId,
          groupProtocol,
          autocommit: false,
          heartbeatInterval: 500,
          sessionTimeout: 10_000,
          isolationLevel: 1,
        } as ConstructorParameters<typeof Consumer>[0],
      );
      const stream = await consumer.consume({ topics: [topic], mode: "earliest", maxWaitTime: 500 });
      const read = async () => {
        let records = 0;
        for await (const record of stream) {
          await record.commit();
          if (++records === 2) return;
        }
      };
      await within(20_000, read());
      await new Promise((resolve) => setTimeout(resolve, 1500)); // a heartbeat
      await attempt("describeGroups", () => admin.describeGroups({ groups: [groupId] }));
      await stream.close();
      await consumer.close(true);
    });
  }
  const groupId = "golden-platformatic-classic";
  const partitionIndexes = [0];
  for (
    const [what, call] of Object.entries({
      listTopics: () => admin.listTopics({}),
      createPartitions: () =>
        admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: [] }] }),
      listGroups: () => admin.listGroups({ states: ["EMPTY", "STABLE"] }),
      findCoordinator: () => admin.findCoordinator({ keyType: 1, keys: ["golden", "other"] }),
      describeClientQuotas: () => admin.describeClientQuotas({ components: [] }),
      describeLogDirs: () => admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] }),
      listConsumerGroupOffsets: () => admin.listConsumerGroupOffsets({ groups: [groupId] }),
      alterConsumerGroupOffsets: () =>
        admin.alterConsumerGroupOffsets({
          groupId,
          topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 1n }] }],
        }),
      deleteConsumerGroupOffsets: () =>
        admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes }] }),
      describeConfigs: () =>
        admin.describeConfigs({
          resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ["segment.bytes"] }],
          includeSynonyms: true,
          includeDocumentation: true,
        }),
      alterConfigs: () =>
        admin.alterConfigs({
          resources: [{
            resourceType: 2,
            resourceName: topic,
            configs: [{ name: "retention.ms", value: "1000000" }],
          }],
        }),
      incrementalAlterConfigs: () =>
        admin.incrementalAlterConfigs({
          resources: [{
            resourceType: 2,
            resourceName: topic,
            configs: [{ name: "retention.ms", configOperation: 0, value: "2000000" }],
          }],
        }),
      listOffsets: () =>
        admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] }),
      deleteRecords: () =>
        admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 1n }] }] }),
      removeMembersFromConsumerGroup: () =>
        admin.removeMembersFromConsumerGroup({ groupId, members: [{ memberId: "none" }] }),
      deleteGroups: () => admin.deleteGroups({ groups: [groupId] }),
      deleteTopics: () => admin.deleteTopics({ topics: [topic] }),
    })
  ) {
    await attempt(what, call);
  }
  await admin.close();
}
