/**
 * confluent-kafka's AdminClient: topics, settings, offsets, records, groups.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";
import { targetOfThisFile } from "../support/target.ts";
import { closeConfluent, confluent, confluentPackage, confluentWriter } from "./confluent.ts";
import { librdkafkaConfig } from "./confluent_group.ts";
import type { MemberState } from "./group_client.ts";
import { quickGroups } from "./groups.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });
Deno.test.afterAll(closeConfluent);
const needs = [confluentPackage];

/** One call of the AdminClient. */
const admin = <T = null>(command: string, more: Record<string, unknown> = {}): Promise<T> =>
  confluent<T>({ do: command, bootstrap: target.bootstrap, ...more });

interface DescribedTopic {
  readonly id: string;
  readonly internal: boolean;
  readonly partitions: [id: number, leader: number, replicas: number[], isr: number[]][];
}

interface DescribedGroup {
  readonly state: string;
  readonly type: string;
  readonly assignor: string;
  readonly coordinator: number;
  readonly members: { client: string; host: string; instance: string | null; partitions: number[] }[];
}

type Configs = Record<
  string,
  [value: string | null, source: string, isDefault: boolean, isReadOnly: boolean, isSensitive: boolean]
>;

testNeeding(
  needs,
  "confluent-kafka describes the cluster and topics, and gives a topic more partitions",
  stepwise(async (step) => {
    const topic = uniqueTopic("admin");
    let node: number;
    await step("the cluster has one node, which is its controller", async () => {
      const cluster = await admin<{ id: string; controller: number; nodes: [number, string][] }>(
        "describe_cluster",
      );
      node = cluster.controller;
      assert.deepEqual(cluster.nodes, [[node, target.bootstrap]]);
      assert.ok(cluster.id.length > 0);
    });
    let before: DescribedTopic;
    await step("a topic is described with its id, leaders and replicas", async () => {
      await admin("create", { topic, partitions: 2, config: {} });
      before = await admin<DescribedTopic>("describe_topic", { topic });
      assert.deepEqual(before.partitions, [0, 1].map((id) => [id, node, [node], [node]]));
      assert.equal(before.internal, false);
    });
    await step("it is given two more partitions, and is the same topic", async () => {
      await admin("create_partitions", { topic, count: 4 });
      const after = await admin<DescribedTopic>("describe_topic", { topic });
      assert.deepEqual(after.partitions, [0, 1, 2, 3].map((id) => [id, node, [node], [node]]));
      assert.equal(after.id, before.id);
    });
    await step("fewer, as many, or those of an unknown topic are refused", async () => {
      await assert.rejects(admin("create_partitions", { topic, count: 4 }), /INVALID_PARTITIONS/);
      await assert.rejects(admin("create_partitions", { topic, count: 1 }), /INVALID_PARTITIONS/);
      const unknown = uniqueTopic("unknown");
      await assert.rejects(
        admin("create_partitions", { topic: unknown, count: 4 }),
        /UNKNOWN_TOPIC_OR_PART/,
      );
      await assert.rejects(admin("describe_topic", { topic: unknown }), /UNKNOWN_TOPIC_OR_PART/);
    });
  }),
);

testNeeding(
  needs,
  "confluent-kafka describes and alters settings",
  stepwise(async (step) => {
    const topic = uniqueTopic("configs");
    const describe = (type: string, name: string) => admin<Configs>("describe_configs", { type, name });
    await admin("create", { topic, partitions: 1, config: { "segment.bytes": "2097152" } });
    await step("a topic's are told with all defaults and where they come from", async () => {
      const configs = await describe("topic", topic);
      assert.deepEqual(configs["segment.bytes"], ["2097152", "DYNAMIC_TOPIC_CONFIG", false, false, false]);
      assert.deepEqual(configs["cleanup.policy"], ["delete", "DEFAULT_CONFIG", true, false, false]);
      assert.deepEqual(configs["retention.ms"], ["604800000", "DEFAULT_CONFIG", true, false, false]);
      assert.ok(Object.keys(configs).length >= 30, `${Object.keys(configs).length} settings`);
    });
    await step("altered all at once, those that are not named go back", async () => {
      await admin("alter_configs", { topic, set: { "retention.ms": "3600000" } });
      const configs = await describe("topic", topic);
      assert.deepEqual(configs["retention.ms"], ["3600000", "DYNAMIC_TOPIC_CONFIG", false, false, false]);
      assert.equal(configs["segment.bytes"]![1], "DEFAULT_CONFIG");
    });
    await step("altered one by one: SET, APPEND, SUBTRACT and DELETE", async () => {
      const alter = async (...changes: [string, string, string | null][]) => {
        await admin("incremental_alter_configs", { topic, changes });
        return await describe("topic", topic);
      };
      const appended = await alter(["SET", "max.message.bytes", "65536"], [
        "APPEND",
        "cleanup.policy",
        "compact",
      ]);
      assert.equal(appended["max.message.bytes"]![0], "65536");
      assert.equal(appended["cleanup.policy"]![0], "delete,compact");
      assert.equal(appended["retention.ms"]![0], "3600000", "others stay");
      const subtracted = await alter(["SUBTRACT", "cleanup.policy", "delete"]);
      assert.equal(subtracted["cleanup.policy"]![0], "compact");
      const deleted = await alter(["DELETE", "cleanup.policy", null], ["DELETE", "retention.ms", null]);
      assert.deepEqual(deleted["cleanup.policy"], ["delete", "DEFAULT_CONFIG", true, false, false]);
      assert.equal(deleted["retention.ms"]![1], "DEFAULT_CONFIG");
    });
    await step(
      "what has no such value, no such name or no such topic is refused, and changes nothing",
      async () => {
        const before = await describe("topic", topic);
        const alter = (name: string, value: string, of = topic) =>
          admin("incremental_alter_configs", { topic: of, changes: [["SET", name, value]] });
        await assert.rejects(alter("retention.ms", "long"), /INVALID_CONFIG/);
        await assert.rejects(alter("no.such.setting", "1"), /INVALID_CONFIG/);
        await assert.rejects(alter("retention.ms", "1", uniqueTopic("unknown")), /UNKNOWN_TOPIC_OR_PART/);
        assert.deepEqual(await describe("topic", topic), before);
      },
    );
    await step("a broker's are told, read-only ones marked", async () => {
      const { controller } = await admin<{ controller: number }>("describe_cluster");
      const configs = await describe("broker", String(controller));
      assert.equal(configs["num.partitions"]![0], "1");
      assert.deepEqual(configs["log.retention.hours"], ["168", "DEFAULT_CONFIG", true, true, false]);
      assert.equal(configs["message.max.bytes"]![3], false, "can be altered");
    });
  }),
);

