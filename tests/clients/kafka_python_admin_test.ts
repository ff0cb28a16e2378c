/**
 * The admin clients of kafka-python 2.0.2 and aiokafka: the oldest versions of these APIs that a client of today sends.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";
import { targetOfThisFile } from "../support/target.ts";
import type { MemberState } from "./group_client.ts";
import { quickGroups } from "./groups.ts";
import { oldAdmins } from "./kafka_python.ts";
import { uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });

for (const { name, needs, start, deletesGroups } of oldAdmins) {
  testNeeding(
    needs,
    `${name}'s admin client does all that it can`,
    stepwise(async (step) => {
      const { bootstrap } = target;
      const driver = start();
      const topic = uniqueTopic("old-admin");
      const group = uniqueTopic("group");
      const ask = <T = unknown>(command: string, more: Record<string, unknown> = {}) =>
        driver.ask<T>({ do: command, bootstrap, topic, group, ...more });
      try {
        await step("creates a topic and gives it more partitions", async () => {
          assert.deepEqual(await ask("create_topic", { partitions: 2 }), [0]);
          assert.equal(await ask("count_partitions"), 2);
          assert.deepEqual(await ask("grow_topic", { count: 4 }), [0]);
          assert.equal(await ask("count_partitions"), 4);
        });
        await step("describes and alters settings", async () => {
          const setting = "retention.ms";
          assert.deepEqual(await ask("get_config", { setting }), ["604800000", 5]);
          assert.deepEqual(await ask("set_config", { setting, value: "3600000" }), [0]);
          assert.deepEqual(await ask("get_config", { setting }), ["3600000", 1]);
        });
        await step("lists and describes a group with a member", async () => {
          const config = {
            bootstrap_servers: bootstrap,
            group_id: group,
            client_id: "old",
            assignor: "roundrobin",
          };
          await ask("join", { member: "m", config });
          for (let polls = 0; polls < 400; polls++) {
            if ((await ask<MemberState>("state", { member: "m" })).partitions.length === 4) break;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
          assert.ok((await ask<string[]>("list_groups")).includes(group));
          assert.deepEqual(await ask("describe_group"), ["Stable", "roundrobin", ["old"]]);
          if (deletesGroups) assert.equal(await ask("delete_group"), "NonEmptyGroupError");
        });
        await step("reads the offsets that an empty group has", async () => {
          await ask("leave", { member: "m" });
          await ask("commit", { partition: 3, offset: 33, metadata: "" });
          assert.deepEqual(await ask<number[][]>("group_offsets").then((all) => all.find(([p]) => p === 3)), [
            3,
            33,
          ]);
        });
        if (deletesGroups) {
          await step("deletes the group", async () => {
            assert.deepEqual(await ask("describe_group"), ["Empty", "", []]);
            assert.equal(await ask("delete_group"), "NoError");
            assert.deepEqual(await ask("describe_group"), ["Dead", "", []]);
          });
        }
        await step("deletes the topic", async () => {
          assert.deepEqual(await ask("delete_topic"), [0]);
        });
      } finally {
        await driver.close();
      }
    }),
  );
}
