/**
 * The admin clients of kafkajs and \@platformatic/kafka: partitions, settings, offsets, records, groups.
 * @module
 */
import assert from "node:assert/strict";
import {
  ConfigResourceTypes as PlatformaticResourceTypes,
  IncrementalAlterConfigOperationTypes,
} from "@platformatic/kafka";
import { ConfigResourceTypes } from "kafkajs";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";
import { targetOfThisFile } from "../support/target.ts";
import type { GroupMember } from "./group_client.ts";
import { quickGroups } from "./groups.ts";
import { kafkajs, kafkajsWriter } from "./kafkajs.ts";
import { kafkajsGroup } from "./kafkajs_group.ts";
import { platformaticAdmin } from "./platformatic.ts";
import { platformaticGroup } from "./platformatic_group.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });

/** A topic of two partitions, the first with 100 records. */
async function writtenTopic(): Promise<string> {
  const topic = await createTopic(target.bootstrap, "written", { partitions: 2 });
  const records = Array.from({ length: 100 }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 0 };
  await kafkajsWriter.write(at, records, { codec: "gzip", acks: -1, idempotent: false, batchRecords: 10 });
  return topic;
}

async function hasRead(member: GroupMember, count: number): Promise<void> {
  for (let polls = 0; polls < 400 && (await member.state()).values.length < count; polls++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

testNeeding(
  [],
  "kafkajs' admin client does all that it can",
  stepwise(async (step) => {
    const topic = await writtenTopic();
    const group = uniqueTopic("group");
    const admin = kafkajs(target.bootstrap).admin({ retry: { retries: 0 } });
    await admin.connect();
    const offsets = async () => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      return found!.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) =>
        Number(offset)
      );
    };
    const settings = async () => {
      const { resources: [found] } = await admin.describeConfigs({
        includeSynonyms: true,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      return Object.fromEntries(found!.configEntries.map((entry) => [entry.configName, entry]));
    };
    try {
      await step("gives a topic more partitions, once", async () => {
        const grow = () => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
        await grow();
        await assert.rejects(grow(), { type: "INVALID_PARTITIONS" });
        assert.equal((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions.length, 3);
      });
      await step("describes and alters settings", async () => {
        assert.equal((await settings())["retention.ms"]!.configValue, "-1");
        await admin.alterConfigs({
          validateOnly: false,
          resources: [{
            type: ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: [{ name: "cleanup.policy", value: "compact,delete" }],
          }],
        });
        const after = await settings();
        assert.equal(after["cleanup.policy"]!.configValue, "compact,delete");
        assert.equal(after["cleanup.policy"]!.isDefault, false);
        assert.deepEqual(
          after["cleanup.policy"]!.configSynonyms.map(({ configName }) => configName),
          ["cleanup.policy", "log.cleanup.policy"],
        );
        assert.equal(after["retention.ms"]!.configValue, "604800000", "what is not named goes back");
      });
      await step("finds offsets by time", async () => {
        const found = await admin.fetchTopicOffsetsByTimestamp(topic, numberedRecord(77).timestamp);
        assert.equal(found.find(({ partition }) => partition === 0)!.offset, "77");
      });
      await step("deletes records", async () => {
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "25" }] });
        const found = await admin.fetchTopicOffsets(topic);
        assert.equal(found.find(({ partition }) => partition === 0)!.low, "25");
      });
      const member = await kafkajsGroup.join({
        bootstrap: target.bootstrap,
        group,
        topic,
        assignor: "roundrobin",
        sessionTimeoutMs: 45_000,
      });
      await step("lists and describes a group with a member", async () => {
        await hasRead(member, 75);
        const { groups } = await admin.listGroups();
        assert.ok(
          groups.some(({ groupId, protocolType }) => groupId === group && protocolType === "consumer"),
        );
        const { groups: [described] } = await admin.describeGroups([group]);
        assert.equal(described!.state, "Stable");
        assert.equal(described!.protocol, "RoundRobinAssigner");
        assert.deepEqual(described!.members.map(({ clientId }) => clientId), ["milena-test-kafkajs"]);
      });
      await step("does not delete it then", async () => {
        const refused = (error: { groups?: { error: { type: string } }[] }) =>
          error.groups?.[0]?.error.type === "NON_EMPTY_GROUP";
        await assert.rejects(admin.deleteGroups([group]), refused);
      });
      await step("reads and resets its offsets when it is empty", async () => {
        await member.leave();
        assert.deepEqual(await offsets(), [100, -1, -1]);
        // It joins the group for that, and commits -2, which it takes for "earliest" when it reads it: brokers keep it as it is.
        await admin.resetOffsets({ groupId: group, topic, earliest: true });
        assert.deepEqual(await offsets(), [-2, -2, -2]);
      });
      await step("deletes it", async () => {
        await admin.deleteGroups([group]);
        assert.deepEqual(await offsets(), [-1, -1, -1]);
        assert.ok(!(await admin.listGroups()).groups.some(({ groupId }) => groupId === group));
      });
      await step("asks for reassignments, of which there are none", async () => {
        assert.deepEqual((await admin.listPartitionReassignments({})).topics, []);
      });
    } finally {
      await admin.disconnect();
    }
  }),
);