testNeeding(
  needs,
  "confluent-kafka lists offsets and deletes records",
  stepwise(async (step) => {
    const topic = await createTopic(target.bootstrap, "offsets");
    const records = Array.from({ length: 100 }, (_, index) => numberedRecord(index));
    const at = { bootstrap: target.bootstrap, topic, partition: 0 };
    await confluentWriter.write(at, records, { codec: "none", acks: -1, idempotent: true, batchRecords: 10 });
    const offsetAt = async (at: string | number) =>
      (await admin<[number, number]>("list_offsets", { topic, partition: 0, at }))[0];
    await step("of the first, the next, the newest record, and of a time", async () => {
      assert.equal(await offsetAt("earliest"), 0);
      assert.equal(await offsetAt("latest"), 100);
      assert.equal(await offsetAt("max_timestamp"), 99);
      assert.equal(await offsetAt(records[31]!.timestamp), 31);
    });
    await step("records before an offset are deleted, within a batch too", async () => {
      assert.equal(await admin("delete_records", { topic, partition: 0, offset: 42 }), 42);
      assert.equal(await offsetAt("earliest"), 42);
      assert.equal(await offsetAt(0), 42);
    });
    await step("not past the end; -1 is the end", async () => {
      await assert.rejects(
        admin("delete_records", { topic, partition: 0, offset: 101 }),
        /OFFSET_OUT_OF_RANGE/,
      );
      assert.equal(await admin("delete_records", { topic, partition: 0, offset: -1 }), 100);
    });
  }),
);

for (const [type, assignor] of [["CLASSIC", "range"], ["CONSUMER", "consumer: uniform"]] as const) {
  testNeeding(
    needs,
    `confluent-kafka lists, describes, moves and deletes a group of type ${type}`,
    stepwise(async (step) => {
      const topic = await createTopic(target.bootstrap, "grouped", { partitions: 2 });
      const group = uniqueTopic("group");
      const list = async (states: string[], types: string[]) =>
        (await admin<Record<string, unknown[]>>("list_groups", { states, types }))[group];
      const join = { bootstrap: target.bootstrap, group, topic, assignor, sessionTimeoutMs: 45_000 };
      const config = { ...librdkafkaConfig(join), "client.id": "the client" };
      await confluent({ do: "join", member: group, topic, config });
      await step("with a member it is stable, and the member's partitions are told", async () => {
        for (let polls = 0; polls < 400; polls++) {
          const { partitions } = await confluent<MemberState>({ do: "state", member: group });
          if (partitions.length === 2) break;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const described = await admin<DescribedGroup>("describe_group", { group });
        assert.deepEqual({ ...described, coordinator: undefined }, {
          state: "STABLE",
          type,
          assignor: assignor.replace("consumer: ", ""),
          coordinator: undefined,
          members: [{ client: "the client", host: "/127.0.0.1", instance: null, partitions: [0, 1] }],
        });
      });
      await step("it is listed by its state and its type, and not by others", async () => {
        assert.deepEqual(await list([], []), [type, "STABLE", false]);
        assert.deepEqual(await list(["STABLE"], [type]), [type, "STABLE", false]);
        assert.equal(await list(["EMPTY"], []), undefined);
        assert.equal(await list([], [type === "CLASSIC" ? "CONSUMER" : "CLASSIC"]), undefined);
      });
      await step("while it has members it is not deleted and its offsets are not moved", async () => {
        await assert.rejects(admin("delete_group", { group }), /NON_EMPTY_GROUP/);
        const moved = admin("alter_group_offsets", { group, offsets: [[topic, 0, 5]] });
        await assert.rejects(moved, /UNKNOWN_MEMBER_ID/);
      });
      await step("without, it is empty and its offsets are moved", async () => {
        await confluent({ do: "leave", member: group });
        assert.deepEqual(await list(["EMPTY"], [type]), [type, "EMPTY", false]);
        await admin("alter_group_offsets", { group, offsets: [[topic, 0, 5], [topic, 1, 7]] });
        assert.deepEqual(await admin("list_group_offsets", { group }), [[topic, 0, 5], [topic, 1, 7]]);
      });
      await step("deleted, it is gone with its offsets", async () => {
        await admin("delete_group", { group });
        assert.equal(await list([], []), undefined);
        assert.deepEqual(await admin("list_group_offsets", { group }), []);
        await assert.rejects(admin("delete_group", { group }), /GROUP_ID_NOT_FOUND/);
      });
    }),
  );
}