testNeeding(
  [],
  "platformatic's admin client does all that it can",
  stepwise(async (step) => {
    const topic = await writtenTopic();
    const group = uniqueTopic("group");
    const admin = platformaticAdmin(target.bootstrap);
    const resource = { resourceType: PlatformaticResourceTypes.TOPIC, resourceName: topic };
    const setting = async (name: string) => {
      const [found] = await admin.describeConfigs({
        resources: [{ ...resource, configurationKeys: [name] }],
        includeSynonyms: true,
        includeDocumentation: true,
      });
      return found!.configs[0]!;
    };
    const offsets = async () => {
      const [found] = await admin.listConsumerGroupOffsets({ groups: [group] });
      return found!.topics.flatMap(({ partitions }) =>
        partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)])
      ).sort();
    };
    try {
      await step("gives a topic more partitions", async () => {
        await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] });
        const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
        assert.equal(topics.get(topic)!.partitionsCount, 3);
      });
      await step("describes settings with their documentation, and alters them", async () => {
        const { value, documentation, synonyms } = await setting("retention.ms");
        assert.equal(value, "-1");
        assert.ok(documentation!.length > 20, "documentation");
        assert.ok(synonyms.length >= 1, "synonyms");
        const { SET, DELETE } = IncrementalAlterConfigOperationTypes;
        await admin.incrementalAlterConfigs({
          resources: [{
            ...resource,
            configs: [
              { name: "max.message.bytes", configOperation: SET, value: "12345" },
              { name: "retention.ms", configOperation: DELETE },
            ],
          }],
        });
        assert.equal((await setting("max.message.bytes")).value, "12345");
        assert.equal((await setting("retention.ms")).value, "604800000");
        await admin.alterConfigs({
          resources: [{ ...resource, configs: [{ name: "retention.ms", value: "-1" }] }],
        });
        assert.equal((await setting("max.message.bytes")).value, "1048588", "what is not named goes back");
        assert.equal((await setting("retention.ms")).value, "-1");
      });
      await step("deletes records", async () => {
        const [deleted] = await admin.deleteRecords({
          topics: [{ name: topic, partitions: [{ partition: 0, offset: 25n }] }],
        });
        assert.equal(deleted!.partitions[0]!.lowWatermark, 25n);
      });
      await step("describes the log directory", async () => {
        const [broker] = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0, 1, 2] }] });
        const [directory] = broker!.results;
        assert.ok(directory!.logDir.startsWith("/"));
        const partitions = directory!.topics.flatMap((found) => found.partitions);
        assert.deepEqual(partitions.map(({ partitionIndex }) => partitionIndex).sort(), [0, 1, 2]);
        const first = partitions.find(({ partitionIndex }) => partitionIndex === 0)!;
        assert.ok(first.partitionSize > 0n && first.offsetLag === 0n && !first.isFutureKey);
      });
      await step("finds a group's coordinator: the broker", async () => {
        const [found] = await admin.findCoordinator({ keyType: 0, keys: [group] });
        assert.equal(`${found!.host}:${found!.port}`, target.bootstrap);
      });
      const member = await platformaticGroup.join({
        bootstrap: target.bootstrap,
        group,
        topic,
        assignor: "roundrobin",
        sessionTimeoutMs: 45_000,
      });
      await step("lists and describes a group with a member", async () => {
        await hasRead(member, 75);
        const listed = await admin.listGroups({ states: ["STABLE"], types: ["classic"] });
        assert.equal(listed.get(group)?.groupType, "classic");
        assert.ok(!(await admin.listGroups({ states: ["EMPTY"] })).has(group));
        const described = (await admin.describeGroups({ groups: [group] })).get(group)!;
        assert.equal(described.state.toUpperCase(), "STABLE");
        assert.equal(described.protocol, "roundrobin");
        const [only] = [...described.members.values()];
        assert.deepEqual(only!.assignments!.get(topic)!.partitions, [0, 1, 2]);
      });
      await step("does not delete it then", async () => {
        await assert.rejects(admin.deleteGroups({ groups: [group] }));
      });
      await step("lists, alters and deletes its offsets when it is empty", async () => {
        await member.leave();
        assert.deepEqual(await offsets(), [[0, 100]]);
        await admin.alterConsumerGroupOffsets({
          groupId: group,
          topics: [{
            name: topic,
            partitionOffsets: [{ partition: 0, offset: 42n }, { partition: 2, offset: 0n }],
          }],
        });
        assert.deepEqual(await offsets(), [[0, 42], [2, 0]]);
        await admin.deleteConsumerGroupOffsets({
          groupId: group,
          topics: [{ name: topic, partitionIndexes: [0] }],
        });
        assert.deepEqual(await offsets(), [[2, 0]]);
      });
      await step("deletes it", async () => {
        await admin.deleteGroups({ groups: [group] });
        assert.ok(!(await admin.listGroups({})).has(group));
      });
      await step("asks for quotas, of which there are none", async () => {
        const quotas = await admin.describeClientQuotas({ components: [], strict: false });
        assert.deepEqual(quotas, []);
      });
    } finally {
      await admin.close();
    }
  }),
);
